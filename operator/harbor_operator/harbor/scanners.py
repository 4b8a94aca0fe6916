"""Scanners, and which of them a project uses."""

from pydantic import TypeAdapter

from .answers import parsed_if_any
from .models import WireModel
from .pages import read_list
from .request import api_read, api_write
from .transport import Transport

_SCANNER_ROUTE = "/projects/{project}/scanner"


class Scanner(WireModel):
    """A scanner that is registered with Harbor."""

    uuid: str
    name: str = ""
    is_default: bool = False
    disabled: bool = False

    @property
    def id(self) -> str:
        """What tells scanners apart: Harbor shows no number of them."""
        return self.uuid


_SCANNER = TypeAdapter(Scanner)
_SCANNERS = TypeAdapter(list[Scanner])


class Scanners:
    """The scanners of projects."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def of_project(self, project_id: int) -> Scanner | None:
        """The scanner that a project uses, or None if Harbor has none.

        Without a choice, and where the chosen one is gone, it is the system's default. Harbor asks
        the scanner for its abilities, so it can be slow.
        """
        request = api_read(_SCANNER_ROUTE, {"project": project_id})
        return parsed_if_any(await self._transport.send(request), _SCANNER)

    async def candidates(self, project_id: int) -> list[Scanner]:
        """The scanners that a project may choose from.

        Raises:
            PermissionDenied: The client may not choose scanners.
        """
        return await read_list(
            self._transport,
            "/projects/{project}/scanner/candidates",
            _SCANNERS,
            segments={"project": project_id},
            query=[("sort", "id")],  # without it the database may order each page differently
        )

    async def choose(self, project_id: int, uuid: str) -> None:
        """Let a project use this scanner. Harbor does not check that there is one."""
        body = {"uuid": uuid}
        request = api_write("PUT", _SCANNER_ROUTE, {"project": project_id}, body=body)
        await self._transport.send(request)
