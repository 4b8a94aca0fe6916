"""Who may write: the leader alone, and nobody who has been it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from harbor_operator.engine.replicas.leadership import LOST_LEASE, Elected, Unopposed, begun
from tests.support.fake_term import OWN, FakeProcess, FakeTerm, LeftError


@dataclass(frozen=True, slots=True)
class Replica:
    """A leadership, what it goes by, and what it can do to its process."""

    leadership: Elected
    term: FakeTerm
    process: FakeProcess


@pytest.fixture
async def replica() -> AsyncIterator[Replica]:
    term, process = FakeTerm(), FakeProcess()
    leadership = Elected(term, leave=process.leave)
    yield Replica(leadership, term, process)
    with suppress(LeftError):
        await leadership.end()


async def test_a_leader_may_write(replica: Replica) -> None:
    replica.term.free()
    await replica.leadership.begin()

    replica.leadership.require()

    assert not replica.process.code.done()


async def test_a_write_under_a_term_that_is_over_ends_the_process(replica: Replica) -> None:
    replica.term.free()
    await replica.leadership.begin()
    replica.term.lose("other")

    with pytest.raises(LeftError):
        replica.leadership.require()

    assert replica.process.code.result() == LOST_LEASE


async def test_a_write_before_any_term_ends_the_process(replica: Replica) -> None:
    with pytest.raises(LeftError):
        replica.leadership.require()

    assert replica.process.code.result() == LOST_LEASE


async def test_a_term_that_is_over_ends_the_process_without_any_write(replica: Replica) -> None:
    replica.term.free()
    await replica.leadership.begin()

    replica.term.lose()

    async with asyncio.timeout(1):
        assert await replica.process.code == LOST_LEASE


async def test_the_lease_is_renewed_until_the_end_and_released_then(replica: Replica) -> None:
    replica.term.free()
    await replica.leadership.begin()
    await asyncio.sleep(0)

    await replica.leadership.end()

    assert replica.term.history == ["renewals begun", "renewals ended", "released"]
    assert not replica.process.code.done()


async def test_a_replica_that_never_led_releases_what_it_may_have_claimed(
    replica: Replica,
) -> None:
    await replica.leadership.end()

    assert replica.term.history == ["released"]


@pytest.mark.parametrize(
    ("holder", "stands_by"),
    [
        pytest.param("", False, id="nobody is known to lead"),
        pytest.param("other", True, id="another replica leads"),
        pytest.param(OWN, False, id="it leads"),
    ],
)
async def test_a_replica_stands_by_while_another_leads(
    replica: Replica, holder: str, *, stands_by: bool
) -> None:
    replica.term.holder = holder

    assert replica.leadership.stands_by is stands_by


async def test_work_begins_with_the_term(replica: Replica) -> None:
    waiting = asyncio.create_task(begun(replica.leadership, unless=asyncio.Event()))
    await asyncio.sleep(0)
    before = waiting.done()

    replica.term.free()

    assert await waiting
    assert not before
    assert replica.term.held


async def test_a_standby_can_be_told_to_stop(replica: Replica) -> None:
    stop = asyncio.Event()
    waiting = asyncio.create_task(begun(replica.leadership, unless=stop))
    await asyncio.sleep(0)

    stop.set()

    assert not await waiting
    assert replica.term.history == []


async def test_a_replica_told_to_stop_as_it_wins_does_not_begin(replica: Replica) -> None:
    stop = asyncio.Event()
    stop.set()
    replica.term.free()

    assert not await begun(replica.leadership, unless=stop)


async def test_what_hinders_the_election_is_told() -> None:
    term = FakeTerm()
    term.fail_with(LookupError("no such luck"))

    with pytest.raises(LookupError, match="no such luck"):
        await begun(Elected(term, leave=FakeProcess().leave), unless=asyncio.Event())


async def test_who_has_no_rivals_leads_at_once() -> None:
    alone = Unopposed()

    assert await begun(alone, unless=asyncio.Event())
    alone.require()
    assert not alone.stands_by
    await alone.end()
