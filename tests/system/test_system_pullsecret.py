"""A HarborPullSecret reaches every namespace that may and should have it, and no other."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import (
    NAMESPACES,
    Check,
    condition,
    decoded,
    encoded,
    has_reason,
    status_of,
)
from tests.support.custom_resources import Json
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {
    "distribution": [{"from": ["team-*"], "to": {"names": ["fed-*"]}}],
}
"""Every team may deliver to namespaces named fed-; other namespaces have to accept it."""
ACCEPTS = "harbor-operator.dev/accept-pull-secrets-from"


@pytest_asyncio.fixture(loop_scope="module")
async def served(world: SystemWorld) -> AsyncIterator[Team]:
    """A namespace that the connection lets receive pull secrets."""
    async with temporary_namespace(world.plane, prefix="fed") as namespace:
        yield Team(world, namespace)


@pytest_asyncio.fixture(loop_scope="module")
async def other(world: SystemWorld) -> AsyncIterator[Team]:
    """A namespace that nothing is delivered to unless it accepts it."""
    async with temporary_namespace(world.plane, prefix="other") as namespace:
        yield Team(world, namespace)


async def make_robot(team: Team, preset: str = "Pull") -> None:
    await team.project("web")
    await team.robot("puller", "web", preset=preset)


def to_names(*names: str) -> Json:
    return {"namespaces": {"names": list(names)}}


def distributed(status: str, reason: str) -> Check:
    """A check what the condition Distributed says."""

    def check(body: Json) -> bool:
        found = condition(body, "Distributed") or {}
        return (found.get("status"), found.get("reason")) == (status, reason)

    return check


async def has_pull_secret(team: Team) -> bool:
    return await team.world.cluster.find(team.core_path("secrets", "pull")) is not None


async def account(team: Team, name: str = "default") -> list[str]:
    """The names of a ServiceAccount's pull secrets, in order."""
    body = await team.world.cluster.get(team.core_path("serviceaccounts", name))
    return [entry["name"] for entry in body.get("imagePullSecrets") or []]


async def accept(team: Team, source: Team | None) -> None:
    """Let a namespace accept pull secrets of another one, or no longer."""
    annotations = {ACCEPTS: source.namespace if source else None}
    patch = {"metadata": {"annotations": annotations}}
    await team.world.cluster.merge(f"{NAMESPACES}/{team.namespace}", patch)


async def test_without_targets_only_the_own_namespace_is_served(team: Team, served: Team) -> None:
    await make_robot(team)

    await team.pull_secret("pull", "puller", serviceAccounts={"names": ["default"]})

    body = await team.ready(PULL_SECRETS, "pull")
    secret = await team.secret("pull")
    robot = decoded(await team.secret("puller"))
    host = team.world.harbor.url.removeprefix("http://")
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    assert f'"{host}":{{' in decoded(secret)[".dockerconfigjson"]
    assert robot["password"] in decoded(secret)[".dockerconfigjson"]
    assert await account(team) == ["pull"]
    assert status_of(body, "targets") == {"desired": 1, "ready": 1, "failed": 0, "denied": 0}
    assert not await has_pull_secret(served)


async def test_a_permitted_namespace_is_served_and_another_is_named(
    team: Team, served: Team, other: Team
) -> None:
    await make_robot(team)

    targets = to_names(served.namespace, other.namespace)
    await team.pull_secret("pull", "puller", targets=targets)

    body = await team.ready(PULL_SECRETS, "pull", distributed("False", "DistributionDenied"))
    assert await has_pull_secret(served)
    assert not await has_pull_secret(other)
    assert not await has_pull_secret(team)
    denied = {"namespace": other.namespace, "reason": "DistributionDenied"}
    assert status_of(body, "failures") == [denied]
    assert (condition(body, "Ready") or {})["status"] == "True"


async def test_a_namespace_serves_itself_by_accepting_and_loses_it_by_taking_that_back(
    team: Team, other: Team
) -> None:
    await make_robot(team)
    await team.pull_secret(
        "pull",
        "puller",
        targets=to_names(other.namespace),
        serviceAccounts={"names": ["default"]},
    )
    await team.ready(PULL_SECRETS, "pull", distributed("False", "DistributionDenied"))

    await accept(other, team)
    await team.ready(PULL_SECRETS, "pull", distributed("True", "Succeeded"))
    assert await has_pull_secret(other)
    assert await account(other) == ["pull"]

    await accept(other, None)
    await team.ready(PULL_SECRETS, "pull", distributed("False", "DistributionDenied"))
    assert not await has_pull_secret(other)
    assert await account(other) == []


async def test_foreign_entries_of_a_service_account_are_kept_in_order(team: Team) -> None:
    await make_robot(team)
    path = team.core_path("serviceaccounts", "default")
    await team.world.cluster.merge(path, {"imagePullSecrets": [{"name": "b"}, {"name": "a"}]})

    await team.pull_secret("pull", "puller", serviceAccounts={"names": ["default"]})
    await team.ready(PULL_SECRETS, "pull")
    assert await account(team) == ["b", "a", "pull"]

    await team.delete(PULL_SECRETS, "pull")
    await team.gone(PULL_SECRETS, "pull")
    assert await account(team) == ["b", "a"]
    assert not await has_pull_secret(team)


async def test_an_entry_that_a_person_made_stays_when_the_pull_secret_leaves(team: Team) -> None:
    await make_robot(team)
    path = team.core_path("serviceaccounts", "default")
    await team.world.cluster.merge(path, {"imagePullSecrets": [{"name": "pull"}]})

    await team.pull_secret("pull", "puller", serviceAccounts={"names": ["default"]})
    await team.ready(PULL_SECRETS, "pull")
    await team.delete(PULL_SECRETS, "pull")
    await team.gone(PULL_SECRETS, "pull")

    assert await account(team) == ["pull"]


