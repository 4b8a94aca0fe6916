"""Repositories: the images of a project."""

from pydantic import TypeAdapter

from .models import Repository
from .names import project_name, repository_name
from .pages import read_list
from .request import api_write
from .transport import Transport

_REPOSITORIES = TypeAdapter(list[Repository])


class Repositories:
    """The repositories of projects."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(self, project: str) -> list[Repository]:
        """All repositories of a project."""
        return await read_list(
            self._transport,
            "/projects/{project}/repositories",
            _REPOSITORIES,
            segments={"project": project_name(project)},
        )

    async def delete(self, project: str, name: str) -> None:
        """Remove a repository with all its images.

        Args:
            project: The project's name.
            name: The repository's name without its project: `Repository.relative_name`.

        Raises:
            PreconditionFailed: An immutable tag rule protects one of its tags.
            NotFound: It is gone already.
        """
        segments = {"project": project_name(project), "name": repository_name(name)}
        route = "/projects/{project}/repositories/{name}"
        await self._transport.send(api_write("DELETE", route, segments))
