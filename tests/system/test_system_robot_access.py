"""What robots may do and where: levels, ceilings, sharing and its end, what outlives an object."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.harbor.callers import ALL_PROJECTS_SCOPE
from testbed.harbor.state import Robot
from tests.support.cluster import (
    NAMESPACES,
    Check,
    condition,
    decoded,
    has_reason,
    is_ready,
    status_of,
)
from tests.support.custom_resources import Json
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN_MINUTES = 1
TENANT: Json = {"namespaces": {"names": ["*"]}, "projects": ["{namespace}", "{namespace}.*"]}
CONNECTION = {"tenants": [TENANT], "driftCheckPeriod": "24h"}
OVERLAP = timedelta(minutes=1)
"""The shortest that a robot can have: as long as a token lives."""
SOON = {"overlap": "1m"}


def entry(project: str, preset: str = "Pull", **ref: str) -> Json:
    return {"projectRef": {"name": project, **ref}, "preset": preset}


def travel(team: Team, time: timedelta) -> None:
    """Let time pass for Harbor, whose clock decides."""
    team.world.harbor.clock.offset_seconds += time.total_seconds() + 1


def of_the_system(team: Team) -> list[Robot]:
    """The robots of the system, by id."""
    robots = team.world.harbor.state.robots.values()
    return [robot for robot in robots if robot.project_id == 0]


async def allow(team: Team, **fields: object) -> None:
    """Change the one tenant rule."""
    path = team.world.connection_path
    await team.world.cluster.merge(path, {"spec": {"tenants": [{**TENANT, **fields}]}})


async def give(team: Team, *access: Json) -> None:
    """Replace what the robot asks for."""
    await team.change(ROBOTS, "ci", access=[*access])


async def login_of(team: Team, name: str = "ci") -> dict[str, str]:
    return decoded(await team.secret(name))


async def can(team: Team, login: dict[str, str], project: str) -> set[str]:
    """What a login may do in a project of a team."""
    return await team.world.can(login, team.harbor_name(project))


def message_has(*words: str) -> Check:
    """A check whether Ready says these words."""
    return lambda body: all(
        word in (condition(body, "Ready") or {}).get("message", "") for word in words
    )


@pytest_asyncio.fixture(loop_scope="module")
async def guests(world: SystemWorld) -> AsyncIterator[Team]:
    """Another namespace, with which the team shares."""
    async with temporary_namespace(world.plane, prefix="guests") as namespace:
        owner = Team(world, namespace)
        yield owner
        await owner.clear()


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def usual_rule(team: Team) -> AsyncIterator[None]:
    """The rule as it was, after a test that changes it."""
    yield
    await allow(team)


async def test_a_robot_of_two_projects_pulls_from_both_and_from_no_third(team: Team) -> None:
    for name in ("web", "shop", "other"):
        await team.project(name)
    await team.robot("ci", "web", access=[entry("web"), entry("shop", "Push")])

    body = await team.ready(ROBOTS, "ci")

    login = await login_of(team)
    assert "+" not in login["username"]
    assert await can(team, login, "web") == {"pull"}
    assert await can(team, login, "shop") == {"pull", "push"}
    assert await can(team, login, "other") == set()
    assert [robot.id for robot in of_the_system(team)] == [status_of(body, "robotID")]
    await team.pull_secret("images", "ci")
    await team.ready(PULL_SECRETS, "images")


async def test_every_project_needs_a_rule_that_gives_the_system(team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    everywhere = [{"allProjects": True, "preset": "Pull"}]
    system = [{"resource": "project", "actions": ["list"]}]
    await team.robot("ci", "web", access=everywhere, system=system)
    await team.ready(ROBOTS, "ci", has_reason("AccessNotAllowed", stalled=True))
    assert not of_the_system(team)

    await allow(team, maxAccess="System")
    await team.ready(ROBOTS, "ci")

    (robot,) = of_the_system(team)
    scopes = {permission.scope for permission in robot.permissions}
    assert ALL_PROJECTS_SCOPE in scopes
    assert len(scopes) == 2
    assert await can(team, await login_of(team), "web") == {"pull"}


async def test_a_permission_that_harbor_does_not_know_is_named_with_its_neighbours(
    team: Team,
) -> None:
    await allow(team, maxAccess="Project")
    await team.project("web")
    wrong = {
        "projectRef": {"name": "web"},
        "permissions": [{"resource": "tag", "actions": ["lst"]}],
    }

    await team.robot("ci", "web", access=[wrong])

    body = await team.ready(ROBOTS, "ci", has_reason("InvalidSpec", stalled=True))
    assert message_has("lst", "tag", "list")(body)
    assert not team.robots("web")


async def share(team: Team, guests: Team, **fields: object) -> None:
    """Share the project with the guests, by these terms."""
    shares = [{"namespaces": {"names": [guests.namespace]}, "access": "Pull", **fields}]
    await team.change(PROJECTS, "web", sharedWith=shares)
    await team.ready(PROJECTS, "web")


async def shared_robot(team: Team, guests: Team) -> Json:
    """A robot of the guests in the team's project, not Ready yet."""
    access = [entry("web", namespace=team.namespace)]
    return await guests.robot("ci", "web", access=access, rotation=SOON)


