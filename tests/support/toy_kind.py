"""A kind that is small enough to see through: its objects are ladders to be climbed."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import Plan, Verdict, ready
from harbor_operator.engine.context import Ports
from harbor_operator.engine.kinds.case import ManagedKind
from harbor_operator.engine.objects import LiveObject
from tests.support.custom_resources import AnyKind
from tests.support.engine_world import NOW


@dataclass(frozen=True, slots=True)
class Climb:
    """Go up one rung."""


@dataclass(slots=True)
class Ladder:
    """The world of one object: how many rungs are left, and what goes wrong on the way."""

    rungs: int = 0
    verdicts: tuple[Verdict, ...] = ready(Reason.SUCCEEDED, "At the top.")
    """What is said at the top; nothing where a deletion is finished."""
    report: Mapping[str, Any] = field(default_factory=dict)
    recheck_seconds: float | None = None
    looks: int = 0
    climbed: int = 0
    opened: int = 0
    gate: asyncio.Event | None = None
    """While it is there and not set, every look is held back."""
    inside: int = 0
    """How many looks are under way."""
    most_inside: int = 0
    _faults: dict[str, deque[Exception | None]] = field(default_factory=dict)

    def fail_on(self, step: str, *errors: Exception | None) -> None:
        """Let the next calls of `open`, `observe` or `act` fail, one each; None spares one."""
        self._faults.setdefault(step, deque()).extend(errors)

    def meet(self, step: str) -> None:
        """Raise what is to go wrong now, if anything."""
        faults = self._faults.get(step)
        fault = faults.popleft() if faults else None
        if fault is not None:
            raise fault

    async def stand_still(self) -> None:
        """Wait at the gate."""
        self.inside += 1
        self.most_inside = max(self.inside, self.most_inside)
        if self.gate is not None:
            await self.gate.wait()
        self.inside -= 1

    def kind(self, definition: AnyKind) -> ManagedKind[Any, Any]:
        """A kind with a real definition, whose every object is this ladder."""
        return ManagedKind(definition, self._open)

    def _open(self, live: LiveObject[Any, Any], ports: Ports) -> "LadderCase":
        del live, ports
        self.opened += 1
        self.meet("open")
        return LadderCase(self)


class LadderCase:
    """One reconcile of a ladder."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder

    async def observe(self) -> int:
        """Count the rungs that are left."""
        self._ladder.looks += 1
        await self._ladder.stand_still()
        self._ladder.meet("observe")
        return self._ladder.rungs

    def decide(self, observed: int) -> Plan[Climb]:
        """Climb while a rung is left."""
        if observed:
            return Plan(actions=(Climb(),))
        after = self._ladder.recheck_seconds
        return Plan(
            verdicts=self._ladder.verdicts,
            report=self._ladder.report,
            recheck_at=None if after is None else NOW + timedelta(seconds=after),
        )

    async def act(self, action: Climb) -> None:
        """Climb."""
        del action
        self._ladder.meet("act")
        self._ladder.rungs -= 1
        self._ladder.climbed += 1

    def seconds_until(self, plan: Plan[Climb]) -> float | None:
        """By the clock that stands still at `NOW`."""
        return None if plan.recheck_at is None else (plan.recheck_at - NOW).total_seconds()
