"""What was asked of Harbor and of the API server, and when it ends."""

import asyncio
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from bench.processes import cpu_seconds
from testbed.control_plane.audit import AuditLog, Request
from testbed.errors import WorldError

_LOOK_SECONDS = 0.1
_QUIET_SECONDS = 2.0
"""Longer than any pause between two steps of the operator's work."""
_IDLE_CPU_SECONDS = 0.01 * _QUIET_SECONDS
"""What an idle operator may use meanwhile: one per cent of a core."""
_REST_SECONDS = 120.0
_LOGIN = "/c/login"
_READS = ("GET", "HEAD")


class RestlessError(WorldError):
    """The operator still works although nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests by what they were: `GET /api/v2.0/projects`, `create secrets`."""

    counts: Counter[str]

    @property
    def total(self) -> int:
        """All of them."""
        return self.counts.total()

    @property
    def changes(self) -> int:
        """Requests to Harbor that change something there; a login does not."""
        return sum(
            count
            for name, count in self.counts.items()
            if not name.startswith(_READS) and not name.endswith(_LOGIN)
        )

    def since(self, before: "Asked") -> "Asked":
        """What was added to an earlier look."""
        return Asked(self.counts - before.counts)


class Gauges:
    """Reads the counters of a world."""

    def __init__(self, control: aiohttp.ClientSession, audit: AuditLog) -> None:
        self._control = control
        self._audit = audit

    async def harbor(self) -> Asked:
        """All requests that Harbor has got, whoever sent them."""
        async with self._control.get("/requests", raise_for_status=True) as answer:
            rows = (await answer.json())["counts"]
        counts: Counter[str] = Counter()
        for row in rows:
            counts[f"{row['method']} {row['template']}"] += row["count"]
        return Asked(counts)

    def mark(self) -> int:
        """The present end of the audit log, for `writes`."""
        return self._audit.mark()

    def writes(self, mark: int, user: str) -> Asked:
        """What somebody has written to the API server after a mark; refusals count, too."""
        writes = self._audit.writes(since=mark, user=user)
        return Asked(Counter(f"{write.verb} {write.resource}" for write in writes))

    def last_write(self, mark: int, user: str, *, namespaces: AbstractSet[str]) -> datetime:
        """When the API server answered somebody's last write in these namespaces.

        Asking the audit log costs nobody anything who is measured meanwhile.

        Raises:
            ValueError: there is no such write after the mark.
        """
        writes = self._audit.writes(since=mark, user=user)
        return max(write.answered_at for write in writes if write.namespace in namespaces)

    def asked(self, mark: int, user: str) -> list[Request]:
        """All that somebody has asked of the API server, on a stage that audits reads."""
        return self._audit.requests(since=mark, user=user)

    async def rest(self, pid: int) -> float:
        """Wait until a process neither asks nor computes any more; when that began.

        The answer is in seconds of the event loop's clock, to a tenth of a second.

        Raises:
            RestlessError: it does not come to rest.
        """
        try:
            async with asyncio.timeout(_REST_SECONDS):
                return await self._quiet_since(pid)
        except TimeoutError:
            raise RestlessError(f"the operator is busy after {_REST_SECONDS:.0f} s") from None

    async def _quiet_since(self, pid: int) -> float:
        clock = asyncio.get_running_loop().time
        since, requests, cpu = clock(), -1, 0.0
        while clock() - since < _QUIET_SECONDS:
            asked = (await self.harbor()).total + self.mark()
            used = cpu_seconds(pid)
            if asked != requests or used - cpu > _IDLE_CPU_SECONDS:
                since, requests, cpu = clock(), asked, used
            await asyncio.sleep(_LOOK_SECONDS)
        return since
