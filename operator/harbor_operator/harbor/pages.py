"""Lists, page by page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from .answers import parsed, total_count
from .errors import Exchange, ListChanged
from .request import Answer, api_read
from .transport import Transport

PAGE_SIZE = 100  # the most that Harbor gives
_READINGS = 3  # a deletion during each of three readings is a storm: the caller comes back later


class Row(Protocol):
    """A row with an id that no other row has."""

    @property
    def id(self) -> int | str:
        """Harbor's id: a number, or a UUID."""


R = TypeVar("R", bound=Row)


async def read_list(
    transport: Transport,
    route: str,
    rows: TypeAdapter[list[R]],
    *,
    segments: Mapping[str, str | int] | None = None,
    query: Iterable[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> list[R]:
    """All rows of a list.

    A row deleted between two pages moves the others up, so that one may be missed: the total
    gets smaller then, and the list is read again. One deletion together with one creation can
    still hide a row once; no decision may rest on a single absence in a list.

    Raises:
        ListChanged: Rows were deleted during every reading.
        HarborError: As for any read.
    """
    listing = _Listing(transport, route, rows, segments or {}, tuple(query), headers or {})
    for _ in range(_READINGS):
        complete = await listing.read()
        if complete is not None:
            return complete
    raise ListChanged("rows were deleted while it was read", Exchange("GET", route))


@dataclass(frozen=True, slots=True)
class _Listing(Generic[R]):
    transport: Transport
    route: str
    rows: TypeAdapter[list[R]]
    segments: Mapping[str, str | int]
    conditions: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]

    async def read(self) -> list[R] | None:
        """One reading; None when the list got shorter under it."""
        seen: dict[int | str, R] = {}
        previous = 0
        for page in count(1):
            answer = await self._page(page)
            total = total_count(answer)
            rows = parsed(answer, self.rows)
            seen |= {row.id: row for row in rows}
            if total < previous:
                return None
            if page * PAGE_SIZE >= total or not rows:
                break
            previous = total
        return list(seen.values())

    async def _page(self, number: int) -> Answer:
        paging = (("page", str(number)), ("page_size", str(PAGE_SIZE)))
        query = self.conditions + paging
        request = api_read(self.route, self.segments, query=query, headers=self.headers)
        return await self.transport.send(request)
