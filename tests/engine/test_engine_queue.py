"""The due queue: who is looked at next, and when."""

import asyncio

import pytest

from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.queue import DueQueue
from tests.support.loop_clock import LoopClock, settle


class HandClock:
    """Monotonic seconds that only a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def project(name: str, namespace: str = "team") -> ObjectId:
    return ObjectId("HarborProject", namespace, name)


A, B, C = project("a"), project("b"), project("c")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def queue(clock: HandClock) -> DueQueue:
    return DueQueue(clock)


async def take_all(queue: DueQueue) -> list[ObjectId]:
    """What is due now, in the order in which it is served."""
    taken = []
    try:
        while True:
            async with asyncio.timeout(0):
                taken.append(await queue.take())
    except TimeoutError:
        return taken


async def test_the_queue_tells_how_long_each_object_has_waited(
    queue: DueQueue, clock: HandClock
) -> None:
    queue.add(A)
    queue.add(B, 1)
    queue.add(C, 10)
    clock.seconds += 4
    due = queue.waits()
    taken = await queue.take()

    assert due == {A: 4, B: 3, C: -6}
    assert queue.waits() == {id_: waited for id_, waited in due.items() if id_ != taken}


async def test_objects_are_served_in_the_order_of_their_due_times(
    queue: DueQueue, clock: HandClock
) -> None:
    queue.add(A, 3)
    queue.add(B, 1)
    queue.add(C, 2)
    clock.seconds += 5

    assert await take_all(queue) == [B, C, A]


async def test_an_object_is_not_served_before_its_time(queue: DueQueue, clock: HandClock) -> None:
    queue.add(A, 10)
    clock.seconds += 9.9

    before = await take_all(queue)
    clock.seconds += 0.2

    assert before == []
    assert await take_all(queue) == [A]


async def test_objects_due_at_once_are_served_as_they_came(queue: DueQueue) -> None:
    for object_id in (B, C, A):
        queue.add(object_id)

    assert await take_all(queue) == [B, C, A]


async def test_a_negative_delay_is_none(queue: DueQueue) -> None:
    queue.add(A)
    queue.add(B, -60)

    assert await take_all(queue) == [A, B]


@pytest.mark.parametrize(
    "delays",
    [
        pytest.param((10, 1), id="a sooner time replaces a later one"),
        pytest.param((1, 10), id="a later time does not replace a sooner one"),
    ],
)
async def test_the_earliest_time_wins(
    queue: DueQueue, clock: HandClock, delays: tuple[float, float]
) -> None:
    for delay in delays:
        queue.add(A, delay)
    clock.seconds += 2

    soon = await take_all(queue)
    clock.seconds += 20

    assert soon == [A]
    assert await take_all(queue) == []
    assert len(queue) == 0


async def test_an_object_that_is_added_often_is_served_once(queue: DueQueue) -> None:
    for _ in range(5):
        queue.add(A)

    assert len(queue) == 1
    assert await take_all(queue) == [A]


async def test_an_object_whose_turn_has_come_is_not_put_in_again(queue: DueQueue) -> None:
    queue.add(A)
    queue.add(B)
    first = await queue.take()
    queue.add(B)

    assert first == A
    assert await take_all(queue) == [B]


async def test_an_object_can_be_added_again_while_it_is_being_looked_at(queue: DueQueue) -> None:
    queue.add(A)
    await queue.take()
    queue.add(A)

    assert await take_all(queue) == [A]


async def test_postponing_replaces_a_sooner_time(queue: DueQueue, clock: HandClock) -> None:
    queue.add(A, 5)
    queue.postpone(A, 60)
    clock.seconds += 30

    before = await take_all(queue)
    clock.seconds += 40

    assert before == []
    assert await take_all(queue) == [A]


async def test_postponing_never_swallows_a_wake_up_that_came_meanwhile(
    queue: DueQueue, clock: HandClock
) -> None:
    queue.add(A)
    await queue.take()
    queue.add(A)
    clock.seconds += 0.5
    queue.postpone(A, 600)

    assert await take_all(queue) == [A]


async def test_a_discarded_object_is_not_served(queue: DueQueue, clock: HandClock) -> None:
    queue.add(A, 5)
    queue.add(B, 5)
    queue.discard(A)
    clock.seconds += 10

    assert await take_all(queue) == [B]
    assert len(queue) == 0


async def test_discarding_what_is_not_there_changes_nothing(queue: DueQueue) -> None:
    queue.add(A)
    queue.discard(B)

    assert await take_all(queue) == [A]


async def test_an_object_can_come_back_after_it_was_discarded(
    queue: DueQueue, clock: HandClock
) -> None:
    queue.add(A, 1)
    queue.discard(A)
    queue.add(A, 5)
    clock.seconds += 3

    before = await take_all(queue)
    clock.seconds += 3

    assert before == []
    assert await take_all(queue) == [A]


async def test_a_namespace_with_a_hundred_due_objects_does_not_delay_another_ones_single_object(
    queue: DueQueue,
) -> None:
    for number in range(100):
        queue.add(project(f"p{number}", "busy"))
    await queue.take()
    alone = project("single", "quiet")
    queue.add(alone)

    assert alone in [await queue.take(), await queue.take()]


async def test_namespaces_take_turns_and_keep_their_own_order(queue: DueQueue) -> None:
    for namespace, names in {"one": "abc", "two": "de", "three": "f"}.items():
        for name in names:
            queue.add(project(name, namespace))

    assert "".join(taken.name for taken in await take_all(queue)) == "adfbec"


async def test_one_who_waits_is_served_what_is_added_meanwhile(queue: DueQueue) -> None:
    waiting = asyncio.create_task(queue.take())
    await settle()
    queue.add(A)

    assert await asyncio.wait_for(waiting, 1) == A


async def test_one_who_waits_is_served_once_the_time_has_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = LoopClock(monkeypatch)
    queue = DueQueue(clock.now)
    queue.add(A, 60)
    waiting = asyncio.create_task(queue.take())

    await clock.skip(59)
    before = waiting.done()
    await clock.skip(2)

    assert not before
    assert waiting.result() == A


async def test_one_who_waits_for_a_late_object_is_served_a_sooner_one_that_comes_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = LoopClock(monkeypatch)
    queue = DueQueue(clock.now)
    queue.add(A, 60)
    waiting = asyncio.create_task(queue.take())
    await settle()
    queue.add(B, 5)

    await clock.skip(6)

    assert waiting.result() == B


async def test_everyone_who_waits_gets_an_object_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = LoopClock(monkeypatch)
    queue = DueQueue(clock.now)
    waiting = [asyncio.create_task(queue.take()) for _ in range(3)]
    for object_id in (A, B, C):
        queue.add(object_id, 5)

    await clock.skip(6)

    assert sorted(task.result() for task in waiting) == [A, B, C]
