"""Kills an operator at one point after the other, and counts what that costs those who pull."""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from typing_extensions import override

from tests.support.constant_pulls import Failure
from tests.support.kill_phases import Round, Step
from tests.support.kill_points import KillPoint
from tests.support.kill_stage import KillStage

POINTS = os.environ.get("KILL_POINTS", "1")
"""How many points of each step the tests try, or `all`."""
TIME_LIMIT = 12 * 3600 if POINTS == "all" else 900
"""Seconds for one test on a busy machine: all of its points, or a few."""


@dataclass(frozen=True, slots=True)
class Point:
    """A kill point of a step."""

    step: str
    at: KillPoint


@dataclass(slots=True)
class Report:
    """What came of a campaign."""

    killed: int = 0
    known: int = 0
    """How many points there are, as far as they have been seen."""
    missed: list[str] = field(default_factory=list)
    """Points that were not come by again in their run."""
    pulls: int = 0
    failures: list[Failure] = field(default_factory=list)
    """Pulls that had to succeed."""
    ended: int = 0
    """Pulls with a login that ended while it was on its way, where that is what was asked for."""
    seconds: float = 0.0

    @override
    def __str__(self) -> str:
        of = "" if self.killed + len(self.missed) == self.known else f" of {self.known}"
        missed = f", {len(self.missed)} not come by again" if self.missed else ""
        ended = f" ({self.ended:,} more with a login that was to end)" if self.ended else ""
        return (
            f"{self.killed} kill points{of}{missed}, {len(self.failures)} failed pulls of"
            f" {self.pulls:,}{ended}, {self.seconds:.0f} s"
        )


@dataclass(frozen=True, slots=True)
class Share:
    """Which points are tried: in each step so many, evenly, from one that the seed chooses on."""

    per_step: int
    seed: int

    def of(self, known: Iterable[Point]) -> list[Point]:
        """The chosen ones."""
        steps: dict[str, list[Point]] = {}
        for point in known:
            steps.setdefault(point.step, []).append(point)
        return [point for points in steps.values() for point in self._some(points)]

    def _some(self, points: list[Point]) -> list[Point]:
        stride = max(1, len(points) // self.per_step)
        return points[self.seed % stride :: stride][: self.per_step]


class Campaign:
    """Goes through rounds: once to see their points, then until each has killed the operator."""

    def __init__(self, stage: KillStage, share: Share | None = None) -> None:
        """Prepare.

        Args:
            stage: Where.
            share: Which points; where none is given all of them, those found on the way included.
        """
        self._stage = stage
        self._share = share
        self._runs = 0
        self._known: dict[Point, None] = {}
        self._open: deque[Point] = deque()
        self.report = Report()

    async def go(self, *rounds: Round) -> Report:
        """Kill the operator everywhere.

        Raises:
            AssertionError: A promise was not kept; the message says after which kill.
        """
        begun, report = time.monotonic(), self.report
        pulled = self._stage.pulls.count
        with self._stage.pulls.also(*(path for round_ in rounds for path in round_.pulled)):
            for round_ in rounds:
                await self._go_through(round_)
            if self._share is not None:
                self._open = deque(self._share.of(self._known))
            for round_ in rounds:
                while any(point.step in round_.names for point in self._open):
                    await self._go_through(round_)
        report.known, report.seconds = len(self._known), time.monotonic() - begun
        report.pulls = self._stage.pulls.count - pulled
        return report

    async def _go_through(self, round_: Round) -> None:
        """Each step once, with a kill where a point is left."""
        for step in round_.steps:
            await self._take(step, self._next_in(step))
            await self._judge(round_)

    def _next_in(self, step: Step) -> KillPoint | None:
        point = next((point for point in self._open if point.step == step.name), None)
        if point is None:
            return None
        self._open.remove(point)
        return point.at

    async def _take(self, step: Step, at: KillPoint | None) -> None:
        self._runs += 1
        name, stage = f"{step.name}-{self._runs}", self._stage
        stage.pulls.during = f"{step.name}, killed at {at}" if at else step.name
        stage.orders.give(name, at)
        await step.begin()
        died = await self._dies(name, step)
        self._learn(step, stage.orders.points(name))
        if at is not None and not died:
            stage.orders.give(f"{name}-missed")
            self.report.missed.append(stage.pulls.during)
        if died:
            code = await stage.death()
            killed = at is not None and code == -signal.SIGKILL
            assert killed, f"{stage.pulls.during}: the operator ended by itself, with {code}"
            self.report.killed += 1
            stage.orders.give(f"{name}-after")
            await stage.revive()
            await stage.settled(f"{name}-after", step.complaints)

    async def _judge(self, round_: Round) -> None:
        """Tell the pulls that had to succeed from those with a login that was to end.

        A login ends with its Secret, and where the round says so, when another one serves.
        """
        pulls = self._stage.pulls
        async with pulls.turn:
            failures, pulls.failures = pulls.failures, []
            for failure in failures:
                serving = await pulls.delivered(failure.secret)
                ends = round_.ends_old and failure.secret in round_.pulled
                if serving is None or (ends and failure.login != serving):
                    self.report.ended += 1
                else:
                    self.report.failures.append(failure)

    async def _dies(self, name: str, step: Step) -> bool:
        """Whether the operator dies before all is settled."""
        death = asyncio.create_task(self._stage.death())
        calm = asyncio.create_task(self._stage.settled(name, step.complaints))
        await asyncio.wait([death, calm], return_when=asyncio.FIRST_COMPLETED)
        died = death.done()
        for task in (death, calm):
            task.cancel()
        await asyncio.wait([death, calm])
        if not died:
            calm.result()
        return died

    def _learn(self, step: Step, passed: Iterable[KillPoint]) -> None:
        fresh = [Point(step.name, at) for at in passed if step.kills]
        fresh = [point for point in fresh if point not in self._known]
        self._known.update(dict.fromkeys(fresh))
        if self._share is None:
            self._open.extend(fresh)
