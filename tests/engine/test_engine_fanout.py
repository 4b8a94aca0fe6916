"""Work in many namespaces side by side, and the end of a turn."""

import asyncio

import pytest

from harbor_operator.engine.fanout import AT_ONCE, Turn, fan_out
from tests.support.loop_clock import settle


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


async def test_when_the_turn_is_over_what_was_begun_is_finished_and_no_more_begins() -> None:
    works, turn = Works(), Turn(seconds=0.0)
    works.gate.set()

    await fan_out(range(100), works.work, turn)

    assert works.begun == works.ended == list(range(AT_ONCE))
    assert turn.is_over()


async def test_a_turn_begins_with_the_first_work() -> None:
    turn = Turn(seconds=0.0)

    assert not turn.is_over()
    await fan_out([1], nothing, turn)
    assert turn.is_over()


async def test_a_failure_ends_it_and_gives_up_the_others() -> None:
    works = Works()

    async def work(lane: int) -> None:
        if lane == 1:
            raise LookupError(lane)
        await works.work(lane)

    with pytest.raises(LookupError):
        await fan_out(range(3), work, Turn())

    assert (works.begun, works.ended) == ([0, 2], [])
