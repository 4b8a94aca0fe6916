"""Pulls that fail by the robot account behind the login, and by what delivers it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import condition, decoded, has_reason, status_of
from tests.support.custom_resources import Json
from tests.support.pull_scene import Scene, proves

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def delivered(scene: Scene, name: str, robot: Json | None = None) -> Json:
    """A robot of project web, its pull secret of the same name, and a pod that uses it."""
    await scene.tenant.robot(name, "web", **(robot or {}))
    await scene.tenant.pull_secret(name, name, secretName=f"{name}-pull")
    await scene.tenant.ready(PULL_SECRETS, name)
    await scene.pod(name, scene.image(), f"{name}-pull", account="people")
    await scene.pulls(name)
    return await scene.tenant.ready(ROBOTS, name)


async def made_by_hand(scene: Scene, name: str, *, project: str = "web", days: int = -1) -> int:
    """A robot that nobody but its maker knows, a pull secret with its login, and a pod; its id."""
    access = [{"resource": "repository", "action": "pull"}]
    where = scene.tenant.harbor_name(project)
    body = {
        "name": name,
        "level": "project",
        "duration": days,
        "permissions": [{"kind": "project", "namespace": where, "access": access}],
    }
    made = await scene.admin("POST", "/api/v2.0/robots", body)
    assert made.status == 201, made.text
    await scene.secret(name, made.field("name"), made.field("secret"))
    await scene.pod(name, scene.image(), name, account="people")
    return int(made.field("id"))


@asynccontextmanager
async def days_ago(scene: Scene, days: int) -> AsyncIterator[None]:
    """Let Harbor live so many days ago in a block."""
    clock = scene.world.harbor.clock
    clock.offset_seconds -= timedelta(days=days).total_seconds()
    try:
        yield
    finally:
        clock.offset_seconds += timedelta(days=days).total_seconds()


@proves("NotDelivered")
async def test_a_pull_secret_that_waits_is_told_and_its_robot_helps(scene: Scene) -> None:
    await scene.tenant.pull_secret("waits", "nobody")
    await scene.tenant.ready(PULL_SECRETS, "waits", has_reason("WaitingForRobot"))
    await scene.pod("waits", scene.image(), "waits", account="people")
    await scene.fails("waits")

    told = await scene.why("pod/waits")
    await scene.tenant.robot("nobody", "web")
    await scene.tenant.ready(PULL_SECRETS, "waits")

    assert told.causes[:2] == ["SecretMissing", "NotDelivered"]
    assert "WaitingForRobot" in told.findings[1]["sentence"]
    await scene.pulls("waits")


@proves("RobotDisabled")
async def test_a_disabled_robot_is_told_and_the_command_enables_it(scene: Scene) -> None:
    await delivered(scene, "off")
    await scene.tenant.change(ROBOTS, "off", disabled=True)
    await scene.tenant.ready(ROBOTS, "off", _is_seen)
    await scene.fails("off")

    told = await scene.why("pod/off")
    await scene.carry_out(told.cure)
    await scene.tenant.ready(ROBOTS, "off")

    assert told.causes == ["RobotDisabled"]
    await scene.pulls("off")


@proves("RobotExpired")
async def test_an_expired_robot_is_told_and_the_command_renews_it(scene: Scene) -> None:
    async with days_ago(scene, 2):
        rotation = {"every": "6h", "overlap": "1h"}
        await delivered(scene, "old", {"lifetimeDays": 1, "rotation": rotation})
        await scene.tenant.change(ROBOTS, "old", suspend=True)
        await scene.tenant.ready(ROBOTS, "old", _is_suspended)
    await scene.fails("old")

    told = await scene.why("pod/old")
    await scene.carry_out(told.cure)
    await scene.tenant.ready(PULL_SECRETS, "old")

    assert told.causes[0] == "RobotExpired"
    await scene.pulls("old")


@proves("RobotReplaced")
async def test_a_copy_of_a_replaced_login_is_told(scene: Scene) -> None:
    await delivered(scene, "moved")
    login = decoded(await scene.tenant.secret("moved"))
    await scene.secret("copy", login["username"], login["password"])
    await scene.pod("copy", scene.image(), "copy", account="people")
    await scene.tenant.annotate(ROBOTS, "moved", "rotate-requested-at", "now")
    await scene.tenant.ready(ROBOTS, "moved", lambda body: bool(status_of(body, "previous")))
    await scene.tenant.change(ROBOTS, "moved", suspend=True)
    await scene.tenant.ready(ROBOTS, "moved", _is_suspended)
    await scene.erase(login["username"])
    await scene.fails("copy")

    told = await scene.why("pod/copy")

    assert told.causes[0] == "RobotReplaced"
    assert "a copy by hand is to be renewed" in told.cure


@proves("RobotNotReady", "AccountGone")
async def test_a_robot_that_cannot_be_made_again_is_told(scene: Scene) -> None:
    body = await delivered(scene, "ghost")
    access = [{"projectRef": {"name": "later"}, "preset": "Pull"}]
    await scene.tenant.change(ROBOTS, "ghost", access=access)
    await scene.tenant.ready(ROBOTS, "ghost", has_reason("WaitingForProject"))
    await scene.erase(status_of(body, "username"))
    await scene.fails("ghost")

    told = await scene.why("pod/ghost", ask=True)

    assert told.causes[:2] == ["RobotNotReady", "AccountGone"]
    assert "WaitingForProject" in told.sentence


@proves("RobotDeleted")
async def test_a_robot_that_is_being_deleted_is_told(scene: Scene) -> None:
    body = await delivered(scene, "gone")
    await scene.tenant.delete(ROBOTS, "gone")
    await scene.erase(status_of(body, "username"))
    await scene.fails("gone")

    told = await scene.why("pod/gone")

    assert "RobotDeleted" in told.causes


@proves("AccountDisabled", "LoginRefused")
async def test_a_foreign_account_that_is_disabled_is_told_by_harbor_alone(scene: Scene) -> None:
    account = await made_by_hand(scene, "switched")
    await _change(scene, account, disable=True)
    await scene.fails("switched")

    unasked = await scene.why("pod/switched")
    asked = await scene.why("pod/switched", ask=True)
    await _change(scene, account, disable=False)

    assert unasked.causes == ["LoginRefused"]
    assert any(note.startswith("Harbor itself was not asked") for note in unasked.answer["notes"])
    assert asked.causes == ["AccountDisabled"]
    await scene.pulls("switched")


@proves("AccountExpired")
async def test_a_foreign_account_that_has_expired_is_told(scene: Scene) -> None:
    async with days_ago(scene, 2):
        account = await made_by_hand(scene, "stale", days=1)
        await scene.pulls("stale")
    await scene.fails("stale")

    told = await scene.why("pod/stale", ask=True)
    await _change(scene, account, duration=30)

    assert told.causes == ["AccountExpired"]
    await scene.pulls("stale")


@proves("AccountGone")
async def test_a_foreign_account_that_was_deleted_is_told(scene: Scene) -> None:
    await made_by_hand(scene, "erased")
    await scene.erase("+erased")
    await scene.fails("erased")

    told = await scene.why("pod/erased", ask=True)

    assert told.causes == ["AccountGone"]


@proves("AccountOfOtherProject", "NoRight")
async def test_an_account_of_another_project_is_told(scene: Scene) -> None:
    await scene.tenant.project("side")
    await scene.tenant.ready(PROJECTS, "side")
    await made_by_hand(scene, "stranger", project="side")
    await scene.fails("stranger")

    unasked = await scene.why("pod/stranger")
    asked = await scene.why("pod/stranger", ask=True)

    assert unasked.causes == ["NoRight"]
    assert asked.causes == ["AccountOfOtherProject"]
    assert f"may pull from {scene.tenant.harbor_name('side')} and not" in asked.sentence


@proves("PasswordRefused")
async def test_a_wrong_password_is_told_and_a_rotation_helps(scene: Scene) -> None:
    body = await delivered(scene, "reset")
    account = scene.account_id(status_of(body, "username"))
    await scene.tenant.change(PULL_SECRETS, "reset", suspend=True)
    await scene.tenant.change(ROBOTS, "reset", suspend=True)
    await scene.tenant.ready(ROBOTS, "reset", _is_suspended)
    changed = await scene.admin("PATCH", f"/api/v2.0/robots/{account}", {"secret": "Another1Word"})
    assert changed.status == 200
    await scene.fails("reset")

    told = await scene.why("pod/reset", ask=True)
    await scene.tenant.change(ROBOTS, "reset", suspend=False)
    await scene.tenant.change(PULL_SECRETS, "reset", suspend=False)
    await scene.tenant.ready(ROBOTS, "reset")
    await scene.carry_out(told.cure)
    await scene.tenant.ready(PULL_SECRETS, "reset")

    assert told.causes == ["PasswordRefused"]
    await scene.pulls("reset")


async def _change(scene: Scene, account: int, **fields: object) -> None:
    path = f"/api/v2.0/robots/{account}"
    body = (await scene.admin("GET", path)).body
    assert isinstance(body, dict)
    changed = await scene.admin("PUT", path, {**body, **fields})
    assert changed.status == 200, changed.text


def _is_suspended(body: Json) -> bool:
    found = condition(body, "Ready") or {}
    return found.get("reason") == "Suspended" and _is_seen(body)


def _is_seen(body: Json) -> bool:
    return bool(status_of(body, "observedGeneration") == body["metadata"]["generation"])
