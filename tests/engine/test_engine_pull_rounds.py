"""A pull secret in many namespaces: what refuses, what others added, and the end of a turn."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.core import dockerconfig
from harbor_operator.core.secret import Secret
from harbor_operator.engine.fanout import AT_ONCE
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.reconciler import Outcome
from harbor_operator.engine.secrets import encode
from harbor_operator.kube.errors import Operation, Unavailable
from harbor_operator.kube.resources import NAMESPACES, SECRETS, JsonObject, Resource
from tests.support.fake_cluster import FakeCluster
from tests.support.loop_clock import LoopClock
from tests.support.pull_world import SHOPS, TO_SHOPS, PullWorld, pull_world, reasons, username

AWAY = Unavailable(Operation("create"), "no webhook answers", reason="InternalError", status=500)
MANY = 80


@pytest.fixture
async def world() -> AsyncIterator[PullWorld]:
    async with pull_world() as world:
        world.robot()
        yield world


def creations(world: PullWorld) -> list[str]:
    return [r.key.namespace for r in world.kube.requests if r.verb == "create"]


def written(world: PullWorld) -> int:
    return len(world.kube.writes(SECRETS))


def label(world: PullWorld, namespace: str, **labels: str) -> None:
    """Put labels on a delivered Secret, as a policy engine does."""
    body = world.secret(namespace)
    assert body is not None
    body["metadata"]["labels"] |= labels
    world.kube.put(SECRETS, body)


async def test_what_others_put_on_a_secret_is_no_reason_to_write(world: PullWorld) -> None:
    world.pull_secret()
    await world.look()
    label(world, "team", backup="yes")
    before = written(world)

    await world.look()

    assert written(world) == before


async def test_another_credential_leaves_alone_what_others_put_on_a_secret(
    world: PullWorld,
) -> None:
    world.pull_secret()
    await world.look()
    label(world, "team", backup="yes")
    await world.look()
    world.robot(2)

    await world.look()

    body = world.secret("team")
    assert body is not None
    assert body["metadata"]["labels"]["backup"] == "yes"
    assert world.login_in("team") == (username(2), Secret("password-2"))


async def test_another_credential_is_one_write_to_each_namespace(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()
    world.robot(2)
    before = len(world.kube.requests)

    await world.look()

    sent = [r for r in world.kube.requests[before:] if r.key.namespace in SHOPS]
    assert [(r.verb, r.key.namespace) for r in sent] == [("patch", shop) for shop in SHOPS]


async def test_what_a_template_no_longer_states_goes(world: PullWorld) -> None:
    world.pull_secret(secretTemplate={"labels": {"tier": "gold"}, "annotations": {"note": "1"}})
    await world.look()
    label(world, "team", backup="yes")
    world.change(secretTemplate=None)

    await world.look()

    body = world.secret("team")
    assert body is not None
    assert "tier" not in body["metadata"]["labels"]
    assert "note" not in body["metadata"]["annotations"]
    assert body["metadata"]["labels"]["backup"] == "yes"


class DeafCluster(FakeCluster):
    """Its watches tell of nothing while nobody listens."""

    deaf = False

    @override
    def _tell(self, type_: object, resource: Resource, body: JsonObject) -> None:
        if not self.deaf:
            super()._tell(type_, resource, body)  # type: ignore[arg-type]


async def test_a_secret_that_changed_unseen_is_read_before_it_is_changed() -> None:
    kube = DeafCluster()
    async with pull_world(kube) as world:
        world.robot()
        world.pull_secret()
        await world.look()
        kube.deaf = True
        label(world, "team", backup="yes")
        world.robot(2)

        await world.look()

        assert world.login_in("team") == (username(2), Secret("password-2"))
        body = world.secret("team")
        assert body is not None
        assert body["metadata"]["labels"]["backup"] == "yes"


async def test_a_secret_that_went_unseen_is_made_anew() -> None:
    kube = DeafCluster()
    async with pull_world(kube) as world:
        world.robot()
        world.pull_secret()
        await world.look()
        kube.deaf = True
        kube.remove(SECRETS, "pull", "team")
        world.robot(2)

        await world.look()

        assert world.login_in("team") == (username(2), Secret("password-2"))


async def test_an_entry_that_came_unseen_is_read_before_it_is_changed() -> None:
    kube = DeafCluster()
    async with pull_world(kube) as world:
        world.robot()
        world.account("team")
        world.pull_secret()
        await world.look()
        kube.deaf = True
        world.account("team", "theirs")
        world.change(serviceAccounts={"names": ["default"]})

        await world.look()

        assert world.entries("team") == ["theirs", "pull"]


async def test_a_namespace_where_something_is_away_is_told_and_left_alone(
    world: PullWorld,
) -> None:
    world.pull_secret(**TO_SHOPS)
    world.kube.fail_on("create", AWAY)

    first = await world.look()
    again = await world.look()

    assert first.status["failures"] == [{"namespace": "shop-a", "reason": "TargetFailed"}]
    assert first.delay == 30
    assert creations(world) == ["shop-a", "shop-b"]
    assert again.status == {}


async def test_another_spec_is_tried_everywhere_at_once(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    world.kube.fail_on("create", AWAY)
    await world.look()
    world.change(secretTemplate={"labels": {"tier": "gold"}})

    outcome = await world.look()

    assert outcome.status["failures"] == []
    assert world.login_in("shop-a") is not None


async def test_a_namespace_that_changed_is_tried_at_once(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    world.kube.fail_on("create", AWAY)
    await world.look()
    world.kube.put(NAMESPACES, {"metadata": {"name": "shop-a", "labels": {"quota": "more"}}})

    await world.look()

    assert world.login_in("shop-a") is not None


async def test_an_api_server_that_fails_everywhere_is_no_fault_of_namespaces(
    world: PullWorld,
) -> None:
    world.pull_secret()
    await world.look()
    world.change(targets={"namespaces": {"names": ["team", "shop-*"]}})
    world.kube.fail_on("create", AWAY, AWAY)

    outcome = await world.look()
    await world.look()

    assert "failures" not in outcome.status
    assert reasons(outcome)["Ready"] == "Progressing"
    assert [world.login_in(shop) for shop in SHOPS] == [(username(1), Secret("password-1"))] * 2


class SlowCluster(FakeCluster):
    """A second passes with each Secret that is made."""

    clock: LoopClock

    @override
    async def create(
        self,
        resource: Resource,
        body: JsonObject,
        *,
        namespace: str | None = None,
        field_manager: str | None = None,
    ) -> JsonObject:
        await asyncio.sleep(0)
        self.clock.pass_by(1.0)
        return await super().create(resource, body, namespace=namespace)


@pytest.fixture
async def slow(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PullWorld]:
    kube = SlowCluster()
    kube.clock = LoopClock(monkeypatch)
    async with pull_world(kube) as world:
        world.robot()
        for number in range(MANY):
            world.kube.put(NAMESPACES, {"metadata": {"name": f"shop-{number:02}"}})
        world.pull_secret(**TO_SHOPS)
        yield world


async def looks_until_rest(world: PullWorld) -> list[Outcome]:
    outcomes = [await world.look()]
    while outcomes[-1].delay == 0:
        outcomes.append(await world.look())
    return outcomes


async def test_a_turn_ends_with_a_word_on_how_far_it_has_come(slow: PullWorld) -> None:
    outcome = await slow.look()

    total = MANY + len(SHOPS)
    assert outcome.delay == 0
    assert reasons(outcome) == {"Ready": "Progressing", "Reconciling": "Progressing"}
    assert outcome.status["targets"] == {
        "desired": total,
        "ready": AT_ONCE,
        "failed": 0,
        "denied": 0,
    }
    assert "credentialRevision" not in outcome.status
    assert "selection" not in outcome.status


async def test_turns_go_on_until_every_namespace_is_served(slow: PullWorld) -> None:
    outcomes = await looks_until_rest(slow)

    total = MANY + len(SHOPS)
    assert [o.status["targets"]["ready"] for o in outcomes] == [
        AT_ONCE,
        2 * AT_ONCE,
        total,
    ]
    assert reasons(outcomes[-1])["Ready"] == "Succeeded"


async def test_a_deletion_takes_turns_too(slow: PullWorld) -> None:
    await looks_until_rest(slow)

    outcome = await slow.delete()

    assert outcome.finished
    assert [slow.secret(shop) for shop in SHOPS] == [None, None]
    assert slow.find(kube_resource(PULL_SECRETS), "team", "pull") is None


async def test_a_credential_of_another_length_is_put_right_everywhere(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()
    for shop in SHOPS:
        body = world.secret(shop)
        assert body is not None
        body["data"] = {dockerconfig.KEY: encode(Secret("{}")), "more": encode(Secret("x"))}
        world.kube.put(SECRETS, body)

    await world.look()

    assert [set((world.secret(shop) or {})["data"]) for shop in SHOPS] == [{dockerconfig.KEY}] * 2
