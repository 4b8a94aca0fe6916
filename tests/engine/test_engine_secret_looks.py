"""Without a watch on Secrets they are found by the names that objects give them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from harbor_operator.api.base import ANNOTATION_RECONCILE, LABEL_MANAGED
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.secret_looks import SecretLooks
from harbor_operator.engine.sources import Source, Sources
from harbor_operator.kube.errors import Forbidden, Operation
from harbor_operator.kube.resources import (
    CONFIG_MAPS,
    SECRETS,
    ObjectKey,
)
from tests.support.cluster_ear import Ear
from tests.support.engine_world import LOOK_SECONDS, no_jitter
from tests.support.fake_cluster import FakeCluster
from tests.support.loop_clock import LoopClock, settle
from tests.support.pull_world import TO_SHOPS, PullWorld, pull_world, username

IN_SHOP_A = ObjectKey("shop-a", "pull")
REFUSAL = Forbidden(Operation("get"), "no", reason="Forbidden", status=403)


@pytest.fixture
async def world() -> AsyncIterator[PullWorld]:
    """A world in which nobody may list or watch Secrets, with a robot that serves."""
    async with pull_world(watch_secrets=False) as world:
        world.robot()
        yield world


@asynccontextmanager
async def restarted(world: PullWorld) -> AsyncIterator[PullWorld]:
    """The same cluster and Harbor before an operator that has seen nothing yet."""
    async with pull_world(world.kube, watch_secrets=False) as again:
        again.harbor.state.logins.update(world.harbor.state.logins)
        yield again


def looks_of(world: PullWorld) -> SecretLooks:
    assert world.ports.looks is not None
    return world.ports.looks


def asked(world: PullWorld) -> set[str]:
    """In which namespaces Secrets of pull secrets were read since the last time."""
    found = {r.key.namespace for r in world.kube.requests if r.plural == "secrets"}
    world.kube.requests.clear()
    return found


async def test_secrets_are_neither_listed_nor_watched(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)

    await world.look()
    await looks_of(world).refresh("team")

    assert {world.login_in("shop-a"), world.login_in("shop-b")} == {world.login_in("shop-a")}
    assert not [r for r in world.kube.requests if (r.verb, r.plural) == ("list", "secrets")]
    assert not world.kube.watches(SECRETS)


async def test_a_start_finds_what_was_delivered_and_writes_nothing(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()

    async with restarted(world) as again:
        before = len(again.kube.writes(SECRETS))
        await again.look()

    assert len(again.kube.writes(SECRETS)) == before


async def test_namespaces_that_left_while_nobody_was_there_are_found(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()
    world.change(targets=None)

    async with restarted(world) as again:
        await again.look()

    assert world.secret("shop-a") is None
    assert world.secret("shop-b") is None
    assert world.secret("team") is not None


async def test_a_deletion_finds_all_that_was_delivered(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()

    async with restarted(world) as again:
        outcome = await again.delete()

    assert outcome.finished
    assert world.secret("shop-a") is None
    assert world.secret("shop-b") is None


async def test_a_pull_secret_for_its_own_namespace_is_looked_for_there_alone(
    world: PullWorld,
) -> None:
    world.pull_secret()
    await world.look()

    async with restarted(world) as again:
        asked(again)
        await again.look()

    assert asked(world) == {"team"}


async def test_it_is_looked_for_once_and_again_when_a_person_asks(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()
    asked(world)
    await world.look()
    at_rest = asked(world)
    body = world.object()
    body["metadata"].setdefault("annotations", {})[ANNOTATION_RECONCILE] = "now"
    world.kube.put(kube_resource(PULL_SECRETS), body)
    world.kube.remove(SECRETS, "pull", "shop-a")

    await world.look()

    assert at_rest == {"team"}
    assert asked(world) == {"team", "shop-a", "shop-b"}
    assert world.secret("shop-a") is not None


async def test_a_look_that_failed_is_made_once_more(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()

    async with restarted(world) as again:
        again.kube.fail_on("get", None, None, None, REFUSAL)
        await again.look()
        again.kube.remove(SECRETS, "pull", "shop-b")
        await again.look()

    assert world.secret("shop-b") is not None


async def test_a_secret_of_somebody_else_is_not_remembered(world: PullWorld) -> None:
    world.kube.put(SECRETS, {"metadata": {"name": "pull", "namespace": "shop-a"}})
    world.pull_secret(**TO_SHOPS)

    await world.look()

    assert world.ports.cluster.secrets.get(IN_SHOP_A) is None
    body = world.secret("shop-a")
    assert body is not None
    assert LABEL_MANAGED not in body["metadata"].get("labels", {})


async def test_followers_of_a_robot_are_those_that_the_cluster_holds(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()

    async with restarted(world) as again:
        await looks_of(again).refresh("team")
        seen = again.ports.cluster.secrets.of_robot("uid-payments-pull")

    assert {secret.username for secret in seen.values()} == {username(1)}
    assert {key.namespace for key in seen} == {"shop-a", "shop-b"}


@asynccontextmanager
async def heard(world: PullWorld, clock: LoopClock) -> AsyncIterator[Ear]:
    """What is told while every Secret is read once, and a moment more."""
    ear = Ear()
    world.ports.cluster.listener = ear
    looking = asyncio.create_task(looks_of(world).run())
    yield ear
    for _ in range(4):
        await clock.skip(LOOK_SECONDS / 2)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def test_own_writes_are_no_news(world: PullWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()

    async with heard(world, LoopClock(monkeypatch)) as ear:
        pass

    assert ear.heard == []


@pytest.mark.parametrize("gone", [False, True], ids=["edited", "deleted"])
async def test_what_a_person_did_to_a_secret_is_told(
    world: PullWorld, monkeypatch: pytest.MonkeyPatch, *, gone: bool
) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()

    async with heard(world, LoopClock(monkeypatch)) as ear:
        body = world.secret("shop-a")
        assert body is not None
        if gone:
            world.kube.remove(SECRETS, "pull", "shop-a")
        else:
            world.kube.put(SECRETS, {**body, "data": {}})

    assert ear.heard == ["secret shop-a/pull of pull"]


async def test_a_failing_look_does_not_end_the_others(
    world: PullWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()
    world.kube.fail_on("get", REFUSAL)

    async with heard(world, LoopClock(monkeypatch)) as ear:
        world.kube.remove(SECRETS, "pull", "shop-a")
        world.kube.remove(SECRETS, "pull", "shop-b")

    assert set(ear.heard) == {"secret shop-a/pull of pull", "secret shop-b/pull of pull"}


async def test_an_own_write_during_a_look_counts_more_than_its_answer(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()
    cluster, body = world.ports.cluster, world.secret("shop-a")
    assert body is not None
    before = cluster.secrets.get(IN_SHOP_A)

    cluster.note_secret(world.kube.put(SECRETS, body))
    cluster.see_secret(IN_SHOP_A, None, before=before, telling=True)

    assert cluster.secrets.get(IN_SHOP_A) is not None


async def test_what_is_taken_away_is_told_of_since_no_watch_does(
    world: PullWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()
    async with heard(world, LoopClock(monkeypatch)) as ear:
        world.change(targets={"namespaces": {"names": ["shop-b"]}})
        await world.look()

    assert ear.heard == ["secret shop-a/pull of pull"]


async def test_connections_secrets_are_watched_in_the_operators_namespace_alone() -> None:
    kube = FakeCluster()
    sources = Sources(kube, jitter=no_jitter, secrets_in="operators")
    wanted = (
        Source(SECRETS, "operators", "admin"),
        Source(SECRETS, "elsewhere", "admin"),
        Source(CONFIG_MAPS, "elsewhere", "authority"),
    )

    sources.follow("default", frozenset(wanted))
    await settle()
    await sources.close()

    listed = {(request.plural, request.key.namespace) for request in kube.requests}
    assert listed == {("secrets", "operators"), ("configmaps", "elsewhere")}
