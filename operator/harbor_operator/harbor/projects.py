"""Projects: the unit of access, quota and cleanup in Harbor."""

from collections.abc import Collection, Iterator, Mapping

from pydantic import TypeAdapter

from .answers import created_id, parsed
from .errors import NotFound, PermissionDenied
from .models import CveAllowlist, Project
from .names import any_of, exact, metadata_key, project_name
from .pages import PAGE_SIZE, read_list
from .request import api_read, api_write
from .transport import Transport

_PROJECT = TypeAdapter(Project)
_PROJECTS = TypeAdapter(list[Project])
_BY_NAME = {"X-Is-Resource-Name": "true"}  # or else a name of digits is read as an id
_LONGEST_FILTER = 1500  # triples when encoded, and common proxies take 8 KiB of request line


class Projects:
    """Harbor's projects, as far as the client's identity sees them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, name: str) -> Project | None:
        """The project of this name, or None when there is none.

        Raises:
            PermissionDenied: It exists, but this identity may not see it.
        """
        request = api_read("/projects/{name}", {"name": project_name(name)}, headers=_BY_NAME)
        try:
            return parsed(await self._transport.send(request), _PROJECT)
        except NotFound:
            return None
        except PermissionDenied:
            # All but administrators get 403 for an unknown project, so ask what all may ask.
            if await self.exists(name):
                raise
            return None

    async def get_by_id(self, project_id: int) -> Project | None:
        """The project with this id, or None when there is none.

        Raises:
            PermissionDenied: This identity cannot tell whether it exists.
        """
        request = api_read("/projects/{id}", {"id": project_id})
        try:
            return parsed(await self._transport.send(request), _PROJECT)
        except NotFound:
            return None

    async def exists(self, name: str) -> bool:
        """Whether the name is taken; answered to anybody who is authenticated."""
        query = [("project_name", project_name(name))]
        try:
            await self._transport.send(api_read("/projects", query=query, method="HEAD"))
        except NotFound:
            return False
        return True

    async def list(self) -> list[Project]:
        """All visible projects."""
        return await read_list(self._transport, "/projects", _PROJECTS)

    async def find(self, names: Collection[str]) -> dict[str, Project]:
        """The visible projects among these names, by name; a page per 100 of them."""
        wanted = {project_name(name) for name in names}
        found: dict[str, Project] = {}
        for condition in _conditions(sorted(wanted)):
            rows = await read_list(
                self._transport, "/projects", _PROJECTS, query=[("q", condition)]
            )
            found |= {row.name: row for row in rows if row.name in wanted}
        return found

    async def create(
        self,
        name: str,
        *,
        metadata: Mapping[str, str],
        storage_limit: int | None = None,
        registry_id: int | None = None,
    ) -> int:
        """Make a project and return its id.

        Args:
            name: The name; it can never change.
            metadata: Harbor's settings, all of them strings.
            storage_limit: Bytes, -1 for no limit, None for Harbor's default.
            registry_id: The upstream of a proxy cache; it can never change. Harbor gives such a
                project a retention policy by itself.

        Raises:
            Conflict: The name is taken.
            InvalidRequest: Harbor does not accept a value, and `reason` says which.
            ServerError: There is no registry endpoint with this id, or Harbor is in trouble.
        """
        body: dict[str, object] = {"project_name": project_name(name), "metadata": dict(metadata)}
        if storage_limit is not None:
            body["storage_limit"] = storage_limit
        if registry_id is not None:
            body["registry_id"] = registry_id
        return created_id(await self._transport.send(api_write("POST", "/projects", body=body)))

    async def update(
        self,
        project_id: int,
        *,
        metadata: Mapping[str, str],
        cve_allowlist: CveAllowlist | None = None,
    ) -> None:
        """Set the given metadata keys and keep all others; replace the allowlist if given."""
        body: dict[str, object] = {"metadata": dict(metadata)}
        if cve_allowlist is not None:
            body["cve_allowlist"] = cve_allowlist.model_dump(mode="json")
        request = api_write("PUT", "/projects/{id}", {"id": project_id}, body=body)
        await self._transport.send(request)

    async def delete_metadata(self, project_id: int, key: str) -> None:
        """Remove one setting, so that Harbor's default holds; also where there is none."""
        segments: dict[str, str | int] = {"id": project_id, "key": metadata_key(key)}
        await self._transport.send(api_write("DELETE", "/projects/{id}/metadatas/{key}", segments))

    async def delete(self, project_id: int) -> None:
        """Remove an empty project.

        Raises:
            PreconditionFailed: It has repositories.
            NotFound: It is gone already.
        """
        await self._transport.send(api_write("DELETE", "/projects/{id}", {"id": project_id}))


def _conditions(names: list[str]) -> Iterator[str]:
    """Filters that together hold for all names, each of a length and a result that fit."""
    yield from (exact(name=name) for name in names if name.isdecimal())
    batch: list[str] = []
    for name in names:
        if name.isdecimal():
            continue
        if len(batch) == PAGE_SIZE or sum(map(len, batch)) + len(name) > _LONGEST_FILTER:
            yield any_of("name", batch)
            batch = []
        batch.append(name)
    if batch:
        yield any_of("name", batch)
