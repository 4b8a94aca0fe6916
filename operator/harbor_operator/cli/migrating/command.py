"""Runs `migrate`."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from harbor_operator.api.project import PROJECTS
from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.exporting.composing import Export
from harbor_operator.cli.exporting.writing import stream_of, write_files
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.kinds import KINDS
from harbor_operator.cli.migrating.arguments import MANIFESTS, MigrateOptions
from harbor_operator.cli.migrating.model import Report
from harbor_operator.cli.migrating.planning import migrations_of
from harbor_operator.cli.migrating.reading import home_of, read_cluster
from harbor_operator.cli.migrating.screen import draw
from harbor_operator.cli.migrating.translating import GROUP, translated
from harbor_operator.cli.printing import dump, paper_of, printable
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import AlreadyExists, Forbidden, NotFound
from harbor_operator.kube.resources import JsonObject, Resource

_VERSION: Final = "v1alpha1"
_TRANSLATED: Final = (
    Resource(GROUP, _VERSION, "projects", "Project"),
    Resource(GROUP, _VERSION, "robots", "Robot"),
    Resource(GROUP, _VERSION, "members", "Member"),
    Resource(GROUP, _VERSION, "usergroupclaims", "UserGroupClaim"),
    Resource(GROUP, _VERSION, "quotas", "Quota"),
    Resource(GROUP, _VERSION, "labels", "Label"),
    Resource(GROUP, _VERSION, "retentionpolicies", "RetentionPolicy"),
    Resource(GROUP, _VERSION, "immutabletagrules", "ImmutableTagRule"),
    Resource(GROUP, _VERSION, "webhookpolicies", "WebhookPolicy"),
    Resource(GROUP, _VERSION, "registries", "Registry"),
    Resource(GROUP, _VERSION, "replicationpolicies", "ReplicationPolicy"),
)
_RESOURCES: Final = {kind.resource.kind: kind.resource for kind in KINDS}


async def run(options: MigrateOptions) -> int:
    """Show the way for each pull secret; nothing is changed unless that is asked for."""
    async with at_cluster(options) as (client, usual):
        namespace = None if options.all_namespaces else usual
        cluster = await read_cluster(client, namespace, options.host)
        translation = translated(await _foreign_objects(client, namespace))
        made = (one.body for one in translation.objects if one.body["kind"] == PROJECTS.kind)
        cluster = replace(cluster, homes=(*cluster.homes, *map(home_of, made)))
        report = Report(
            migrations_of(cluster),
            translation.objects,
            notes=(*cluster.notes, *translation.notes),
        )
        if options.apply:
            report = replace(report, created=await _create(client, report))
    if options.output_dir is not None:
        count = write_files(Export(report.manifests, ()), Path(options.output_dir))
        sys.stderr.write(f"{count} files below {options.output_dir}\n")
    _print(report, options.output)
    return _code(report, options)


def _code(report: Report, options: MigrateOptions) -> ExitCode:
    """Who asks for the manifests gets all of them or a 1; who looks, whether anything is left."""
    if options.apply or options.output_dir is not None or options.output == MANIFESTS:
        left = any(migration.manifest is None for migration in report.migrations)
    else:
        left = bool(report.migrations or report.translations)
    return ExitCode.NOT_SO if left else ExitCode.FINE


async def _foreign_objects(client: KubeClient, namespace: str | None) -> list[JsonObject]:
    """The objects of the other operator, where it is installed and they may be listed."""
    found: list[JsonObject] = []
    for resource in _TRANSLATED:
        try:
            listed = await client.list(resource, namespace=namespace)
        except (NotFound, Forbidden):
            continue
        found += [{**body, "kind": resource.kind} for body in listed.items]
    return found


async def _create(client: KubeClient, report: Report) -> tuple[str, ...]:
    """Create what is not there; what is stays as it is."""
    created = []
    for exported in report.manifests:
        body = exported.body
        metadata = body["metadata"]
        resource = _RESOURCES[body["kind"]]
        try:
            await client.create(resource, body, namespace=metadata["namespace"])
        except AlreadyExists:
            continue
        created.append(f"{body['kind']} {metadata['namespace']}/{metadata['name']}")
    return tuple(created)


def _print(report: Report, form: str) -> None:
    if form == MANIFESTS:
        sys.stdout.write(stream_of(Export(report.manifests, ())))
        for note in report.notes:
            sys.stderr.write(f"note: {printable(note)}\n")
    elif form == "table":
        sys.stdout.write(draw(report, paper_of(sys.stdout)))
    else:
        sys.stdout.write(dump(asdict(report), form))
