"""Credentials work where they are delivered, are replaced without a gap, and end."""

from datetime import datetime, timedelta

import pytest

from testbed.control_plane.api import Json
from testbed.endtoend.crane import ANONYMOUS, CraneError, docker_config
from testbed.endtoend.objects import status_of
from tests.support.announcing import Announce
from tests.support.e2e_pulls import pulling
from tests.support.e2e_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

OVERLAP_SECONDS = 100.0
"""An overlap of one minute, and time to act."""
PULLS = 5
"""How many pulls have to succeed in each part of a rotation, besides those on the way."""
NOT_WAITED = (
    "Not waited for the end of the replaced robot: HARBOR_USERNAME may not shorten the token"
    " lifetime of Harbor, which the overlap has to outlast."
)
REFUSED = "(?i)unauthorized|denied|forbidden"


async def delivered(stage: Stage, name: str) -> tuple[Json, str]:
    """Have an image pushed by a CI robot, and a pull secret for it in the other namespace."""
    make = stage.make
    [_, _, puller, _] = await stage.ready(
        make.project(name),
        make.robot(f"{name}-ci", name, "PullPush"),
        make.robot(f"{name}-pull", name, "Pull"),
        make.pull_secret(name, f"{name}-pull"),
    )
    image = await stage.image_of(f"{name}-ci", name)
    await stage.crane.push(image, await stage.robot_config(f"{name}-ci"))
    return puller, image


async def test_what_the_ci_robot_pushes_is_pulled_in_another_namespace(stage: Stage) -> None:
    _, image = await delivered(stage, "private")

    await stage.crane.pull(image, await stage.delivered_config("private"))


async def test_a_private_image_is_refused_without_the_right_login(stage: Stage) -> None:
    _, image = await delivered(stage, "refused")
    login = await stage.login_of("refused-pull")
    wrong = docker_config(login["registry"], login["username"], "not-the-password")

    with pytest.raises(CraneError, match=REFUSED):
        await stage.crane.pull(image, ANONYMOUS)
    with pytest.raises(CraneError, match=REFUSED):
        await stage.crane.pull(image, wrong)


async def test_a_pull_robot_cannot_push(stage: Stage) -> None:
    _, image = await delivered(stage, "readonly")

    with pytest.raises(CraneError, match=REFUSED):
        await stage.crane.push(image, await stage.delivered_config("readonly"))


async def test_a_rotation_leaves_no_gap_and_ends_the_replaced_robot(
    stage: Stage, announce: Announce
) -> None:
    before, image = await delivered(stage, "rotated")
    old_login = await stage.delivered_config("rotated")
    rotating = stage.make.robot("rotated-pull", "rotated", "Pull", rotate="first")

    async with pulling(stage, image, "rotated") as pulls:
        await stage.apply(rotating)
        after = await stage.until(rotating, has_replaced, awaited="a replaced robot in status")
        new_login = await stage.delivered_config("rotated")
        await stage.crane.pull(image, old_login)
        await pulls.more(PULLS)
        if stage.tokens_are_short:
            awaited = "the end of the overlap"
            await stage.until(rotating, replaces_none, awaited=awaited, within=OVERLAP_SECONDS)
            await pulls.more(PULLS)

    assert pulls.failures == []
    assert status_of(after)["lastHandledRotateAt"] == "first"
    assert new_login != old_login
    replaced = await stage.account.find(f"/robots/{status_of(before)['robotID']}")
    if stage.tokens_are_short:
        assert replaced is None
        with pytest.raises(CraneError, match=REFUSED):
            await stage.crane.pull(image, old_login)
    else:
        announce(NOT_WAITED)
        assert replaced is not None
        assert overlap_of(after) > timedelta(minutes=1)


def has_replaced(robot: Json) -> bool:
    return "lastHandledRotateAt" in status_of(robot) and not replaces_none(robot)


def replaces_none(robot: Json) -> bool:
    return not status_of(robot).get("previous")


def overlap_of(robot: Json) -> timedelta:
    [replaced] = status_of(robot)["previous"]
    since, end = replaced["since"], replaced["removeAfter"]
    return datetime.fromisoformat(end) - datetime.fromisoformat(since)


async def test_deleting_everything_removes_robots_and_secrets(stage: Stage) -> None:
    make = stage.make
    project = make.project("removed")
    robot = make.robot("removed-pull", "removed", "Pull")
    pull_secret = make.pull_secret("removed", "removed-pull")
    [ready, *_] = await stage.ready(project, robot, pull_secret)
    project_id = status_of(ready)["projectID"]
    robots_before = await stage.robots_of(project_id)

    # In this order each would leave the next one without what it needs.
    for manifest in (project, robot, pull_secret):
        await stage.request_deletion(manifest)
    await stage.delete(project, robot, pull_secret)

    assert len(robots_before) == 1
    assert await stage.robots_of(project_id) == []
    assert not await stage.has_secret(make.namespace, "removed-pull")
    assert not await stage.has_secret(make.other_namespace, "removed")
