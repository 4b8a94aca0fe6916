"""Project labels, which Harbor keeps unique by name within a project."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from .answers import created_id
from .models import Label
from .pages import read_list
from .request import api_write
from .transport import Transport

_LABELS = TypeAdapter(list[Label])
_PROJECT_SCOPE = "p"


class Labels:
    """The labels of projects; never the global ones."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, project_id: int, name: str) -> Label | None:
        """The label with exactly this name, or None."""
        rows = await self._read(project_id, ("name", name))  # Harbor matches parts of names
        return next((row for row in rows if row.name == name), None)

    async def list(self, project_id: int) -> Sequence[Label]:
        """All labels of a project."""
        return await self._read(project_id)

    async def create(
        self, project_id: int, name: str, *, description: str = "", color: str = "#FFFFFF"
    ) -> int:
        """Make a label and return its id. Harbor does not check that the project exists.

        Raises:
            Conflict: The project has a label of this name: somebody was faster.
        """
        body = {
            "name": name,
            "description": description,
            "color": color,
            "scope": _PROJECT_SCOPE,
            "project_id": project_id,
        }
        return created_id(await self._transport.send(api_write("POST", "/labels", body=body)))

    async def update(
        self, label: Label, *, description: str | None = None, color: str | None = None
    ) -> None:
        """Replace what is given and repeat the rest, since Harbor replaces the whole label.

        Raises:
            NotFound: It is gone.
        """
        body = {
            "name": label.name,
            "description": label.description if description is None else description,
            "color": label.color if color is None else color,
            "scope": _PROJECT_SCOPE,
            "project_id": label.project_id,
        }
        await self._transport.send(api_write("PUT", "/labels/{id}", {"id": label.id}, body=body))

    async def delete(self, label_id: int) -> None:
        """Remove a label.

        Raises:
            NotFound: It is gone already.
        """
        await self._transport.send(api_write("DELETE", "/labels/{id}", {"id": label_id}))

    async def _read(self, project_id: int, *conditions: tuple[str, str]) -> Sequence[Label]:
        scope = [("scope", _PROJECT_SCOPE), ("project_id", str(project_id))]
        order = [("sort", "id")]  # without it the database may order each page differently
        rows = await read_list(
            self._transport, "/labels", _LABELS, query=[*scope, *conditions, *order]
        )
        return [row for row in rows if row.project_id == project_id]
