"""Whatever is deleted in whatever order, everything goes, and each wait has a reason."""

from itertools import permutations

import pytest

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import NAMESPACES, has_reason, is_ready
from tests.support.custom_resources import AnyKind, manifest
from tests.support.system_world import SystemWorld, cluster_path, connection_spec
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

OBJECTS: dict[str, tuple[AnyKind, str]] = {
    "project": (PROJECTS, "web"),
    "robot": (ROBOTS, "ci"),
    "pull": (PULL_SECRETS, "pull"),
}
NAMESPACE_SECONDS = 60.0
"""The namespace controller waits five seconds at first, and longer each time something is left."""


async def make_all(team: Team) -> None:
    await team.project("web", deletionPolicy="DeleteIfEmpty")
    await team.robot("ci", "web")
    await team.pull_secret("pull", "ci", serviceAccounts={"names": ["default"]})
    await team.ready(PULL_SECRETS, "pull")


async def is_clean(team: Team) -> bool:
    """Whether nothing of the team is left in Harbor, and no Secret of the operator."""
    state, name = team.world.harbor.state, team.harbor_name("web")
    robots = [robot for robot in state.robots.values() if name in robot.name]
    listed = await team.world.cluster.get(team.core_path("secrets"))
    account = await team.world.cluster.get(team.core_path("serviceaccounts", "default"))
    entries = account.get("imagePullSecrets") or []
    return state.project_named(name) is None and not robots and not listed["items"] and not entries


@pytest.mark.parametrize("order", list(permutations(OBJECTS)), ids=" then ".join)
async def test_objects_deleted_in_any_order_all_go(team: Team, order: tuple[str, ...]) -> None:
    await make_all(team)

    for what in order:
        await team.delete(*OBJECTS[what])

    for what in order:
        await team.gone(*OBJECTS[what])
    assert await is_clean(team)


async def test_a_robot_in_use_waits_for_its_pull_secret(team: Team) -> None:
    await make_all(team)

    await team.delete(ROBOTS, "ci")
    await team.ready(ROBOTS, "ci", has_reason("InUse", stalled=False))
    assert len(team.robots("web")) == 1
    await team.delete(PULL_SECRETS, "pull")

    await team.gone(ROBOTS, "ci")
    assert not team.robots("web")


async def test_a_connection_in_use_waits_for_its_objects(world: SystemWorld, team: Team) -> None:
    path = f"{cluster_path(CONNECTIONS)}/second"
    body = manifest(CONNECTIONS, "second", connection_spec(world.harbor.url))
    await world.cluster.create(cluster_path(CONNECTIONS), body)
    await world.cluster.seen(path, is_ready)
    await team.project("web", connectionRef={"name": "second"})
    await team.ready(PROJECTS, "web")

    await world.cluster.delete(path)
    await world.cluster.seen(path, has_reason("InUse", stalled=False))
    await team.delete(PROJECTS, "web")

    await team.gone(PROJECTS, "web")
    await world.cluster.gone(path)


async def test_a_deleted_namespace_takes_everything_with_it(world: SystemWorld) -> None:
    made = await world.cluster.create(NAMESPACES, {"metadata": {"generateName": "team-"}})
    doomed = Team(world, made["metadata"]["name"])
    await make_all(doomed)

    await world.cluster.delete(f"{NAMESPACES}/{doomed.namespace}")

    await world.cluster.gone(f"{NAMESPACES}/{doomed.namespace}", within=NAMESPACE_SECONDS)
    assert world.harbor.state.project_named(doomed.harbor_name("web")) is None


async def test_an_object_deleted_while_the_operator_is_away_goes_when_it_is_back(
    world: SystemWorld, team: Team
) -> None:
    await make_all(team)
    await world.operator.stop()

    for kind, name in OBJECTS.values():
        await team.delete(kind, name)
    await world.operator.start()

    for kind, name in OBJECTS.values():
        await team.gone(kind, name)
    assert await is_clean(team)


async def test_a_suspended_object_can_be_deleted(team: Team) -> None:
    await team.project("web", deletionPolicy="DeleteIfEmpty")
    await team.ready(PROJECTS, "web")
    await team.change(PROJECTS, "web", suspend=True)

    await team.delete(PROJECTS, "web")

    await team.gone(PROJECTS, "web")
    assert team.world.harbor.state.project_named(team.harbor_name("web")) is None
