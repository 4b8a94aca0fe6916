"""Replicas share shards out: each shard is one's, and what is written is written in its name."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest

from harbor_operator.core.shards import allotted
from harbor_operator.engine.replicas.leadership import LOST_LEASE
from harbor_operator.engine.replicas.shards import ShardlessWriteError
from testbed.tools.waiting import until
from tests.support.fake_ballot import COMMON, FREE, FakeLeases, Replica
from tests.support.fake_term import LeftError

PATIENCE = 5.0
ALL = set(range(6))
TEAM, DEFAULT = "team", "default"
"""Namespaces in shards 3 and 1."""
TWO, THREE = allotted(6, [0, 1]), allotted(6, [0, 1, 2])

Join = Callable[[str], Replica]


@pytest.fixture
def leases() -> FakeLeases:
    return FakeLeases()


@pytest.fixture
async def join(leases: FakeLeases) -> AsyncIterator[Join]:
    replicas: list[Replica] = []

    def make(name: str) -> Replica:
        replicas.append(Replica(leases, name))
        return replicas[-1]

    yield make
    for replica in replicas:
        with suppress(LeftError):
            await replica.shards.end()


async def holds(replica: Replica, shards: set[int]) -> None:
    """Wait until a replica holds exactly these shards."""

    async def is_so() -> bool:
        return replica.own() == shards

    await until(is_so, within=PATIENCE)


async def test_a_replica_that_is_alone_takes_all_shards(join: Join) -> None:
    one = join("one")

    await one.shards.begin()

    await holds(one, ALL)
    assert one.shards.serves(TEAM)
    assert one.shards.serves("")
    assert not one.shards.stands_by


async def test_each_takes_its_part_as_others_come(join: Join) -> None:
    replicas = [join("one"), join("two"), join("three")]

    for replica in replicas:
        await replica.shards.begin()

    for seat, replica in enumerate(replicas):
        await holds(replica, set(THREE[seat]))


async def test_the_shards_of_one_that_dies_go_to_the_others(join: Join) -> None:
    replicas = [join("one"), join("two"), join("three")]
    for replica in replicas:
        await replica.shards.begin()
    await holds(replicas[2], set(THREE[2]))

    replicas[2].kill()

    await holds(replicas[0], set(TWO[0]))
    await holds(replicas[1], set(TWO[1]))


async def test_one_that_ends_leaves_its_seat_and_its_shards_and_the_common_lease(
    join: Join, leases: FakeLeases
) -> None:
    one = join("one")
    await one.shards.begin()
    await holds(one, ALL)

    await one.shards.end()

    assert {name for name, holder in leases.holders.items() if holder != FREE} == {COMMON}
    assert not one.process.code.done()


async def test_a_shard_is_not_handed_over_while_work_in_its_name_is_under_way(join: Join) -> None:
    one, two = join("one"), join("two")
    await one.shards.begin()
    await holds(one, ALL)
    kept = next(name for name in (TEAM, DEFAULT, "payments") if is_given_away(one, name))
    shard = one.shards.shard_of(kept)

    with one.shards.at_work(kept) as is_ours:
        assert is_ours
        await two.shards.begin()
        await holds(one, {shard} | set(TWO[0]))
        assert not one.shards.serves(kept)
        one.shards.require()
        with one.shards.at_work(kept) as again:
            assert not again

    await holds(two, set(TWO[1]))


def is_given_away(one: Replica, namespace: str) -> bool:
    """Whether the first replica loses a namespace when a second one comes."""
    return one.shards.shard_of(namespace) in TWO[1]


async def test_what_is_written_belongs_to_a_shard(join: Join) -> None:
    one = join("one")
    await one.shards.begin()
    await holds(one, ALL)

    with pytest.raises(ShardlessWriteError):
        one.shards.require()
    with one.shards.at_work(TEAM):
        one.shards.require()
        await asyncio.create_task(write(one))
    assert not one.process.code.done()


async def write(replica: Replica) -> None:
    replica.shards.require()


async def test_a_shard_that_somebody_else_has_taken_ends_the_process(
    join: Join, leases: FakeLeases
) -> None:
    one = join("one")
    await one.shards.begin()
    await holds(one, ALL)

    with one.shards.at_work(TEAM):
        leases.holders["shard-3"] = "other"
        with pytest.raises(LeftError):
            one.shards.require()

    assert one.process.code.result() == LOST_LEASE


async def test_a_common_lease_that_is_lost_ends_the_process(join: Join, leases: FakeLeases) -> None:
    one = join("one")
    await one.shards.begin()
    await holds(one, ALL)

    leases.holders[COMMON] = "4-shards"

    async with asyncio.timeout(PATIENCE):
        assert await one.process.code == LOST_LEASE


async def test_work_of_an_earlier_term_is_none_of_a_later_one(join: Join) -> None:
    one, two = join("one"), join("two")
    await one.shards.begin()
    await holds(one, ALL)
    name = next(name for name in (TEAM, DEFAULT, "payments") if is_given_away(one, name))
    with one.shards.at_work(name):
        forgotten = contextvars.copy_context()
    await two.shards.begin()
    await holds(two, set(TWO[1]))
    two.kill()
    await holds(one, ALL)

    with one.shards.at_work(name):
        one.shards.require()
    with pytest.raises(LeftError):
        forgotten.run(one.shards.require)


async def test_one_for_which_there_is_no_seat_stands_by(join: Join, leases: FakeLeases) -> None:
    leases.holders |= {f"seat-{number}": "other" for number in range(6)}
    late = join("late")
    waiting = asyncio.create_task(late.shards.begin())

    async def stands_by() -> bool:
        return late.shards.stands_by

    await until(stands_by, within=PATIENCE)
    assert late.own() == set()
    leases.holders["seat-4"] = FREE

    await asyncio.wait_for(waiting, PATIENCE)
    await holds(late, set(allotted(6, range(6))[4]))


async def test_nobody_works_beside_an_operator_without_shards(
    join: Join, leases: FakeLeases
) -> None:
    leases.holders[COMMON] = "alone_1"
    one = join("one")
    waiting = asyncio.create_task(one.shards.begin())
    await asyncio.sleep(0.05)
    before = dict(leases.holders), one.shards.stands_by

    leases.holders[COMMON] = FREE

    await asyncio.wait_for(waiting, PATIENCE)
    await holds(one, ALL)
    assert before == ({COMMON: "alone_1"}, True)
