"""What users do with every minor of Harbor: a project, a robot, a pull secret, and repair."""

from datetime import timedelta

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import condition, decoded, is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.every_setting import (
    every_setting,
    lacking,
    make_header,
)
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

OVERLAP = timedelta(minutes=1, seconds=2)
PURGE = "/system/purgeaudit/schedule"


def is_synced(body: Json) -> bool:
    return (condition(body, "Synced") or {}).get("status") == "True"


async def login_of(team: Team) -> dict[str, str]:
    return decoded(await team.secret("ci"))


async def test_the_connection_tells_the_version_and_keeps_its_schedules(world: SystemWorld) -> None:
    body = await world.cluster.seen(world.connection_path, is_synced)

    assert status_of(body, "harborVersion") == world.harbor.core.release.version
    assert (await world.read_harbor(PURGE))["schedule"]["cron"] == "0 0 4 * * *"


async def test_every_block_of_a_project_is_applied_once(team: Team) -> None:
    await make_header(team)
    await team.project("web", **every_setting())
    body = await team.ready(PROJECTS, "web")
    missing = await lacking(team, "web")
    written = team.world.harbor.requests.writes

    await team.look_again(PROJECTS, "web")

    assert (missing, is_synced(body)) == ({}, True)
    assert team.world.harbor.requests.writes == written


async def test_what_somebody_changed_in_harbor_is_put_right(team: Team) -> None:
    await make_header(team)
    await team.project("web", **every_setting())
    await team.ready(PROJECTS, "web")
    project, ask = team.in_harbor("web"), team.world.ask_harbor
    policy = project.metadata["retention_id"]
    assert await ask("DELETE", f"/retentions/{policy}") == 200
    change = {"metadata": {"public": "true", "auto_scan": "false", "prevent_vul": "false"}}
    assert await ask("PUT", f"/projects/{project.project_id}", change) == 200

    await team.look_again(PROJECTS, "web")

    assert is_synced(await team.ready(PROJECTS, "web"))
    assert await lacking(team, "web") == {}
    assert team.in_harbor("web").metadata["retention_id"] != policy


async def test_a_robot_is_replaced_without_a_gap(team: Team) -> None:
    await team.project("web")
    await team.robot("ci", "web", rotation={"overlap": "1m"})
    name = status_of(await team.ready(ROBOTS, "ci"), "username")
    before, project, can = await login_of(team), team.harbor_name("web"), team.world.can

    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "today")
    await team.ready(ROBOTS, "ci", lambda b: is_ready(b) and status_of(b, "username") != name)
    after = await login_of(team)
    assert (await can(before, project), await can(after, project)) == ({"pull"}, {"pull"})
    await team.ready(ROBOTS, "ci", lambda body: bool(status_of(body, "previous")))
    team.world.harbor.clock.offset_seconds += OVERLAP.total_seconds()
    await team.look_again(ROBOTS, "ci")

    assert (await can(before, project), await can(after, project)) == (set(), {"pull"})
    assert len(team.robots("web")) == 1


async def test_a_pull_secret_is_delivered(team: Team) -> None:
    await team.project("web")
    await team.robot("ci", "web")

    await team.pull_secret("pull", "ci", serviceAccounts={"names": ["default"]})

    await team.ready(PULL_SECRETS, "pull")
    delivered = decoded(await team.secret("pull"))[".dockerconfigjson"]
    assert (await login_of(team))["password"] in delivered