async def test_a_shared_project_gives_a_robot_until_the_sharing_ends(
    team: Team, guests: Team
) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    await shared_robot(team, guests)
    await guests.ready(ROBOTS, "ci", has_reason("NotAllowedNamespace", stalled=True))

    await share(team, guests)
    await guests.ready(ROBOTS, "ci")
    login = await login_of(guests)
    assert await can(team, login, "web") == {"pull"}

    await team.change(PROJECTS, "web", sharedWith=None)
    body = await guests.ready(ROBOTS, "ci", has_reason("NotAllowedNamespace", stalled=True))
    since = status_of(body, "withdrawnAt")
    assert since
    assert await can(team, login, "web") == {"pull"}
    await guests.look_again(ROBOTS, "ci")
    assert status_of(await guests.ready(ROBOTS, "ci", bool), "withdrawnAt") == since

    await share(team, guests)
    body = await guests.ready(ROBOTS, "ci")
    assert status_of(body, "withdrawnAt") is None
    assert await login_of(guests) == login

    await team.change(PROJECTS, "web", sharedWith=None)
    await guests.ready(ROBOTS, "ci", has_reason("NotAllowedNamespace", stalled=True))
    travel(team, OVERLAP)
    await guests.look_again(ROBOTS, "ci")
    assert not team.robots("web")
    assert await login_of(guests) == login

    await share(team, guests)
    travel(team, timedelta(minutes=1))
    await guests.look_again(ROBOTS, "ci")
    await guests.ready(ROBOTS, "ci")
    assert (await login_of(guests))["username"] != login["username"]
    assert await can(team, await login_of(guests), "web") == {"pull"}


async def test_more_than_is_shared_is_refused_and_names_begin_with_the_namespace(
    team: Team, guests: Team
) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    await share(team, guests)
    access = [entry("web", "PullPush", namespace=team.namespace)]
    await guests.robot("ci", "web", access=access, robotName="ci")
    await guests.ready(ROBOTS, "ci", has_reason("AccessNotAllowed", stalled=True))

    await give(guests, entry("web", namespace=team.namespace))

    body = await guests.ready(ROBOTS, "ci", has_reason("InvalidSpec", stalled=True))
    assert message_has("robotName", f"{guests.namespace}-")(body)
    assert not team.robots("web")


async def test_a_shared_credential_leaves_the_namespace_only_where_the_sharing_says_so(
    team: Team, guests: Team
) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    await share(team, guests)
    await shared_robot(team, guests)
    await guests.ready(ROBOTS, "ci")
    accepts = {"harbor-operator.dev/accept-pull-secrets-from": guests.namespace}
    await team.world.cluster.merge(
        f"{NAMESPACES}/{team.namespace}", {"metadata": {"annotations": accepts}}
    )
    targets = {"namespaces": {"names": [team.namespace]}}
    await guests.pull_secret("images", "ci", targets=targets)
    await guests.ready(
        PULL_SECRETS, "images", lambda body: status_of(body, "targets") == counts(denied=1)
    )

    await share(team, guests, distribute=True)

    await guests.ready(
        PULL_SECRETS, "images", lambda body: status_of(body, "targets") == counts(ready=1)
    )
    await share(team, guests, distribute=False)
    await guests.ready(
        PULL_SECRETS, "images", lambda body: status_of(body, "targets") == counts(denied=1)
    )
    assert await team.world.cluster.find(team.core_path("secrets", "images")) is None


