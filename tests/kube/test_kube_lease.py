"""Leader election on a real API server, with clocks that the tests move."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import load_kubeconfig
from harbor_operator.kube.errors import NotFound, NotLeader
from harbor_operator.kube.lease import Durations, Lease, SharedLease
from harbor_operator.kube.resources import CONFIG_MAPS, LEASES, JsonObject, ObjectKey
from testbed.control_plane import ControlPlane
from tests.support.election import (
    PATIENCE,
    USUAL,
    Candidate,
    Election,
    Link,
    Time,
    lease_of,
)

Stand = Callable[..., Candidate]

CONFIG_MAP: JsonObject = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}


@pytest.fixture
async def election(control_plane: ControlPlane, client: KubeClient, namespace: str) -> Election:
    access = await load_kubeconfig(str(control_plane.kubeconfig))
    return Election(access, client, ObjectKey(namespace, "operator"))


@pytest.fixture
async def stand(election: Election) -> AsyncIterator[Stand]:
    """Make a candidate with clocks and a line of its own."""
    async with AsyncExitStack() as stack:

        def make(
            identity: str,
            *,
            durations: Durations = USUAL,
            time: Time | None = None,
            kind: type[Lease] = Lease,
        ) -> Candidate:
            line, clocks = election.line(), time or Time()
            client = election.client_of(line)
            stack.push_async_callback(client.close)
            lease = lease_of(
                client, election.key, identity, time=clocks, durations=durations, kind=kind
            )
            return Candidate(lease, clocks, line)

        yield make


@asynccontextmanager
async def running(candidate: Candidate) -> AsyncIterator["asyncio.Task[None]"]:
    """A candidate that stands for election, and keeps the lease once it has it."""

    async def work(lease: Lease) -> None:
        await lease.acquire()
        await lease.keep()

    task = asyncio.create_task(work(candidate.lease))
    try:
        yield task
    finally:
        await candidate.stop(task)


async def wins(candidate: Candidate) -> None:
    """Let a candidate take the lease now."""
    async with asyncio.timeout(PATIENCE):
        await candidate.lease.acquire()


async def loses(task: "asyncio.Task[None]") -> None:
    """Wait for the end of a term."""
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(NotLeader):
            await task


async def test_first_candidate_writes_what_the_go_clients_write(
    election: Election, stand: Stand
) -> None:
    first = stand("first")

    await wins(first)

    assert first.lease.held
    assert first.lease.holder == "first"
    assert await election.spec() == {
        "holderIdentity": "first",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-01-01T00:00:00.000001Z",
        "renewTime": "2026-01-01T00:00:00.000001Z",
        "leaseTransitions": 0,
    }


async def test_renewal_moves_only_the_renew_time(election: Election, stand: Stand) -> None:
    first = stand("first")
    await wins(first)
    before = await election.spec()

    async with running(first):
        first.time.skip(5)
        await first.looks_again()
    after = await election.spec()

    assert after.pop("renewTime") > before.pop("renewTime")
    assert after == before
    assert first.lease.age == 0


async def test_of_two_candidates_that_start_together_one_wins(stand: Stand) -> None:
    both = [stand("first"), stand("second")]

    async with running(both[0]), running(both[1]):
        for candidate in both:
            await candidate.looks_again()

        assert sorted(candidate.lease.held for candidate in both) == [False, True]
        assert {candidate.lease.holder for candidate in both} < {"first", "second"}


async def test_lease_that_is_renewed_is_never_taken(stand: Stand) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)

    async with running(first), running(second):
        for _ in range(5):
            await first.looks_again()
            await second.looks_again()
            second.time.skip(14)

        assert first.lease.held
        assert not second.lease.held


async def test_who_has_looked_need_not_wait_anew(stand: Stand) -> None:
    first, onlooker, late = stand("first"), stand("onlooker"), stand("late")
    await wins(first)
    await onlooker.lease.look()

    for candidate in (onlooker, late):
        candidate.time.skip(15)

    assert not await late.lease.stand()
    assert late.lease.taken
    assert not onlooker.lease.taken
    assert await onlooker.lease.stand()


async def test_looking_takes_nothing(election: Election, stand: Stand) -> None:
    onlooker = stand("onlooker")

    await onlooker.lease.look()

    assert await election.stored() is None
    assert not onlooker.lease.taken


async def test_a_holder_is_known_once_it_has_been_seen_to_renew(stand: Stand) -> None:
    first, onlooker = stand("first"), stand("onlooker")
    nobody = onlooker.lease.known
    await wins(first)
    await onlooker.lease.look()
    seen_once = onlooker.lease.known

    await first.lease.stand()
    await onlooker.lease.look()

    assert (nobody, seen_once, onlooker.lease.known) == (True, False, True)


async def test_a_shared_lease_is_held_by_all_of_one_name_and_by_nobody_else(stand: Stand) -> None:
    crew = [stand("crew", kind=SharedLease) for _ in range(3)]
    other = stand("other")

    for _ in range(3):
        renewed = await asyncio.gather(*(candidate.lease.stand() for candidate in crew))
        assert renewed == [True, True, True]
        assert not await other.lease.stand()
        other.time.skip(14)

    assert all(candidate.lease.held for candidate in crew)


async def test_a_shared_lease_that_nobody_of_its_name_renews_goes_to_another(stand: Stand) -> None:
    member, other = stand("crew", kind=SharedLease), stand("other")
    await wins(member)
    await other.lease.look()

    other.time.skip(15)
    assert await other.lease.stand()
    member.time.skip(15)

    with pytest.raises(NotLeader):
        await member.lease.keep()


async def test_lease_that_is_not_renewed_is_taken_after_its_duration_and_not_before(
    election: Election, stand: Stand
) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)

    async with running(second):
        await second.looks_again()
        second.time.skip(14.9)
        await second.looks_again()
        taken_before = second.lease.held
        second.time.skip(0.2)
        await second.looks_again()

        assert not taken_before
        assert second.lease.held
    spec = await election.spec()
    assert spec["holderIdentity"] == "second"
    assert spec["leaseTransitions"] == 1


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(timedelta(days=-365), id="a year back"),
        pytest.param(timedelta(days=365), id="a year ahead"),
    ],
)
async def test_steps_of_the_time_of_day_change_nothing(stand: Stand, step: timedelta) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)

    async with running(second):
        await second.looks_again()
        first.time.today += step
        second.time.today += step
        await second.looks_again()
        async with running(first):
            await first.looks_again()

            assert first.lease.held
            assert not second.lease.held


async def test_candidate_looks_again_no_later_than_the_lease_becomes_free(stand: Stand) -> None:
    first = stand("first")
    second = stand("second", durations=Durations(retry=2))
    await wins(first)
    taken = await second.lease._attempt(PATIENCE)

    second.time.skip(10)
    between = second.lease._pause()
    second.time.skip(4)
    shortly_before = second.lease._pause()

    assert not taken
    assert between == pytest.approx(2.2)
    assert shortly_before == pytest.approx(1)


async def test_release_lets_the_next_candidate_begin_at_once(
    election: Election, stand: Stand
) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)
    async with running(second):
        await second.looks_again()

        await first.lease.release()
        await second.looks_again()

        assert second.lease.held
        assert not first.lease.held
    assert (await election.spec())["leaseTransitions"] == 1


async def test_released_lease_names_no_holder(election: Election, stand: Stand) -> None:
    first = stand("first")
    await wins(first)
    await election.label()

    await first.lease.release()

    spec = await election.spec()
    assert not spec.get("holderIdentity")
    assert spec["leaseDurationSeconds"] == 1
    with pytest.raises(NotLeader):
        first.lease.require()


async def test_candidate_that_never_heard_of_its_success_can_release(
    election: Election, stand: Stand
) -> None:
    await wins(stand("first"))
    without_answer = stand("first")

    await without_answer.lease.release()

    assert not (await election.spec()).get("holderIdentity")


async def test_candidate_that_lost_does_not_release_its_successor(
    election: Election, stand: Stand
) -> None:
    first = stand("first")
    await wins(first)
    await election.edit(holderIdentity="second")

    await first.lease.release()

    assert (await election.spec())["holderIdentity"] == "second"


async def test_release_without_api_server_only_tells(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    first = stand("first")
    await wins(first)
    first.line.link = Link.DOWN

    await first.lease.release()

    assert "the lease operator runs out by itself" in caplog.text
    assert not first.lease.held


async def test_require_refuses_a_frozen_holder_before_any_task_has_run(stand: Stand) -> None:
    first = stand("first")
    await wins(first)

    first.time.skip(10)
    first.lease.require()
    first.time.skip(0.1)

    with pytest.raises(NotLeader):
        first.lease.require()


async def test_require_refuses_when_the_clock_runs_backwards(stand: Stand) -> None:
    first = stand("first")
    await wins(first)

    first.time.skip(-1)

    with pytest.raises(NotLeader):
        first.lease.require()


async def test_renewal_counts_from_before_it_was_asked_for(election: Election) -> None:
    time = Time()

    async with KubeClient(
        election.access, field_manager="tests", before_write=lambda: time.skip(6)
    ) as client:
        lease = lease_of(client, election.key, "first", time=time, durations=USUAL)
        await lease.acquire()

    # The gate is asked twice for one write; both times the process stopped for a while.
    assert lease.age == 12
    with pytest.raises(NotLeader):
        lease.require()


async def test_frozen_holder_wakes_up_to_a_successor_and_writes_nothing(
    election: Election, client: KubeClient, stand: Stand
) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)
    async with running(second):
        await second.looks_again()
        second.time.skip(16)
        await second.looks_again()
    first.time.skip(16)

    async with KubeClient(
        election.access, field_manager="tests", before_write=first.lease.require
    ) as gated:
        with pytest.raises(NotLeader):
            await gated.create(CONFIG_MAPS, CONFIG_MAP, namespace=election.key.namespace)
    with pytest.raises(NotLeader):
        await first.lease.keep()

    with pytest.raises(NotFound):
        await client.get(CONFIG_MAPS, "a", namespace=election.key.namespace)
    assert (await election.spec())["holderIdentity"] == "second"


async def test_term_that_has_ended_never_begins_again(election: Election, stand: Stand) -> None:
    first = stand("first")
    await wins(first)
    first.time.skip(11)
    with pytest.raises(NotLeader):
        await first.lease.keep()

    first.time.skip(-11)
    with pytest.raises(NotLeader):
        await first.lease.acquire()

    assert not first.lease.held
    assert (await election.spec())["holderIdentity"] == "first"


async def test_holder_survives_an_outage_that_is_shorter_than_its_deadline(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    first = stand("first")
    await wins(first)

    async with running(first):
        first.line.link = Link.DOWN
        first.time.skip(9)
        await first.looks_again()
        age_when_down = first.lease.age
        first.line.link = Link.UP
        await first.looks_again()

        assert age_when_down == 9
        assert first.lease.age == 0
    assert caplog.text.count("cannot be read or renewed") == 1


async def test_holder_gives_up_in_an_outage_that_is_longer(stand: Stand) -> None:
    first = stand("first")
    await wins(first)

    async with running(first) as term:
        await first.looks_again()
        first.line.link = Link.DOWN
        first.time.skip(9)
        await first.looks_again()
        first.time.skip(1.1)

        await loses(term)


async def test_candidate_outlives_any_outage(stand: Stand) -> None:
    first = stand("first")
    first.line.link = Link.DOWN

    async with running(first):
        await first.looks_again()
        first.time.skip(3600)
        await first.looks_again()
        first.line.link = Link.UP
        await first.looks_again()

        assert first.lease.held


async def test_silent_api_server_is_not_waited_for_beyond_the_deadline(stand: Stand) -> None:
    loop = asyncio.get_running_loop()
    first = stand("first", durations=Durations(lease=3, renew_deadline=2, retry=0.05))
    await wins(first)
    first.line.link = Link.SILENT

    async with running(first) as term:
        started = loop.time()
        await first.looks_again(calls=2)
        between_two_attempts = loop.time() - started
        first.time.skip(2.1)
        await loses(term)

    assert between_two_attempts < 2


async def test_holder_makes_a_deleted_lease_anew(election: Election, stand: Stand) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)
    async with running(second):
        await second.looks_again()

        await election.delete()
        second.time.skip(14)
        await second.looks_again()
        async with running(first):
            await first.looks_again()

            assert not second.lease.held
            assert first.lease.held
            assert (await election.spec())["holderIdentity"] == "first"


async def test_deleted_lease_of_a_dead_holder_is_taken_after_its_duration(
    election: Election, stand: Stand
) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)
    async with running(second):
        await second.looks_again()
        await election.delete()
        await second.looks_again()
        taken_before = second.lease.held

        second.time.skip(15)
        await second.looks_again()

        assert not taken_before
        assert second.lease.held


async def test_holder_whose_name_was_taken_out_by_hand_puts_it_back(
    election: Election, stand: Stand
) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)
    async with running(second):
        await second.looks_again()

        await election.edit(holderIdentity="")
        await second.looks_again()
        async with running(first):
            await first.looks_again()

            assert not second.lease.held
            assert first.lease.held
            assert (await election.spec())["holderIdentity"] == "first"


async def test_holder_steps_down_for_whoever_was_put_in_its_place(
    election: Election, stand: Stand
) -> None:
    first = stand("first")
    await wins(first)

    async with running(first) as term:
        await election.edit(holderIdentity="somebody")
        await loses(term)

    assert (await election.spec())["holderIdentity"] == "somebody"


@pytest.mark.parametrize(
    ("edited", "free_after"),
    [
        pytest.param(1, 15, id="a shorter one counts as the own"),
        pytest.param(60, 60, id="a longer one counts"),
    ],
)
async def test_candidate_waits_for_the_duration_that_the_lease_says(
    election: Election, stand: Stand, edited: int, free_after: float
) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)
    await election.edit(leaseDurationSeconds=edited)

    async with running(second):
        await second.looks_again()
        second.time.skip(free_after - 0.1)
        await second.looks_again()
        taken_before = second.lease.held
        second.time.skip(0.2)
        await second.looks_again()

        assert not taken_before
        assert second.lease.held


async def test_holder_goes_on_after_an_unrelated_edit_and_keeps_it(
    election: Election, stand: Stand
) -> None:
    first = stand("first")
    await wins(first)

    async with running(first):
        await election.label()
        await first.looks_again()
        first.time.skip(1)
        await first.looks_again()

        assert first.lease.age == 0
    stored = await election.stored()
    assert stored is not None
    assert stored["metadata"]["labels"] == {"team": "a"}


async def test_unrelated_edits_do_not_prolong_the_lease_of_a_dead_holder(
    election: Election, stand: Stand
) -> None:
    first, second = stand("first"), stand("second")
    await wins(first)

    async with running(second):
        await second.looks_again()
        second.time.skip(14)
        await election.label()
        await second.looks_again()
        second.time.skip(1)
        await second.looks_again()

        assert second.lease.held


async def test_lease_that_was_made_empty_is_taken_at_once(
    election: Election, client: KubeClient, stand: Stand
) -> None:
    body = {
        "apiVersion": LEASES.api_version,
        "kind": LEASES.kind,
        "metadata": {"name": election.key.name},
    }
    await client.create(LEASES, body, namespace=election.key.namespace)
    first = stand("first")

    await wins(first)

    assert first.lease.held


@pytest.mark.parametrize(
    ("lease", "renew_deadline", "retry"),
    [
        pytest.param(10, 10, 2, id="succeeded before it gives up"),
        pytest.param(15, 10, 6, id="no second attempt"),
        pytest.param(15, 10, 0, id="no pause"),
    ],
)
def test_durations_that_cannot_work_are_refused(
    lease: int, renew_deadline: float, retry: float
) -> None:
    with pytest.raises(ValueError, match="does not hold"):
        Durations(lease=lease, renew_deadline=renew_deadline, retry=retry)


async def test_second_call_of_acquire_does_not_revive_a_term(
    election: Election, stand: Stand
) -> None:
    first = stand("first")
    await wins(first)
    before = await election.spec()
    first.time.skip(11)

    with pytest.raises(NotLeader):
        await first.lease.acquire()

    assert await election.spec() == before
