"""Rotation: the old and the new credential work side by side, and then only the new one.

Harbor's clock decides when an overlap is over, so these tests move it instead of waiting.
"""

from datetime import timedelta

import pytest

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import condition, decoded, is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN_MINUTES = 1
OVERLAP = timedelta(minutes=1)


def travel(team: Team, time: timedelta) -> None:
    """Let time pass for Harbor."""
    team.world.harbor.clock.offset_seconds += time.total_seconds()


async def make_robot(team: Team, **rotation: object) -> Json:
    """A robot that serves, with the shortest overlap there is."""
    await team.project("web")
    await team.robot("ci", "web", rotation={"overlap": "1m", **rotation})
    return await team.ready(ROBOTS, "ci")


async def rotated(team: Team, before: Json) -> Json:
    """Wait until another robot serves than before."""
    old = status_of(before, "username")
    return await team.ready(
        ROBOTS, "ci", lambda body: is_ready(body) and status_of(body, "username") != old
    )


async def login_of(team: Team) -> dict[str, str]:
    return decoded(await team.secret("ci"))


async def test_a_requested_rotation_has_no_gap(team: Team) -> None:
    before = await make_robot(team)
    old, project = await login_of(team), team.harbor_name("web")

    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "today")
    after = await rotated(team, before)

    new = await login_of(team)
    assert new["username"] != old["username"]
    assert await team.world.can(new, project) == {"pull"}
    assert await team.world.can(old, project) == {"pull"}
    assert status_of(after, "lastHandledRotateAt") == "today"
    noted = await team.ready(ROBOTS, "ci", lambda body: bool(status_of(body, "previous")))
    assert [robot["username"] for robot in status_of(noted, "previous")] == [old["username"]]

    travel(team, OVERLAP + timedelta(seconds=2))
    await team.look_again(ROBOTS, "ci")

    assert await team.world.can(old, project) == set()
    assert await team.world.can(new, project) == {"pull"}
    assert [robot.id for robot in team.robots("web")] == [status_of(after, "robotID")]


async def test_a_request_is_handled_once_even_across_a_restart(team: Team) -> None:
    before = await make_robot(team)
    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "once")
    after = await rotated(team, before)
    travel(team, OVERLAP + timedelta(seconds=2))
    await team.look_again(ROBOTS, "ci")

    await team.world.operator.stop()
    await team.world.operator.start()
    await team.look_again(ROBOTS, "ci")

    assert [robot.id for robot in team.robots("web")] == [status_of(after, "robotID")]


async def test_a_second_rotation_waits_for_the_end_of_the_first(team: Team) -> None:
    before = await make_robot(team)
    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "first")
    first = await rotated(team, before)

    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "second")
    await team.look_again(ROBOTS, "ci")

    body = await team.ready(ROBOTS, "ci")
    assert (condition(body, "Rotating") or {})["reason"] == "WaitingForOverlap"
    assert len(team.robots("web")) == 2
    travel(team, OVERLAP + timedelta(seconds=2))
    await team.look_again(ROBOTS, "ci")
    await rotated(team, first)
    assert status_of(await team.ready(ROBOTS, "ci"), "lastHandledRotateAt") == "second"


async def test_a_due_robot_is_rotated(team: Team) -> None:
    before = await make_robot(team, every="2m")

    travel(team, timedelta(minutes=2, seconds=2))
    await team.look_again(ROBOTS, "ci")

    after = await rotated(team, before)
    assert status_of(after, "history")[0]["reason"] == "Due"


async def test_an_expired_robot_is_replaced(team: Team) -> None:
    before = await make_robot(team)

    travel(team, timedelta(days=91))
    await team.annotate(ROBOTS, "ci", "reconcile-requested-at", "later")

    after = await rotated(team, before)
    assert status_of(after, "history")[0]["reason"] == "CredentialInvalid"
    assert await team.world.can(await login_of(team), team.harbor_name("web")) == {"pull"}


async def test_a_rotation_whose_answer_is_lost_ends_with_one_robot(team: Team) -> None:
    before = await make_robot(team)
    old = await login_of(team)
    team.world.harbor.faults.add_drop("POST", "*/robots", times=1, after_effect=True)

    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "today")
    after = await rotated(team, before)

    ids = {status_of(before, "robotID"), status_of(after, "robotID")}
    assert {robot.id for robot in team.robots("web")} == ids
    assert await team.world.can(old, team.harbor_name("web")) == {"pull"}
    travel(team, OVERLAP + timedelta(seconds=2))
    await team.look_again(ROBOTS, "ci")
    assert [robot.id for robot in team.robots("web")] == [status_of(after, "robotID")]


async def test_an_operator_killed_in_a_rotation_is_followed_by_one_that_finishes_it(
    team: Team,
) -> None:
    before = await make_robot(team)
    team.world.harbor.faults.add_latency(1.0, "POST", "*/robots", times=1)
    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "today")
    await team.world.cluster.seen(
        team.core_path("secrets", "ci-ledger"), lambda body: "attempt" in decoded(body)["ledger"]
    )

    await team.world.kill_operator()
    await team.world.operator.start()
    after = await rotated(team, before)

    travel(team, OVERLAP + timedelta(seconds=2))
    await team.look_again(ROBOTS, "ci")
    assert [robot.id for robot in team.robots("web")] == [status_of(after, "robotID")]
    assert await team.world.can(await login_of(team), team.harbor_name("web")) == {"pull"}


async def test_pull_secrets_follow_before_the_old_robot_goes(team: Team) -> None:
    before = await make_robot(team)
    await team.pull_secret("pull", "ci")
    await team.ready(PULL_SECRETS, "pull")

    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "today")
    after = await rotated(team, before)

    username = str(status_of(after, "username"))
    await team.world.cluster.seen(
        team.core_path("secrets", "pull"),
        lambda body: username in decoded(body)[".dockerconfigjson"],
    )