def counts(*, ready: int = 0, denied: int = 0) -> Json:
    return {"desired": 1, "ready": ready, "failed": 0, "denied": denied}


async def test_a_robot_changes_its_level_without_a_gap_and_back(team: Team) -> None:
    for name in ("web", "shop"):
        await team.project(name)
    await team.robot("ci", "web", rotation=SOON)
    before = await team.ready(ROBOTS, "ci")
    old = await login_of(team)

    await give(team, entry("web"), entry("shop"))
    after = await team.ready(ROBOTS, "ci", another_than(before))

    new = await login_of(team)
    assert await can(team, new, "shop") == {"pull"}
    assert await can(team, old, "web") == {"pull"}
    assert new["username"].endswith("-2")
    travel(team, OVERLAP)
    await team.look_again(ROBOTS, "ci")
    assert not team.robots("web")

    await give(team, entry("shop"))
    await team.ready(ROBOTS, "ci", another_than(after))
    assert (await login_of(team))["username"].endswith("-3")
    travel(team, OVERLAP)
    await team.look_again(ROBOTS, "ci")
    assert not of_the_system(team)
    assert len(team.robots("shop")) == 1


async def test_a_deletion_finds_the_robots_of_every_place(team: Team) -> None:
    for name in ("web", "shop"):
        await team.project(name)
    await team.robot("ci", "web", rotation=SOON)
    before = await team.ready(ROBOTS, "ci")
    await give(team, entry("web"), entry("shop"))
    await team.ready(ROBOTS, "ci", another_than(before))

    await team.delete(ROBOTS, "ci")
    await team.gone(ROBOTS, "ci")

    assert not team.robots("web")
    assert not of_the_system(team)


def another_than(before: Json) -> Check:
    """A check whether another robot account serves."""
    username = status_of(before, "username")
    return lambda body: is_ready(body) and status_of(body, "username") != username


async def test_blanks_around_the_mark_are_put_right(team: Team) -> None:
    await team.project("web")
    await team.robot("ci", "web")
    before = await team.ready(ROBOTS, "ci")
    (robot,) = team.robots("web")
    mark = robot.description
    robot.description = f" {mark}\n"

    await team.look_again(ROBOTS, "ci")

    (robot,) = team.robots("web")
    assert robot.description == mark
    assert robot.id == status_of(before, "robotID")


async def test_a_retained_robot_goes_on_working_and_belongs_to_nobody(team: Team) -> None:
    await team.project("web")
    await team.robot("ci", "web", deletionPolicy="Retain")
    await team.ready(ROBOTS, "ci")
    assert "ownerReferences" not in (await team.secret("ci"))["metadata"]

    await team.delete(ROBOTS, "ci")
    await team.gone(ROBOTS, "ci")

    (robot,) = team.robots("web")
    assert robot.description.startswith("released:")
    secret = await team.secret("ci")
    labels = secret["metadata"].get("labels", {})
    assert not [key for key in labels if key.startswith("harbor-operator.dev/")]
    assert await can(team, decoded(secret), "web") == {"pull"}


@pytest.fixture
def renamed(world: SystemWorld) -> Iterator[None]:
    """A Harbor whose administrator changes the prefix of all robots' names."""
    world.harbor.state.configuration["robot_name_prefix"] = "bot-"
    yield
    world.harbor.state.configuration["robot_name_prefix"] = "robot$"


async def test_a_changed_prefix_is_followed_by_a_robot_of_the_system(
    team: Team, request: pytest.FixtureRequest
) -> None:
    for name in ("web", "shop"):
        await team.project(name)
    await team.robot("ci", "web", access=[entry("web"), entry("shop")])
    before = await team.ready(ROBOTS, "ci")
    await team.pull_secret("images", "ci")
    await team.ready(PULL_SECRETS, "images")
    request.getfixturevalue("renamed")

    await team.look_again(ROBOTS, "ci")

    expected = str(status_of(before, "username")).replace("robot$", "bot-")
    assert (await login_of(team))["username"] == expected
    await team.ready(PULL_SECRETS, "images", lambda b: status_of(b, "robotName") == expected)
    assert [robot.id for robot in of_the_system(team)] == [status_of(before, "robotID")]
