"""Runs `export`."""

import sys
from pathlib import Path
from typing import Final

from harbor_operator.api.project import ManagementPolicy
from harbor_operator.cli.access import find_access
from harbor_operator.cli.exporting.arguments import ExportOptions
from harbor_operator.cli.exporting.composing import Export, Wishes, compose
from harbor_operator.cli.exporting.reading import find_projects, read_harbor
from harbor_operator.cli.exporting.writing import stream_of, write_files
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import DEFAULT_CONNECTION, at_harbor
from harbor_operator.cli.harbor_side import open_side
from harbor_operator.cli.printing import dump, many, printable
from harbor_operator.cli.progress import Progress
from harbor_operator.kube.errors import InvalidConfiguration

_FALLBACK_NAMESPACE: Final = "default"


async def run(options: ExportOptions) -> int:
    """Write manifests for what is in Harbor."""
    wishes = Wishes(
        namespace=await _namespace(options),
        per_project=options.namespace_per_project,
        connection=options.connection_ref or options.connection or DEFAULT_CONNECTION,
        policy=ManagementPolicy(options.management_policy),
        everything=options.all_settings,
    )
    async with at_harbor(options) as (client, login):
        harbor = await open_side(client, login)
        projects = await find_projects(harbor, options.project)
        with Progress(sys.stderr, "projects", len(projects)) as progress:
            found = await read_harbor(
                harbor, projects, progress.step, with_robots=not options.no_robots
            )
        export = compose(found, wishes, harbor.now)
    if options.output_dir is not None:
        count = write_files(export, Path(options.output_dir))
        sys.stderr.write(f"{many(count, 'files')} below {options.output_dir}\n")
    if options.output == "json":
        sys.stdout.write(dump(_data(export), "json"))
    elif options.output_dir is None:
        sys.stdout.write(stream_of(export))
    for note in _notes(export):
        sys.stderr.write(f"note: {printable(note)}\n")
    return ExitCode.FINE


async def _namespace(options: ExportOptions) -> str:
    """The namespace that was named, or that of the context, if there is one."""
    if options.namespace is not None:
        return options.namespace
    try:
        access = await find_access(options.kubeconfig, options.context)
    except (CommandError, InvalidConfiguration):
        return _FALLBACK_NAMESPACE
    return access.default_namespace or _FALLBACK_NAMESPACE


def _notes(export: Export) -> list[str]:
    about = [f"{each.source}: {note}" for each in export.objects for note in each.notes]
    return [*export.notes, *about]


def _data(export: Export) -> dict[str, object]:
    return {"manifests": [exported.body for exported in export.objects], "notes": _notes(export)}
