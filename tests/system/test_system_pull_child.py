"""A HarborPullSecret for projects: one object, and the robot comes and goes with it."""

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core import dockerconfig
from tests.support.cluster import condition, decoded, has_reason, is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.team import CLEAR_SECONDS, Team, accesses

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN_MINUTES = 1


async def login_of(team: Team) -> str:
    return decoded(await team.secret("pull"))[".dockerconfigjson"]


async def make(team: Team, **spec: object) -> Json:
    """A project, and a pull secret for it that serves."""
    await team.project("web")
    await team.pull_secret_of("pull", "web", **spec)
    return await team.ready(PULL_SECRETS, "pull")


async def pulled_with(team: Team) -> dict[str, str]:
    """The login that the nodes pull with."""
    login = dockerconfig.login_in(await login_of(team))
    assert login is not None
    return {"username": login[0], "password": login[1].reveal()}


async def pullable(team: Team, login: dict[str, str], *projects: str) -> list[str]:
    """Those of the team's projects that a login may pull from."""
    return [p for p in projects if "pull" in await team.world.can(login, team.harbor_name(p))]


async def delete_in_foreground(team: Team, name: str) -> None:
    """Delete as Argo CD does: what an object owns is marked deleted in the same moment."""
    options = {"propagationPolicy": "Foreground"}
    answer = await team.world.cluster.server.ask("DELETE", team.path(PULL_SECRETS, name), options)
    assert answer.status == 200, answer.message


async def test_one_object_is_enough_to_pull(team: Team) -> None:
    body = await make(team, robot={"lifetimeDays": 30}, serviceAccounts={"all": True})

    robot = await team.ready(ROBOTS, "pull-robot")
    [account] = team.robots("web")
    [owner] = robot["metadata"]["ownerReferences"]
    assert (owner["uid"], owner["controller"]) == (body["metadata"]["uid"], True)
    assert (account.duration, accesses(account)) == (30, {("repository", "pull")})
    assert status_of(robot, "username") in await login_of(team)
    assert status_of(body, "childRobot") == "pull-robot"


async def test_one_object_pulls_from_several_projects_by_one_robot_of_the_system(
    team: Team,
) -> None:
    for name in ("shop", "other"):
        await team.project(name)
    await make(team)

    await team.change(PULL_SECRETS, "pull", projectRefs=[{"name": "web"}, {"name": "shop"}])

    await team.ready(
        PULL_SECRETS, "pull", lambda b: is_ready(b) and "+" not in str(status_of(b, "robotName"))
    )
    login = await pulled_with(team)
    assert await pullable(team, login, "web", "shop", "other") == ["web", "shop"]


async def test_a_project_that_nobody_gives_the_namespace_leaves_the_robot_as_it_was(
    team: Team,
) -> None:
    body = await make(team)
    before = await login_of(team)
    await team.project("foreign", projectName="somebody.else")
    await team.ready(PROJECTS, "foreign", has_reason("NotAllowedNamespace", stalled=True))

    await team.change(PULL_SECRETS, "pull", projectRefs=[{"name": "web"}, {"name": "foreign"}])

    await team.ready(ROBOTS, "pull-robot", has_reason("NotAllowedNamespace", stalled=True))
    await team.ready(PULL_SECRETS, "pull", has_reason("WaitingForRobot", stalled=False))
    assert await login_of(team) == before
    assert len(team.robots("web")) == 1
    assert status_of(body, "robotName") in before


async def test_a_pull_secret_applied_before_its_project_waits_for_it(team: Team) -> None:
    await team.pull_secret_of("pull", "web")
    await team.ready(PULL_SECRETS, "pull", has_reason("WaitingForProject", stalled=False))

    await team.project("web")

    await team.ready(PULL_SECRETS, "pull")


async def test_the_robot_follows_the_spec_and_is_put_right(team: Team) -> None:
    await make(team, robot={"rotation": {"every": "240h", "overlap": "2h"}})

    await team.change(PULL_SECRETS, "pull", robot={"rotation": {"every": None}})
    body = await team.ready(ROBOTS, "pull-robot", lambda b: b["metadata"]["generation"] > 1)
    assert body["spec"]["rotation"] == {"overlap": "2h"}
    await team.change(ROBOTS, "pull-robot", lifetimeDays=7)

    await team.look_again(PULL_SECRETS, "pull")
    await team.ready(ROBOTS, "pull-robot", lambda b: "lifetimeDays" not in b["spec"])


async def test_a_robot_of_somebody_else_is_not_taken(team: Team) -> None:
    await team.project("web")
    before = await team.robot("pull-robot", "web")
    await team.ready(ROBOTS, "pull-robot")

    await team.pull_secret_of("pull", "web")

    await team.ready(PULL_SECRETS, "pull", has_reason("NameConflict", stalled=True))
    after = await team.ready(ROBOTS, "pull-robot")
    assert after["spec"] == before["spec"]
    assert await team.world.cluster.find(team.core_path("secrets", "pull")) is None


async def test_a_switch_to_a_named_robot_lets_the_made_one_go_afterwards(team: Team) -> None:
    await make(team)
    await team.robot("own", "web")
    own = await team.ready(ROBOTS, "own")

    await team.change(PULL_SECRETS, "pull", projectRefs=None, robotRef={"name": "own"})

    body = await team.ready(PULL_SECRETS, "pull")
    assert status_of(own, "username") in await login_of(team)
    assert "childRobot" not in body["status"]
    await team.gone(ROBOTS, "pull-robot")
    assert [robot.id for robot in team.robots("web")] == [status_of(own, "robotID")]


async def test_a_switch_to_projects_makes_a_robot_and_leaves_the_named_one(team: Team) -> None:
    await team.project("web")
    await team.robot("own", "web")
    await team.pull_secret("pull", "own")
    await team.ready(PULL_SECRETS, "pull")

    await team.change(PULL_SECRETS, "pull", robotRef=None, projectRefs=[{"name": "web"}])

    robot = await team.ready(ROBOTS, "pull-robot")
    username = str(status_of(robot, "username"))
    await team.ready(
        PULL_SECRETS, "pull", lambda b: is_ready(b) and status_of(b, "robotName") == username
    )
    assert username in await login_of(team)
    await team.ready(ROBOTS, "own")


async def test_the_robot_deleted_in_the_same_second_waits_for_its_secrets(team: Team) -> None:
    await make(team, serviceAccounts={"names": ["default"]})

    await delete_in_foreground(team, "pull")

    cluster = team.world.cluster
    await cluster.gone(team.path(PULL_SECRETS, "pull"), within=CLEAR_SECONDS)
    await cluster.gone(team.path(ROBOTS, "pull-robot"), within=CLEAR_SECONDS)
    assert not team.robots("web")
    assert (await cluster.get(team.core_path("secrets")))["items"] == []
    account = await cluster.get(team.core_path("serviceaccounts", "default"))
    assert not account.get("imagePullSecrets")


async def test_a_made_robot_that_a_person_deletes_waits_for_the_pull_secret(team: Team) -> None:
    await make(team)

    await team.delete(ROBOTS, "pull-robot")

    await team.ready(ROBOTS, "pull-robot", has_reason("InUse", stalled=False))
    body = await team.ready(PULL_SECRETS, "pull", has_reason("WaitingForRobot"))
    assert (condition(body, "Distributed") or {})["status"] == "True"
    assert len(team.robots("web")) == 1
