"""Drift passes of a running operator, measured one by one."""

import asyncio
from dataclasses import dataclass

from bench.gauges import Asked, Gauges
from bench.pages import PROJECTS
from bench.processes import cpu_seconds
from bench.stage import OPERATOR
from testbed.errors import WorldError

PERIOD = "1m"
"""The shortest `driftCheckPeriod` that a connection may have."""
_PASS_SECONDS = 150.0
"""Two periods, and time to read."""
_LOOK_SECONDS = 0.1
_STILL_CPU_SECONDS = 0.01
"""The least that Linux counts: who uses no more between two looks does nothing."""


class DriftError(WorldError):
    """A pass did not come, or wrote although nothing was changed."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What the operator took for a pass, and for all that followed from it."""

    cpu_seconds: float
    harbor: Asked


@dataclass(frozen=True, slots=True)
class _Sample:
    """The counters at one moment."""

    harbor: Asked
    mark: int
    cpu_seconds: float

    @property
    def project_pages(self) -> int:
        """How often a list of projects was asked for; a pass begins with it."""
        return self.harbor.counts[f"GET {PROJECTS}"]


class PassMeter:
    """Measures the passes of one operator that has nothing else to do."""

    def __init__(self, gauges: Gauges, pid: int) -> None:
        self._gauges = gauges
        self._pid = pid

    async def measure(self, *, at_least: float = 0.0) -> Pass:
        """The next pass.

        Args:
            at_least: for how many seconds to count; in any case until the operator is at rest.

        Raises:
            DriftError: it does not come, or something is written to Harbor or the API server.
            RestlessError: the operator does not come to rest.
        """
        await self._gauges.rest(self._pid)
        before = await self._last_still_moment()
        await asyncio.sleep(at_least)
        await self._gauges.rest(self._pid)
        after = await self._sample()
        asked = after.harbor.since(before.harbor)
        writes = self._gauges.writes(before.mark, OPERATOR)
        if asked.changes or writes.total:
            raise DriftError(f"a pass wrote: {dict(asked.counts)}, {dict(writes.counts)}")
        return Pass(after.cpu_seconds - before.cpu_seconds, asked)

    async def _last_still_moment(self) -> _Sample:
        """Wait until a pass reads Harbor; the last moment before, at which nothing was done.

        A pass lists the objects first, which takes CPU time and asks nothing of Harbor.
        """
        still = seen = await self._sample()
        try:
            async with asyncio.timeout(_PASS_SECONDS):
                while seen.project_pages == still.project_pages:
                    await asyncio.sleep(_LOOK_SECONDS)
                    now = await self._sample()
                    if now.cpu_seconds - seen.cpu_seconds <= _STILL_CPU_SECONDS:
                        still = seen
                    seen = now
        except TimeoutError:
            raise DriftError(f"no drift pass within {_PASS_SECONDS:.0f} s") from None
        return still

    async def _sample(self) -> _Sample:
        return _Sample(await self._gauges.harbor(), self._gauges.mark(), cpu_seconds(self._pid))
