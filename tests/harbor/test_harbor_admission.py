"""How often requests may start."""

import asyncio

import pytest

from harbor_operator.harbor.admission import Admission


async def seconds_for(number: int, admission: Admission) -> float:
    async def enter() -> None:
        async with admission:
            pass

    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(enter() for _ in range(number)))
    return asyncio.get_running_loop().time() - started


async def test_a_burst_of_the_allowed_concurrency_does_not_wait() -> None:
    admission = Admission(max_concurrent=8, per_second=1)

    assert await seconds_for(8, admission) < 0.5


async def test_requests_beyond_the_burst_start_at_the_allowed_rate() -> None:
    admission = Admission(max_concurrent=5, per_second=100)

    assert await seconds_for(25, admission) >= 20 / 100


async def test_waiters_enter_in_the_order_of_their_arrival() -> None:
    admission = Admission(max_concurrent=1, per_second=1000)
    entered: list[int] = []

    async def enter(number: int) -> None:
        async with admission:
            entered.append(number)

    await asyncio.gather(*(enter(number) for number in range(20)))

    assert entered == list(range(20))


async def test_a_waiter_that_gives_up_leaves_its_place_to_others() -> None:
    admission = Admission(max_concurrent=1, per_second=2)
    await seconds_for(1, admission)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(seconds_for(1, admission), 0.05)

    assert await seconds_for(1, admission) < 2
