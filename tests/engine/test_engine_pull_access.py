"""Credentials for several projects, or for those of others: when they are delivered."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.robot.ledger import Cause
from harbor_operator.core.secret import Secret
from harbor_operator.engine.objects import kube_resource
from tests.support.engine_world import READY_STATUS, custom_resource
from tests.support.pull_world import SHOPS, TO_SHOPS, PullWorld, pull_world, reasons, username

BOTH = {
    "access": [
        {"projectRef": {"name": "team"}, "preset": "Pull"},
        {"projectRef": {"name": "team.shop"}, "preset": "Pull"},
    ]
}
EVERYWHERE = {"access": [{"allProjects": True, "preset": "Pull"}]}
POWERFUL = {
    "access": [{"projectRef": {"name": "team"}, "preset": "Pull"}],
    "system": [{"resource": "project", "actions": ["list"]}],
}
BORROWED = {
    "access": [{"projectRef": {"name": "shop-a", "namespace": "shop-a"}, "preset": "Pull"}],
}
STAGED = {**TO_SHOPS, "rollout": {"canary": {"names": ["shop-a"]}}}


@pytest.fixture
async def world() -> AsyncIterator[PullWorld]:
    async with pull_world() as world:
        world.project()
        yield world


def share(world: PullWorld, *, distribute: bool) -> None:
    """Have a project of another namespace that is shared with the team."""
    rule = {"namespaces": {"names": ["team"]}, "access": "Pull", "distribute": distribute}
    body = custom_resource(
        PROJECTS, "shop-a", namespace="shop-a", spec={"sharedWith": [rule]}, status=READY_STATUS
    )
    world.kube.put(kube_resource(PROJECTS), body)


async def test_one_of_several_projects_is_delivered_when_it_works_in_all(world: PullWorld) -> None:
    world.project("team.shop")
    world.robot(spec=BOTH)
    world.pull_secret()

    outcome = await world.look()

    assert reasons(outcome)["Verified"] == "Succeeded"
    assert world.login_in("team") == (username(1), Secret("password-1"))


async def test_one_that_works_only_in_the_first_project_is_not_delivered(world: PullWorld) -> None:
    world.project("team.shop")
    world.robot(spec=BOTH)
    world.harbor.state.logins[username(1)].projects = frozenset({"team"})
    world.pull_secret()

    outcome = await world.look()

    assert reasons(outcome)["Ready"] == "WaitingForRobot"
    assert world.secret("team") is None


async def test_one_is_not_delivered_while_a_project_is_not_there(world: PullWorld) -> None:
    world.robot(spec=BOTH)
    world.pull_secret()

    await world.look()

    assert world.secret("team") is None


async def test_one_of_all_projects_is_delivered_elsewhere_too(world: PullWorld) -> None:
    world.robot(spec=EVERYWHERE)
    world.pull_secret(**TO_SHOPS)

    await world.look()

    assert world.harbor.state.requests == ["authenticate"]
    assert [world.login_in(shop) for shop in SHOPS] == [(username(1), Secret("password-1"))] * 2


async def test_one_that_may_do_something_in_harbor_itself_stays_at_home(world: PullWorld) -> None:
    world.robot(spec=POWERFUL)
    world.pull_secret(targets={"namespaces": {"names": ["team", "shop-a"]}})

    outcome = await world.look()

    assert reasons(outcome)["Distributed"] == "DistributionDenied"
    assert world.login_in("team") is not None
    assert world.secret("shop-a") is None


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({}, id="proven"),
        pytest.param({"rollout": {"canary": {"names": ["shop-a"]}}}, id="with a canary"),
    ],
)
async def test_a_sharing_that_forbids_it_by_now_takes_it_away_at_once(
    world: PullWorld, extra: dict[str, Any]
) -> None:
    share(world, distribute=True)
    world.robot(spec=BORROWED)
    world.pull_secret(targets={"namespaces": {"names": ["team", "shop-*"]}}, **extra)
    await world.look()
    before = [world.login_in(name) for name in ("team", *SHOPS)]
    share(world, distribute=False)

    await world.look()

    assert before == [(username(1), Secret("password-1"))] * 3
    assert [world.secret(shop) for shop in SHOPS] == [None, None]
    assert world.login_in("team") is not None


async def test_a_project_that_is_not_shared_any_more_gives_nothing(world: PullWorld) -> None:
    world.robot(spec=BORROWED)
    world.pull_secret()

    await world.look()

    assert world.secret("team") is None


async def test_a_refreshed_secret_of_the_same_robot_reaches_all_namespaces_at_once(
    world: PullWorld,
) -> None:
    world.robot()
    world.pull_secret(**STAGED)
    await world.look()
    world.robot(password="refreshed", edition=2)

    outcome = await world.look()

    assert [world.login_in(shop) for shop in SHOPS] == [(username(1), Secret("refreshed"))] * 2
    assert outcome.status["credentialRevision"] == "1.2"


@pytest.mark.parametrize("cause", [Cause.INVALID, Cause.REVOKED])
async def test_a_credential_made_in_an_emergency_waits_for_no_canary(
    world: PullWorld, cause: Cause
) -> None:
    image = {"repository": "team/app", "reference": "v1"}
    world.robot()
    world.pull_secret(**STAGED, verification={"mode": "Manifest", "manifest": image})
    await world.look()
    world.robot(2, cause=cause)

    await world.look()

    assert [world.login_in(shop) for shop in SHOPS] == [(username(2), Secret("password-2"))] * 2


async def test_the_robot_made_for_several_projects_pulls_from_each(world: PullWorld) -> None:
    world.project("team.shop")
    refs = [{"name": "team"}, {"name": "team.shop"}]
    world.pull_secret(robotRef=None, projectRefs=refs)

    await world.look()

    body = world.find(kube_resource(ROBOTS), "team", "pull-robot")
    assert body is not None
    assert body["spec"]["access"] == BOTH["access"]
