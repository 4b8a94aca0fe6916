"""Reads from the cluster who logs in to Harbor by a Secret that is not the operator's."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, TypeVar

from harbor_operator.api.base import LABEL_MANAGED
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import CONNECTION, PROJECT, PULL_SECRET
from harbor_operator.cli.migrating.facts import (
    EXTERNAL_SECRET,
    SECRET,
    Account,
    Cluster,
    Home,
    Login,
    OldSecret,
    Source,
    Workload,
)
from harbor_operator.cli.objects import status_of
from harbor_operator.cli.registry_logins import logins_in
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS, JsonObject, Resource
from harbor_operator.kube.selection import Selection

T = TypeVar("T")

_PULL_SECRET_TYPE: Final = "type=kubernetes.io/dockerconfigjson"  # noqa: S105 -- a selector
_PODS: Final = Resource("", "v1", "pods", "Pod")
_WORKLOADS: Final = (
    Resource("apps", "v1", "deployments", "Deployment"),
    Resource("apps", "v1", "statefulsets", "StatefulSet"),
    Resource("apps", "v1", "daemonsets", "DaemonSet"),
    Resource("batch", "v1", "cronjobs", "CronJob"),
    _PODS,
)
_COPIES: Final = {
    "reflector.v1.k8s.emberstack.com/reflects": "copy by reflector of",
    "replicator.v1.mittwald.de/replicated-from": "copy by replicator of",
    "replicator.v1.mittwald.de/replicated-from-version": "copy by replicator, version",
}
"""Annotations of programs that copy Secrets, and what they make of it."""
_ENDED: Final = frozenset({"Succeeded", "Failed"})


async def read_cluster(client: KubeClient, namespace: str | None, stated: Iterable[str]) -> Cluster:
    """Read one namespace, or all of them.

    Args:
        client: The way to the cluster.
        namespace: The namespace; None for all.
        stated: Harbor's hosts as people gave them; none to ask the connections.

    Raises:
        CommandError: It is not known where Harbor is, or Secrets may not be read.
        KubeError: A call failed.
    """
    hosts = frozenset(stated) or await _hosts(client)
    notes: list[str] = []

    async def all_of(
        resource: Resource, read: Callable[[JsonObject], T], fields: str | None = None
    ) -> tuple[T, ...]:
        selection = Selection(resource, namespace, field_selector=fields)
        return await _listed(client, selection, read, notes)

    secrets = await all_of(SECRETS, old_secret, _PULL_SECRET_TYPE)
    workloads = [
        found
        for resource in _WORKLOADS
        for found in await all_of(resource, partial(workload_of, resource.kind.lower()))
    ]
    return Cluster(
        hosts=hosts,
        secrets=tuple(secret for secret in secrets if secret is not None),
        accounts=await all_of(SERVICE_ACCOUNTS, account_of),
        workloads=tuple(workload for workload in workloads if workload is not None),
        homes=await _everywhere(client, PROJECT.resource, namespace, home_of, notes),
        pull_secrets=frozenset(
            await _everywhere(client, PULL_SECRET.resource, namespace, _place, notes)
        ),
        notes=tuple(notes),
        words=tuple(word for host in sorted(stated) for word in ("--host", host)),
    )


async def _hosts(client: KubeClient) -> frozenset[str]:
    try:
        connections = (await client.list(CONNECTION.resource)).items
    except (Forbidden, NotFound):
        connections = []
    found = {
        str(host)
        for body in connections
        for host in (body.get("spec") or {}).get("registryHosts")
        or status_of(body).get("registryHosts")
        or ()
    }
    if not found:
        raise CommandError(
            "it is not known where Harbor is: name its host, as images begin with it, by --host",
            ExitCode.USAGE,
        )
    return frozenset(found)


async def _listed(
    client: KubeClient,
    selection: Selection,
    read: Callable[[JsonObject], T],
    notes: list[str],
) -> tuple[T, ...]:
    try:
        return tuple((await client.collect(selection, read)).items)
    except (Forbidden, NotFound) as error:
        plural = selection.resource.plural
        if selection.resource is SECRETS:
            raise CommandError(f"you may not list Secrets: {error}", ExitCode.NO_ACCESS) from None
        notes.append(f"{plural} are left out: they may not be listed, or there is no such kind")
        return ()


async def _everywhere(
    client: KubeClient,
    resource: Resource,
    namespace: str | None,
    read: Callable[[JsonObject], T],
    notes: list[str],
) -> tuple[T, ...]:
    """Objects of all namespaces, or of the one where that is all that may be listed."""
    try:
        return tuple((await client.collect(Selection(resource), read)).items)
    except Forbidden:
        return await _listed(client, Selection(resource, namespace), read, notes)
    except NotFound:
        notes.append(f"{resource.plural} are not installed")
        return ()


def old_secret(body: JsonObject) -> OldSecret | None:
    """A pull secret; None for one of the operator's. Its passwords are dropped."""
    metadata = body["metadata"]
    if LABEL_MANAGED in (metadata.get("labels") or {}):
        return None
    logins = (Login(row.host, row.username, row.project) for row in logins_in(body, {}))
    return OldSecret(metadata["namespace"], metadata["name"], _source(metadata), tuple(logins))


def _source(metadata: JsonObject) -> Source:
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("kind") == EXTERNAL_SECRET:
            return Source(EXTERNAL_SECRET, str(owner.get("name", "")))
    annotations = metadata.get("annotations") or {}
    for key, word in _COPIES.items():
        if key in annotations:
            return Source(word, str(annotations[key]))
    return Source(SECRET, str(metadata["name"]))


def account_of(body: JsonObject) -> Account:
    """A ServiceAccount."""
    metadata = body["metadata"]
    return Account(metadata["namespace"], metadata["name"], _names(body))


def workload_of(kind: str, body: JsonObject) -> Workload | None:
    """What has pods; None for a pod that has ended, or that something else makes."""
    metadata = body["metadata"]
    spec = body.get("spec") or {}
    if kind == "pod":
        ended = status_of(body).get("phase") in _ENDED
        if ended or metadata.get("ownerReferences"):
            return None
    elif kind == "cronjob":
        spec = spec["jobTemplate"]["spec"]["template"]["spec"]
    else:
        spec = spec["template"]["spec"]
    account = str(spec.get("serviceAccountName") or "default")
    return Workload(
        kind,
        metadata["namespace"],
        metadata["name"],
        account,
        _names(spec),
        tuple(_images(spec)),
        tuple(_mounted(spec)),
    )


def home_of(body: JsonObject) -> Home:
    """A HarborProject."""
    metadata = body["metadata"]
    project = (body.get("spec") or {}).get("projectName") or metadata["name"]
    return Home(project, metadata["namespace"], metadata["name"])


def _place(body: JsonObject) -> tuple[str, str]:
    return body["metadata"]["namespace"], body["metadata"]["name"]


def _names(body: JsonObject) -> tuple[str, ...]:
    return tuple(str(entry.get("name", "")) for entry in body.get("imagePullSecrets") or ())


def _images(spec: JsonObject) -> Iterator[str]:
    for group in ("initContainers", "containers"):
        for container in spec.get(group) or ():
            yield str(container.get("image", ""))


def _mounted(spec: JsonObject) -> Iterator[str]:
    for volume in spec.get("volumes") or ():
        name = (volume.get("secret") or {}).get("secretName")
        if name:
            yield str(name)
