"""Two objects that want one Secret, and namespaces that leave."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from harbor_operator.api.base import LABEL_OWNER_UID
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.secret import Secret
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.secrets import BASIC_AUTH, Ownership, compose
from harbor_operator.kube.resources import NAMESPACES, SECRETS
from tests.support.loop_clock import settle
from tests.support.pull_world import SHOPS, TO_SHOPS, PullWorld, pull_world, reasons, username

BY_LABEL: dict[str, Any] = {
    "targets": {"namespaces": {"names": ["team"], "selector": {"matchLabels": {"shop": "yes"}}}}
}


@pytest.fixture
async def world() -> AsyncIterator[PullWorld]:
    async with pull_world() as world:
        world.project()
        world.robot()
        yield world


def owner_of(world: PullWorld, namespace: str) -> str | None:
    """The uid of the object whose a namespace's Secret is."""
    body = world.secret(namespace)
    owner: str | None = body["metadata"]["labels"].get(LABEL_OWNER_UID) if body else None
    return owner


async def two(world: PullWorld) -> None:
    """Two pull secrets, of which the first owns the Secrets that both want."""
    for shop in SHOPS:
        world.account(shop)
    wanted = {**TO_SHOPS, "secretName": "pull", "serviceAccounts": {"names": ["default"]}}
    world.pull_secret("first", **wanted)
    await world.look("first")
    world.pull_secret("second", **wanted)
    await world.look("second")


async def test_the_second_is_told_and_asks_for_nothing(world: PullWorld) -> None:
    await two(world)
    before = len(world.kube.writes(SECRETS))

    outcome = await world.look("second")

    assert world.object("second")["status"]["failures"] == [
        {"namespace": shop, "reason": "SecretNotOwned"} for shop in SHOPS
    ]
    assert len(world.kube.writes(SECRETS)) == before
    assert outcome.delay == 30
    assert owner_of(world, "shop-a") == "uid-first"


async def test_when_the_first_is_deleted_secrets_and_entries_are_the_seconds(
    world: PullWorld,
) -> None:
    await two(world)
    before = world.secret("shop-a")

    outcome = await world.delete("first")
    handed = world.login_in("shop-a")
    await world.look("second")

    after = world.secret("shop-a")
    assert outcome.finished
    assert handed == (username(1), Secret("password-1"))
    assert before is not None
    assert after is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert owner_of(world, "shop-a") == "uid-second"
    assert world.entries("shop-a") == ["pull"]


async def test_a_permission_that_is_withdrawn_is_inherited_by_nobody(world: PullWorld) -> None:
    await two(world)
    world.connection.distribution = ()

    await world.look("first")

    assert [world.secret(shop) for shop in SHOPS] == [None, None]
    assert [world.entries(shop) for shop in SHOPS] == [[], []]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"suspend": True}, id="is suspended"),
        pytest.param(None, id="is gone"),
    ],
)
async def test_an_heir_that_cannot_take_over_gets_nothing(
    world: PullWorld, change: dict[str, Any] | None
) -> None:
    await two(world)
    if change is None:
        world.kube.remove(kube_resource(PULL_SECRETS), "second", "team")
    else:
        world.change("second", **change)

    await world.delete("first")

    assert [world.secret(shop) for shop in SHOPS] == [None, None]


async def test_a_robots_secret_is_not_touched(world: PullWorld) -> None:
    robots = compose(
        "pull",
        "team",
        type_=BASIC_AUTH,
        data={"username": Secret("u")},
        ownership=Ownership(ObjectId(ROBOTS.kind, "team", "pull"), "uid-robot", "uid-robot"),
    )
    before = world.kube.put(SECRETS, robots)
    world.pull_secret()

    outcome = await world.look()

    assert reasons(outcome)["Ready"] == "SecretNotOwned"
    assert world.secret("team") == before


async def served_by_label(world: PullWorld) -> None:
    for shop in SHOPS:
        world.kube.put(NAMESPACES, {"metadata": {"name": shop, "labels": {"shop": "yes"}}})
    world.pull_secret(**BY_LABEL)
    await world.look()


async def test_a_label_that_is_gone_is_remembered_in_one_write(world: PullWorld) -> None:
    await served_by_label(world)
    world.kube.put(NAMESPACES, {"metadata": {"name": "shop-a"}})

    first, second = await world.look(), await world.look()

    assert [entry["namespace"] for entry in first.status["leaving"]] == ["shop-a"]
    assert second.status == {}
    assert second.delay == 300
    assert world.secret("shop-a") is not None


async def test_a_namespace_is_read_once_more_before_it_loses_the_secret(world: PullWorld) -> None:
    await served_by_label(world)
    labelled = world.ports.cluster.namespaces["shop-a"]
    world.kube.put(NAMESPACES, {"metadata": {"name": "shop-a"}})
    await world.look()
    body = world.object()
    body["status"]["leaving"][0]["since"] = "2026-03-01T11:00:00Z"
    world.kube.put(kube_resource(PULL_SECRETS), body)
    unlabelled = world.ports.cluster.namespaces["shop-a"]
    world.kube.put(NAMESPACES, {"metadata": {"name": "shop-a", "labels": {"shop": "yes"}}})
    await settle()
    world.ports.cluster.namespaces["shop-a"] = unlabelled  # as if the watch came late

    await world.look()

    assert world.ports.cluster.namespaces["shop-a"] == labelled
    assert world.secret("shop-a") is not None
