"""What a campaign leaves behind: an operator that dies no more, whatever it still comes by."""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.constant_pulls import Failure
from tests.support.kill_campaign import Campaign, Share
from tests.support.kill_phases import Round, Step
from tests.support.kill_points import KillOrders, KillPoint
from tests.support.kill_stage import Complaints

POINT = KillPoint("harbor GET robots", 1, answered=False)


@dataclass
class IdlePulls:
    """Nobody pulls."""

    count: int = 0
    during: str = ""
    failures: list[Failure] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def also(self, *_paths: str) -> nullcontext[None]:
        """Nothing is pulled."""
        return nullcontext()


@dataclass
class CalmStage:
    """An operator that comes by one point in its first step, and never again."""

    orders: KillOrders
    pulls: IdlePulls = field(default_factory=IdlePulls)
    at: KillPoint | None = POINT

    async def death(self) -> int:
        """It lives for ever."""
        return await asyncio.Event().wait()

    async def settled(self, step: str, _complaints: Complaints) -> None:
        """At once."""
        if self.at is not None:
            self.orders.note(step, self.at)
            self.at = None


async def nothing() -> None:
    """What a user does."""


async def no_complaints() -> list[str]:
    """What is not as promised."""
    return []


async def test_a_point_that_was_not_come_by_again_kills_nobody_later(tmp_path: Path) -> None:
    stage = CalmStage(KillOrders(tmp_path))

    report = await Campaign(stage, Share(1, seed=0)).go(  # type: ignore[arg-type]  # the parts in use
        Round((Step("rotate", nothing, no_complaints),), pulled=())
    )

    assert len(report.missed) == 1
    assert stage.orders.read()[1] is None
