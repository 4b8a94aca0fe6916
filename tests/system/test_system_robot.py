"""A HarborRobot: its Secret works, is repaired, and there is never more than one robot account."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import (
    Check,
    condition,
    decoded,
    encoded,
    has_reason,
    is_ready,
    status_of,
)
from tests.support.custom_resources import Json
from tests.support.system_world import SystemWorld
from tests.support.team import Team, accesses

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN_MINUTES = 1
REPAIR_PAUSE = timedelta(seconds=61)
"""What has to pass before a credential that was proven bad is replaced, and a second more."""


def travel(team: Team, time: timedelta) -> None:
    """Let time pass for Harbor, whose clock decides."""
    team.world.harbor.clock.offset_seconds += time.total_seconds()


async def make_robot(team: Team, *, preset: str = "Pull", **spec: object) -> Json:
    """A robot that serves."""
    await team.project("web")
    await team.robot("ci", "web", preset=preset, **spec)
    return await team.ready(ROBOTS, "ci")


def another_than(before: Json) -> Check:
    """A check whether another robot account serves."""
    username = status_of(before, "username")
    return lambda body: is_ready(body) and status_of(body, "username") != username


async def login_of(team: Team) -> dict[str, str]:
    return decoded(await team.secret("ci"))


async def test_a_new_robot_s_secret_pulls(team: Team) -> None:
    body = await make_robot(team)

    login = await login_of(team)
    assert set(login) == {"username", "password", "registry", "url"}
    assert login["username"] == status_of(body, "username")
    assert login["registry"] == team.world.harbor.url.removeprefix("http://")
    assert await team.world.can(login, team.harbor_name("web")) == {"pull"}
    assert [robot.id for robot in team.robots("web")] == [status_of(body, "robotID")]


async def test_a_robot_applied_before_its_project_waits_for_it(team: Team) -> None:
    await team.robot("ci", "web")
    await team.ready(ROBOTS, "ci", has_reason("WaitingForProject", stalled=False))

    await team.project("web")

    await team.ready(ROBOTS, "ci")


@pytest.mark.parametrize("after_effect", [True, False], ids=["made", "not made"])
async def test_a_lost_answer_leaves_one_live_robot(team: Team, *, after_effect: bool) -> None:
    team.world.harbor.faults.add_drop("POST", "*/robots", times=1, after_effect=after_effect)

    body = await make_robot(team)

    assert [robot.id for robot in team.robots("web")] == [status_of(body, "robotID")]
    assert await team.world.can(await login_of(team), team.harbor_name("web")) == {"pull"}


async def test_more_access_is_given_to_the_same_robot(team: Team) -> None:
    before = await make_robot(team)

    access = [{"projectRef": {"name": "web"}, "preset": "PullPush"}]
    await team.change(ROBOTS, "ci", access=access)
    after = await team.ready(ROBOTS, "ci")

    (robot,) = team.robots("web")
    assert status_of(after, "robotID") == status_of(before, "robotID") == robot.id
    assert {("repository", "pull"), ("repository", "push")} <= accesses(robot)


async def test_another_lifetime_means_another_robot(team: Team) -> None:
    before = await make_robot(team)

    await team.change(ROBOTS, "ci", lifetimeDays=30)
    after = await team.ready(
        ROBOTS,
        "ci",
        lambda body: (
            is_ready(body) and status_of(body, "username") != status_of(before, "username")
        ),
    )

    robots = {robot.id: robot for robot in team.robots("web")}
    assert robots[status_of(after, "robotID")].duration == 30


async def test_a_deleted_secret_comes_back_with_the_same_login(team: Team) -> None:
    await make_robot(team)
    before = await team.secret("ci")
    path = team.core_path("secrets", "ci")

    await team.world.cluster.delete(path)

    uid = before["metadata"]["uid"]
    after = await team.world.cluster.seen(path, lambda body: body["metadata"]["uid"] != uid)
    assert after["data"] == before["data"]


async def test_an_edited_secret_is_put_right_and_told(team: Team) -> None:
    body = await make_robot(team)
    before = await team.secret("ci")
    path = team.core_path("secrets", "ci")

    await team.world.cluster.merge(path, {"data": encoded(password="mine")})

    await team.world.cluster.seen(path, lambda body: body["data"] == before["data"])
    await team.world.at_rest()
    events = await team.world.cluster.events_of(body)
    assert [event["reason"] for event in events] == ["SecretRepaired"]


async def test_a_lost_ledger_costs_a_rotation_and_no_pull(team: Team) -> None:
    before = await make_robot(team)
    old = await login_of(team)

    await team.world.cluster.delete(team.core_path("secrets", "ci-ledger"))
    await team.look_again(ROBOTS, "ci")
    after = await team.ready(ROBOTS, "ci", another_than(before))

    project = team.harbor_name("web")
    assert status_of(after, "history")[0]["reason"] == "LedgerLost"
    assert await team.world.can(await login_of(team), project) == {"pull"}
    assert await team.world.can(old, project) == {"pull"}


async def test_a_robot_deleted_in_harbor_is_replaced(team: Team) -> None:
    before = await make_robot(team)
    travel(team, REPAIR_PAUSE)
    path = f"/robots/{status_of(before, 'robotID')}"
    assert await team.world.ask_harbor("DELETE", path) == 200

    await team.look_again(ROBOTS, "ci")
    after = await team.ready(
        ROBOTS,
        "ci",
        lambda body: (
            is_ready(body) and status_of(body, "username") != status_of(before, "username")
        ),
    )

    assert status_of(after, "history")[0]["reason"] == "CredentialInvalid"
    assert await team.world.can(await login_of(team), team.harbor_name("web")) == {"pull"}


async def test_a_robot_that_a_person_disabled_is_respected(team: Team) -> None:
    await make_robot(team)
    (robot,) = team.robots("web")
    robot.disabled = True

    await team.annotate(ROBOTS, "ci", "reconcile-requested-at", "disabled")
    body = await team.ready(ROBOTS, "ci", has_reason("RobotDisabled", stalled=True))

    assert (condition(body, "CredentialValid") or {})["status"] == "False"
    assert [robot.disabled for robot in team.robots("web")] == [True]
    robot.disabled = False
    await team.look_again(ROBOTS, "ci")
    await team.ready(ROBOTS, "ci")


async def test_a_secret_that_is_not_ours_is_not_written(team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    foreign = {"metadata": {"name": "ci"}, "data": encoded(key="value")}
    before = await team.world.cluster.create(team.core_path("secrets"), foreign)

    await team.robot("ci", "web")

    await team.ready(ROBOTS, "ci", has_reason("SecretNotOwned", stalled=True))
    assert await team.secret("ci") == before
    assert not team.robots("web")


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"preset": "Maintain"}, "AccessNotAllowed"),
        ({"lifetimeDays": "Never"}, "AccessNotAllowed"),
        ({"lifetimeDays": 366}, "AccessNotAllowed"),
    ],
    ids=["access", "no expiry", "lifetime"],
)
async def test_more_than_the_tenant_rule_gives_is_refused_without_a_write(
    team: Team, spec: dict[str, str], reason: str
) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")

    await team.robot("ci", "web", **spec)

    await team.ready(ROBOTS, "ci", has_reason(reason, stalled=True))
    assert not team.robots("web")


async def test_a_deleted_robot_leaves_nothing_behind(team: Team) -> None:
    await make_robot(team)

    await team.delete(ROBOTS, "ci")
    await team.gone(ROBOTS, "ci")

    assert not team.robots("web")
    listed = await team.world.cluster.get(team.core_path("secrets"))
    assert listed["items"] == []


@pytest.fixture
def renamed(world: SystemWorld) -> Iterator[None]:
    """A Harbor whose administrator changes the prefix of all robots' names."""
    world.harbor.state.configuration["robot_name_prefix"] = "bot-"
    yield
    world.harbor.state.configuration["robot_name_prefix"] = "robot$"


async def test_a_changed_name_prefix_is_followed_in_every_secret(
    team: Team, request: pytest.FixtureRequest
) -> None:
    before = await make_robot(team)
    await team.pull_secret("images", "ci")
    await team.ready(PULL_SECRETS, "images")
    request.getfixturevalue("renamed")
    await team.annotate(ROBOTS, "ci", "reconcile-requested-at", "renamed")

    after = await team.ready(ROBOTS, "ci", another_than(before))
    expected = str(status_of(before, "username")).replace("robot$", "bot-")
    assert status_of(after, "username") == expected
    assert await team.world.can(await login_of(team), team.harbor_name("web")) == {"pull"}
    delivered = await team.ready(
        PULL_SECRETS, "images", lambda body: status_of(body, "robotName") == expected
    )
    assert is_ready(delivered)
    assert [robot.id for robot in team.robots("web")] == [status_of(before, "robotID")]
