"""Finds out which two projects are meant, and in which Harbor."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import or_connection
from harbor_operator.cli.harbor_projects import NamedProject, project_of_object
from harbor_operator.cli.kinds import PROJECT, read_target
from harbor_operator.cli.promoting.arguments import PromoteOptions

_SLASH: Final = "/"


async def with_names(
    options: PromoteOptions, environment: Mapping[str, str] = os.environ
) -> PromoteOptions:
    """The options with both projects by their names in Harbor.

    The cluster is asked only for HarborProjects. Where no login was named, that of their
    connection is used.

    Raises:
        CommandError: There is no such object, or the two are in different Harbors.
        KubeError: The cluster failed.
    """
    stated = {"source": options.source, "to": options.to}
    objects = {side: text for side, text in stated.items() if text is not None and _SLASH in text}
    if not objects:
        return options
    found: dict[str, NamedProject] = {}
    async with at_cluster(options) as (client, namespace):
        for side, text in objects.items():
            name = read_target(text, (PROJECT,)).name
            found[side] = await project_of_object(client, namespace, name)
    connections = {project.connection for project in found.values()}
    if len(connections) > 1:
        raise CommandError(
            "the projects are in different Harbors: their connections are"
            f" {' and '.join(sorted(connections))}",
            ExitCode.USAGE,
        )
    return replace(
        or_connection(options, connections.pop(), environment),
        source=found["source"].name if "source" in found else options.source,
        to=found["to"].name if "to" in found else options.to,
    )