async def test_a_service_account_that_comes_later_gets_its_entry(team: Team) -> None:
    await make_robot(team)
    await team.pull_secret("pull", "puller", serviceAccounts={"names": ["late"]})
    await team.ready(PULL_SECRETS, "pull")

    await team.world.cluster.create(
        team.core_path("serviceaccounts"), {"metadata": {"name": "late"}}
    )

    await team.world.cluster.seen(
        team.core_path("serviceaccounts", "late"), lambda body: bool(body.get("imagePullSecrets"))
    )


async def test_a_namespace_that_comes_later_is_served(world: SystemWorld, team: Team) -> None:
    await make_robot(team)
    await team.pull_secret("pull", "puller", targets=to_names("fed-*"))
    await team.ready(PULL_SECRETS, "pull")

    async with temporary_namespace(world.plane, prefix="fed") as name:
        path = Team(world, name).core_path("secrets", "pull")
        await world.cluster.seen(path, lambda body: "data" in body)


async def test_a_label_selects_a_namespace(team: Team, served: Team) -> None:
    await make_robot(team)
    selector = {"matchLabels": {"stage": team.namespace}}
    await team.pull_secret("pull", "puller", targets={"namespaces": {"selector": selector}})
    await team.ready(PULL_SECRETS, "pull")
    assert not await has_pull_secret(served)

    labels = {"metadata": {"labels": {"stage": team.namespace}}}
    await team.world.cluster.merge(f"{NAMESPACES}/{served.namespace}", labels)

    await team.world.cluster.seen(served.core_path("secrets", "pull"), lambda b: "data" in b)


async def test_a_credential_that_may_push_is_not_given_to_other_namespaces(
    team: Team, served: Team
) -> None:
    await make_robot(team, preset="PullPush")

    await team.pull_secret("pull", "puller", targets=to_names(served.namespace))

    await team.ready(PULL_SECRETS, "pull", distributed("False", "DistributionDenied"))
    assert not await has_pull_secret(served)


async def test_a_secret_that_is_not_ours_is_not_written_nor_used(team: Team, served: Team) -> None:
    await make_robot(team)
    foreign = {"metadata": {"name": "pull"}, "data": encoded(key="value")}
    before = await served.world.cluster.create(served.core_path("secrets"), foreign)

    await team.pull_secret(
        "pull",
        "puller",
        targets=to_names(served.namespace),
        serviceAccounts={"names": ["default"]},
    )

    await team.ready(PULL_SECRETS, "pull", distributed("False", "SecretNotOwned"))
    assert await served.secret("pull") == before
    assert await account(served) == []


async def test_a_deleted_or_edited_pull_secret_is_put_right(team: Team, served: Team) -> None:
    await make_robot(team)
    await team.pull_secret("pull", "puller", targets=to_names(served.namespace))
    await team.ready(PULL_SECRETS, "pull")
    before, path = await served.secret("pull"), served.core_path("secrets", "pull")

    await team.world.cluster.delete(path)
    await team.world.cluster.seen(path, lambda body: body["data"] == before["data"])
    broken = {"data": {".dockerconfigjson": encoded(x="{}")["x"]}}
    await team.world.cluster.merge(path, broken)

    await team.world.cluster.seen(path, lambda body: body["data"] == before["data"])


async def test_a_removed_entry_of_a_service_account_is_put_back(team: Team) -> None:
    await make_robot(team)
    await team.pull_secret("pull", "puller", serviceAccounts={"names": ["default"]})
    await team.ready(PULL_SECRETS, "pull")
    path = team.core_path("serviceaccounts", "default")

    await team.world.cluster.merge(path, {"imagePullSecrets": None})

    await team.world.cluster.seen(path, lambda body: bool(body.get("imagePullSecrets")))


async def test_a_target_that_leaves_the_spec_loses_secret_and_entry(
    team: Team, served: Team
) -> None:
    await make_robot(team)
    accounts = {"names": ["default"]}
    targets = to_names(served.namespace, team.namespace)
    await team.pull_secret("pull", "puller", targets=targets, serviceAccounts=accounts)
    await team.ready(PULL_SECRETS, "pull")
    assert await account(served) == ["pull"]

    await team.change(PULL_SECRETS, "pull", targets=to_names(team.namespace))
    await team.ready(PULL_SECRETS, "pull")

    assert not await has_pull_secret(served)
    assert await account(served) == []
    assert await has_pull_secret(team)


async def test_a_withdrawn_distribution_rule_takes_effect(
    world: SystemWorld, team: Team, served: Team
) -> None:
    await make_robot(team)
    await team.pull_secret("pull", "puller", targets=to_names(served.namespace))
    await team.ready(PULL_SECRETS, "pull")

    await world.cluster.merge(world.connection_path, {"spec": {"distribution": []}})
    try:
        await team.ready(PULL_SECRETS, "pull", distributed("False", "DistributionDenied"))
        assert not await has_pull_secret(served)
    finally:
        await world.cluster.merge(world.connection_path, {"spec": CONNECTION})


async def test_an_unknown_registry_host_waits_for_a_person(team: Team) -> None:
    await make_robot(team)

    await team.pull_secret("pull", "puller", registryHosts=["elsewhere.example.com"])

    await team.ready(PULL_SECRETS, "pull", has_reason("InvalidSpec", stalled=True))
    assert not await has_pull_secret(team)


async def test_without_its_robot_it_waits(team: Team) -> None:
    await team.pull_secret("pull", "puller")
    await team.ready(PULL_SECRETS, "pull", has_reason("WaitingForRobot", stalled=False))

    await make_robot(team)

    await team.ready(ROBOTS, "puller")
    await team.ready(PULL_SECRETS, "pull")
