"""What a report is asked about, and what the cluster tells of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.harbor_access import or_connection
from harbor_operator.cli.harbor_projects import project_of_object
from harbor_operator.cli.images import Image, read_image
from harbor_operator.cli.kinds import PROJECT, read_target
from harbor_operator.cli.scan_report.arguments import ReportOptions
from harbor_operator.cli.scan_report.pods import Use, uses_of
from harbor_operator.cli.why.targets import PODS
from harbor_operator.kube.selection import Selection

_NAMESPACES: Final = frozenset({"namespace", "namespaces", "ns"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What Harbor is asked about.

    Attributes:
        scope: It, in words.
        project: A project's name in Harbor, empty where another thing is meant.
        image: An image, None where another thing is meant.
        uses: The images of the containers of a namespace.
    """

    scope: str
    project: str = ""
    image: Image | None = None
    uses: tuple[Use, ...] = ()


async def subject_of(
    options: ReportOptions, environment: Mapping[str, str] = os.environ
) -> tuple[Subject, ReportOptions]:
    """Find out what is meant; the cluster is asked only where it must be.

    Returns:
        It, and the options with the connection of the HarborProject where no login was named.

    Raises:
        CommandError: The target makes no sense, or there is no such object.
        KubeError: The cluster failed.
    """
    if options.harbor_project is not None:
        name = options.harbor_project
        return Subject(f"project {name}", project=name), options
    if options.target is None:
        return await _of_namespace(options, None), options
    kind, slash, name = options.target.partition("/")
    if slash and kind.lower() in _NAMESPACES:
        return await _of_namespace(options, name), options
    if slash and kind.lower().partition(".")[0] in PROJECT.names:
        target = read_target(options.target, (PROJECT,))
        return await _of_project(options, target.name, environment)
    image = read_image(options.target)
    return Subject(f"image {image}", image=image), options


async def _of_namespace(options: ReportOptions, name: str | None) -> Subject:
    async with at_cluster(options) as (client, usual):
        namespace = name or usual
        listed = await client.collect(Selection(PODS, namespace), uses_of)
    uses = tuple(use for of_pod in listed.items for use in of_pod)
    return Subject(f"namespace {namespace}", uses=uses)


async def _of_project(
    options: ReportOptions, name: str, environment: Mapping[str, str]
) -> tuple[Subject, ReportOptions]:
    async with at_cluster(options) as (client, namespace):
        project, connection = await project_of_object(client, namespace, name)
    subject = Subject(f"project {project}", project=project)
    return subject, or_connection(options, connection, environment)
