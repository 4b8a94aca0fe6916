"""The robot made for projects, and credentials that reach a canary first."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_RESUME_ROLLOUT
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.secret import Secret
from harbor_operator.engine.objects import kube_resource
from tests.support.pull_world import SHOPS, TO_SHOPS, PullWorld, pull_world, reasons, username

BY_PROJECTS: dict[str, Any] = {"robotRef": None, "projectRefs": [{"name": "team"}]}
STAGED = {**TO_SHOPS, "rollout": {"canary": {"names": ["shop-a"]}}}
IMAGE = {"repository": "team/app", "reference": "v1"}
WITH_IMAGE = {**STAGED, "verification": {"mode": "Manifest", "manifest": IMAGE}}


@pytest.fixture
async def world() -> AsyncIterator[PullWorld]:
    async with pull_world() as world:
        world.project()
        world.robot()
        yield world


async def test_a_robot_is_made_for_projects_and_owned(world: PullWorld) -> None:
    world.pull_secret(**BY_PROJECTS, robot={"lifetimeDays": 7})

    outcome = await world.look()

    body = world.find(kube_resource(ROBOTS), "team", "pull-robot")
    assert body is not None
    assert body["spec"] == {
        "connectionRef": {"name": "default"},
        "access": [{"projectRef": {"name": "team"}, "preset": "Pull"}],
        "lifetimeDays": 7,
    }
    [owner] = body["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"]) == (
        PULL_SECRETS.kind,
        "uid-pull",
        True,
    )
    assert reasons(outcome)["Ready"] == "WaitingForRobot"
    assert "harbor-operator.dev/cleanup" in world.object()["metadata"]["finalizers"]


async def test_what_people_add_to_the_made_robot_stays(world: PullWorld) -> None:
    world.pull_secret(**BY_PROJECTS, robot={"rotation": {"every": "240h", "overlap": "2h"}})
    await world.look()
    body = world.find(kube_resource(ROBOTS), "team", "pull-robot")
    assert body is not None
    body["spec"] |= {"suspend": True, "lifetimeDays": 3}
    world.kube.put(kube_resource(ROBOTS), body)

    world.change(robot={"rotation": {"overlap": "2h"}})
    await world.look()

    after = world.find(kube_resource(ROBOTS), "team", "pull-robot")
    assert after is not None
    assert after["spec"]["rotation"] == {"overlap": "2h"}
    assert "lifetimeDays" not in after["spec"]
    assert after["spec"]["suspend"] is True


async def test_the_credential_of_somebody_elses_robot_is_not_delivered(world: PullWorld) -> None:
    world.robot(name="pull-robot")
    world.pull_secret(**BY_PROJECTS)

    outcome = await world.look()

    assert reasons(outcome)["Ready"] == "NameConflict"
    assert world.secret("team") is None


async def test_a_rollout_goes_on_when_the_canary_works(world: PullWorld) -> None:
    world.pull_secret(**STAGED)
    await world.look()
    world.robot(2)

    await world.look()

    assert [world.login_in(shop) for shop in SHOPS] == [(username(2), Secret("password-2"))] * 2


async def test_what_the_canary_really_holds_is_tried(world: PullWorld) -> None:
    world.harbor.state.images.add(("team/app", "v1"))
    world.pull_secret(**WITH_IMAGE)
    await world.look()
    world.robot(2)
    world.harbor.state.images.clear()

    outcome = await world.look()

    assert reasons(outcome)["RolloutPaused"] == "VerificationFailed"
    assert reasons(outcome)["Ready"] == "Succeeded"
    assert world.login_in("shop-a") == (username(2), Secret("password-2"))
    assert world.login_in("shop-b") == (username(1), Secret("password-1"))
    assert outcome.delay == 30


async def test_a_token_lets_a_rollout_go_on_once(world: PullWorld) -> None:
    world.harbor.state.images.add(("team/app", "v1"))
    world.pull_secret(**WITH_IMAGE)
    await world.look()
    world.robot(2)
    world.harbor.state.images.clear()
    await world.look()
    body = world.object()
    body["metadata"]["annotations"] = {ANNOTATION_RESUME_ROLLOUT: "go-on"}
    world.kube.put(kube_resource(PULL_SECRETS), body)

    await world.look()
    resumed = world.login_in("shop-b")
    world.robot(3)
    await world.look()

    assert resumed == (username(2), Secret("password-2"))
    assert world.login_in("shop-a") == (username(3), Secret("password-3"))
    assert world.login_in("shop-b") == (username(2), Secret("password-2"))


async def test_an_image_that_cannot_be_pulled_is_told(world: PullWorld) -> None:
    world.pull_secret(verification={"mode": "Manifest", "manifest": IMAGE})

    outcome = await world.look()

    assert reasons(outcome)["Verified"] == "VerificationFailed"
    assert reasons(outcome)["Ready"] == "VerificationFailed"
    assert world.login_in("team") is not None
