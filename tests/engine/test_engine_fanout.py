"""Work in many namespaces side by side, and the end of a turn."""

import asyncio

import pytest

from harbor_operator.engine.fanout import (
    AT_ONCE,
    LONGEST_TURN_SECONDS,
    TURN_SECONDS,
    Turn,
    fan_out,
)
from tests.support.loop_clock import LoopClock, settle


class Works:
    """Lanes that go on until they are let go, one after the other or all."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.gate = asyncio.Event()

    async def work(self, lane: int) -> None:
        """One lane."""
        self.begun.append(lane)
        await self.gate.wait()
        self.ended.append(lane)


async def nothing(lane: int) -> None:
    """A lane that takes no time."""
    del lane


async def test_as_many_go_on_at_once_as_are_allowed() -> None:
    works = Works()
    running = asyncio.create_task(fan_out(range(100), works.work, Turn()))
    await settle()

    assert works.begun == list(range(AT_ONCE))

    works.gate.set()
    await running
    assert sorted(works.ended) == list(range(100))


async def test_when_the_turn_is_over_what_was_begun_is_finished_and_no_more_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    works, turn, clock = Works(), Turn(), LoopClock(monkeypatch)
    running = asyncio.create_task(fan_out(range(100), works.work, turn))
    await settle()
    clock.pass_by(LONGEST_TURN_SECONDS + 1)

    works.gate.set()
    await running

    assert works.begun == works.ended == list(range(AT_ONCE))
    assert turn.is_over()


async def test_a_turn_begins_with_the_first_work(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, turn = LoopClock(monkeypatch), Turn()
    clock.pass_by(LONGEST_TURN_SECONDS + 1)

    before = turn.is_over()
    await fan_out([1], nothing, turn)
    clock.pass_by(LONGEST_TURN_SECONDS + 1)

    assert (before, turn.is_over()) == (False, True)


@pytest.mark.parametrize(
    ("look", "turn_lasts"),
    [
        pytest.param(0.0, TURN_SECONDS, id="no time"),
        pytest.param(0.2, 2.0, id="longer, ten times as long"),
        pytest.param(60.0, LONGEST_TURN_SECONDS, id="very long, for Harbor was slow"),
    ],
)
async def test_a_turn_lasts_long_enough_for_what_the_look_took(
    monkeypatch: pytest.MonkeyPatch, look: float, turn_lasts: float
) -> None:
    clock, turn = LoopClock(monkeypatch), Turn()
    clock.pass_by(look)
    turn.begin()

    clock.pass_by(turn_lasts - 0.1)
    early = turn.is_over()
    clock.pass_by(0.2)

    assert (early, turn.is_over()) == (False, True)


async def test_a_failure_ends_it_and_gives_up_the_others() -> None:
    works = Works()

    async def work(lane: int) -> None:
        if lane == 1:
            raise LookupError(lane)
        await works.work(lane)

    with pytest.raises(LookupError):
        await fan_out(range(3), work, Turn())

    assert (works.begun, works.ended) == ([0, 2], [])
