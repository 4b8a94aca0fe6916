"""What a HarborProject is called in Harbor, and by which connection it is there."""

from typing import NamedTuple

from pydantic import ValidationError

from harbor_operator.api.project import PROJECTS
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import PROJECT
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import NotFound


class NamedProject(NamedTuple):
    """The Harbor side of a HarborProject.

    Attributes:
        name: The project's name in Harbor.
        connection: The ClusterHarborConnection.
    """

    name: str
    connection: str


async def project_of_object(client: KubeClient, namespace: str, name: str) -> NamedProject:
    """Read a HarborProject.

    Raises:
        CommandError: There is none, or it is not valid.
        KubeError: The cluster failed.
    """
    try:
        body = await client.get(PROJECT.resource, name, namespace=namespace)
    except NotFound:
        raise CommandError(
            f"there is no HarborProject {name} in namespace {namespace}", ExitCode.NOT_FOUND
        ) from None
    try:
        spec = PROJECTS.parse(body).spec
    except ValidationError:
        raise CommandError(f"HarborProject {name} is not valid", ExitCode.NOT_SO) from None
    return NamedProject(spec.name_in_harbor(name), spec.connection_ref.name)
