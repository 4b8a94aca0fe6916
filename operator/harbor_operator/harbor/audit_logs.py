"""The audit log: who pulled, pushed or changed what, and when."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from pydantic import Field, TypeAdapter

from .answers import parsed
from .errors import NotFound
from .models import WireModel
from .names import containing, exact, project_name
from .pages import PAGE_SIZE
from .request import api_read
from .transport import Transport

_SYSTEM: Final = ("/auditlog-exts", "/audit-logs")
_PROJECT: Final = ("/projects/{project}/auditlog-exts", "/projects/{project}/logs")
"""Where the log is, and where it is before 2.13; a newer Harbor leaves the old table empty."""


class AuditEntry(WireModel):
    """One thing that somebody did, or tried."""

    id: int
    username: str = ""
    """A robot's is its full name, such as `robot$team+ci`; `anonymous` for public pulls."""
    operation: str = ""
    """`pull`, `create` (also a push), `update`, `delete`, `login`, `logout`."""
    resource_type: str = ""
    """`artifact`, `repository`, `tag`, `project`, `robot`, `user`, `member` and others."""
    resource: str = ""
    """Of an artifact `project/repository:tag`, or `...@sha256:...` where it was named so."""
    description: str = Field(default="", validation_alias="operation_description")
    """For artifacts with the digest; empty before 2.13."""
    successful: bool = Field(default=True, validation_alias="operation_result")
    """Before 2.13 only successes are written."""
    op_time: datetime


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; empty fields do not restrict.

    Attributes:
        username: The full name of a user or robot.
        username_part: What the name has in it, in any case.
        operation: Such as `pull`.
        resource_type: Such as `artifact`.
        since: The oldest time, to the second.
        until: The newest time, to the second.
    """

    username: str = ""
    username_part: str = ""
    operation: str = ""
    resource_type: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self, before: int | None) -> str:
        """The `q` for entries with ids below `before`."""
        texts = {
            "username": self.username,
            "operation": self.operation,
            "resource_type": self.resource_type,
        }
        parts = [exact(**{key: text}) for key, text in texts.items() if text]
        if self.username_part:
            parts.append(containing("username", self.username_part))
        if self.since or self.until:
            parts.append(_between("op_time", _moment(self.since), _moment(self.until)))
        if before is not None:
            parts.append(_between("id", "", str(before - 1)))
        return ",".join(parts)


EVERYTHING: Final = AuditFilter()
_ENTRIES = TypeAdapter(list[AuditEntry])


class AuditLogs:
    """The audit logs of the system and of projects."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def entries(
        self, wanted: AuditFilter = EVERYTHING, *, project: str | None = None
    ) -> AsyncIterator[AuditEntry]:
        """Entries from the newest to the oldest, read as they are taken.

        Entries written meanwhile neither appear nor disturb. A robot needs `list` on the system's
        `audit-log`, or on the project's `log`. Without the former Harbor gives a robot an empty
        log and no error, so that "no entry" proves something only to who holds the right.

        Args:
            wanted: Which entries.
            project: The name of the only project to look at; None for the whole system.

        Raises:
            PermissionDenied: The client may not read this project's log.
            NotFound: There is no such project.
        """
        segments: dict[str, str | int] = {}
        if project is not None:
            segments["project"] = project_name(project)
        routes = _SYSTEM if project is None else _PROJECT
        before: int | None = None
        route = routes[0]
        while True:
            try:
                page = await self._page(route, segments, wanted.conditions(before))
            except NotFound:
                if route == routes[1]:
                    raise
                route = routes[1]
                continue
            for entry in page:
                yield entry
            if len(page) < PAGE_SIZE:
                return
            before = page[-1].id

    async def oldest(
        self, wanted: AuditFilter = EVERYTHING, *, project: str | None = None
    ) -> AuditEntry | None:
        """The oldest entry that has not been purged, None where there is none.

        Harbor purges kinds of entries apart: what the log says of one tells nothing of another.

        Raises:
            PermissionDenied, NotFound: As for `entries`.
        """
        segments: dict[str, str | int] = {}
        if project is not None:
            segments["project"] = project_name(project)
        newer, older = _SYSTEM if project is None else _PROJECT
        conditions = wanted.conditions(None)
        try:
            page = await self._page(newer, segments, conditions, ascending=True)
        except NotFound:
            page = await self._page(older, segments, conditions, ascending=True)
        return page[0] if page else None

    async def _page(
        self,
        route: str,
        segments: dict[str, str | int],
        conditions: str,
        *,
        ascending: bool = False,
    ) -> list[AuditEntry]:
        query = [("sort", "-id"), ("page_size", str(PAGE_SIZE))]
        if ascending:
            query = [("sort", "id"), ("page_size", "1")]
        if conditions:
            query.append(("q", conditions))
        return parsed(await self._transport.send(api_read(route, segments, query=query)), _ENTRIES)


def _between(key: str, minimum: str, maximum: str) -> str:
    return f"{key}={quote(f'[{minimum}~{maximum}]', safe='')}"


def _moment(moment: datetime | None) -> str:
    """A time as Harbor reads it: UTC without saying so, whole seconds."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
