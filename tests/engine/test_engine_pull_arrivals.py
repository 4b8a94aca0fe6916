"""Namespaces and ServiceAccounts that have just come are served before all is looked at."""

from collections.abc import AsyncIterator

import pytest

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.core.secret import Secret
from harbor_operator.engine.arrivals import PATIENCE_SECONDS, Arrivals
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.kube.errors import Forbidden, Operation
from harbor_operator.kube.resources import NAMESPACES
from tests.support.loop_clock import LoopClock, settle
from tests.support.pull_world import TO_SHOPS, PullWorld, pull_world, username

PULL = ObjectId(PULL_SECRETS.kind, "team", "pull")
FORBIDDEN = Forbidden(Operation("create"), "no quota", reason="Forbidden", status=403)
NEWEST = (username(1), Secret("password-1"))


@pytest.fixture
async def world() -> AsyncIterator[PullWorld]:
    """Two shops are served; the third has just come."""
    async with pull_world() as world:
        world.robot()
        world.pull_secret(**TO_SHOPS, serviceAccounts={"names": ["default"]})
        await world.look()
        yield world


async def come(world: PullWorld, name: str, *accounts: str, **metadata: object) -> None:
    """Make a namespace, of which the operator is told."""
    world.kube.put(NAMESPACES, {"metadata": {"name": name, **metadata}})
    for account in accounts:
        world.account(name, name=account)
    await settle()
    world.ports.cluster.arrivals.note(PULL, name)


async def test_who_comes_is_served_and_nobody_else_is_looked_at(world: PullWorld) -> None:
    await come(world, "shop-c", "default")
    before = len(world.kube.writes(kube_resource(PULL_SECRETS)))

    outcome = await world.look()

    assert world.login_in("shop-c") == NEWEST
    assert world.entries("shop-c") == ["pull"]
    assert (outcome.status, outcome.delay) == ({}, PATIENCE_SECONDS)
    assert len(world.kube.writes(kube_resource(PULL_SECRETS))) == before


async def test_a_look_at_all_follows(world: PullWorld) -> None:
    await come(world, "shop-c")
    await world.look()

    outcome = await world.look()

    assert outcome.status["targets"]["ready"] == 3
    assert outcome.delay is None


async def test_an_account_that_comes_after_the_secret_is_served(world: PullWorld) -> None:
    await come(world, "shop-c")
    await world.look()
    await come(world, "shop-c", "default")

    await world.look()

    assert world.entries("shop-c") == ["pull"]


async def test_nothing_is_taken_away_before_all_are_looked_at(world: PullWorld) -> None:
    world.kube.put(NAMESPACES, {"metadata": {"name": "shop-a", "deletionTimestamp": "x"}})
    world.robot(2)
    await come(world, "shop-b", labels={"tier": "web"})

    outcome = await world.look()

    assert world.login_in("shop-b") == NEWEST
    assert (outcome.status, outcome.delay) == ({}, 0)


async def test_who_comes_and_may_not_have_it_gets_nothing(world: PullWorld) -> None:
    await come(world, "other", "default")

    await world.look()

    assert world.secret("other") is None
    assert world.entries("other") == []


async def test_work_on_others_goes_on_at_once(world: PullWorld) -> None:
    world.kube.fail_on("create", FORBIDDEN)
    await come(world, "shop-c")
    world.ports.cluster.arrivals.forget(PULL)
    await world.look()
    await come(world, "shop-d")

    outcome = await world.look()

    assert world.login_in("shop-d") == NEWEST
    assert outcome.delay == 0


async def test_another_spec_is_looked_at_as_a_whole(world: PullWorld) -> None:
    await come(world, "shop-c")
    world.change(serviceAccounts=None)

    outcome = await world.look()

    assert outcome.status["observedGeneration"] == 2
    assert world.login_in("shop-c") == NEWEST


async def test_however_many_come_all_are_looked_at_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, arrivals = LoopClock(monkeypatch), Arrivals()
    taken = []

    for number in range(3):
        arrivals.note(PULL, f"shop-{number}")
        taken.append(arrivals.take(PULL))
        clock.pass_by(PATIENCE_SECONDS * 0.6)

    assert taken == [{"shop-0"}, {"shop-1"}, frozenset()]
