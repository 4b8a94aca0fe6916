"""What others' failures do to the operator: nothing that lasts."""

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import decoded, has_reason, is_ready, status_of
from tests.support.custom_resources import AnyKind
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

RECOVERY = 40.0
"""Seconds: the longest pause of a watch or a retry after a short outage, on a busy machine."""


OBJECTS: tuple[tuple[AnyKind, str], ...] = (
    (PROJECTS, "web"),
    (ROBOTS, "puller"),
    (PULL_SECRETS, "pull"),
)


async def make_all(team: Team) -> None:
    """One object of each kind, at rest."""
    await team.project("web")
    await team.robot("puller", "web")
    await team.pull_secret("pull", "puller", serviceAccounts={"names": ["default"]})
    for kind, name in OBJECTS:
        await team.ready(kind, name)


async def harbor_goes_down(team: Team) -> None:
    """Take Harbor away, and let the operator notice."""
    world = team.world
    world.harbor.faults.down = True
    await team.annotate(PROJECTS, "web", "reconcile-requested-at", "outage")
    await world.cluster.seen(world.connection_path, has_reason("HarborUnreachable"))


async def harbor_comes_back(team: Team) -> None:
    """End all trouble, and wait until the connection is Ready again."""
    world = team.world
    world.harbor.faults.clear()
    await world.cluster.seen(world.connection_path, is_ready, within=RECOVERY)


async def test_an_outage_shows_on_the_connection_alone(world: SystemWorld, team: Team) -> None:
    await make_all(team)
    mark = await world.at_rest()

    await harbor_goes_down(team)
    for kind, name in OBJECTS[1:]:
        await team.annotate(kind, name, "reconcile-requested-at", "outage")
    written = world.operator_writes(mark, team.namespace)
    await harbor_comes_back(team)

    assert written == []
    for kind, name in OBJECTS[:2]:
        await team.ready(kind, name, lambda b: status_of(b, "lastHandledReconcileAt") == "outage")


async def test_what_is_asked_during_an_outage_is_done_after_it(team: Team) -> None:
    await make_all(team)
    await harbor_goes_down(team)

    await team.project("late")
    await team.ready(PROJECTS, "late", has_reason("WaitingForConnection", stalled=False))
    await harbor_comes_back(team)

    await team.ready(PROJECTS, "late")


async def test_a_deletion_waits_for_harbor_with_a_reason_and_goes_on(team: Team) -> None:
    await make_all(team)
    await harbor_goes_down(team)

    await team.delete(PROJECTS, "web")
    await team.ready(PROJECTS, "web", has_reason("WaitingForHarbor"))
    await harbor_comes_back(team)

    await team.gone(PROJECTS, "web")


async def test_an_abandoned_object_goes_without_harbor_and_says_what_stays(
    world: SystemWorld, team: Team
) -> None:
    await make_all(team)
    await harbor_goes_down(team)
    await team.delete(PROJECTS, "web")
    body = await team.ready(PROJECTS, "web", has_reason("WaitingForHarbor"))

    await team.annotate(PROJECTS, "web", "abandon", "true")
    await team.gone(PROJECTS, "web")
    await world.at_rest()

    events = await world.cluster.events_of(body)
    assert "Abandoned" in {event["reason"] for event in events}
    await harbor_comes_back(team)


async def test_a_read_only_harbor_is_told_and_its_end_noticed(
    world: SystemWorld, team: Team
) -> None:
    world.harbor.faults.read_only = True
    annotations = {"harbor-operator.dev/reconcile-requested-at": "read-only"}
    await world.cluster.merge(world.connection_path, {"metadata": {"annotations": annotations}})
    await world.cluster.seen(world.connection_path, has_reason("HarborReadOnly", stalled=False))

    await team.project("web")
    await team.ready(PROJECTS, "web", has_reason("WaitingForConnection", stalled=False))
    await harbor_comes_back(team)

    await team.ready(PROJECTS, "web")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, "HarborUnreachable"), (503, "HarborUnreachable"), (429, "RateLimited")],
)
async def test_an_error_of_harbor_is_survived(team: Team, status: int, reason: str) -> None:
    rule = team.world.harbor.faults.add_status(status, "POST", "*/projects", retry_after=1)

    await team.project("web")
    await team.ready(PROJECTS, "web", has_reason(reason, stalled=False))
    team.world.harbor.faults.remove(rule)

    await team.ready(PROJECTS, "web")


async def test_the_operator_outlives_a_restart_of_the_api_server(
    world: SystemWorld, team: Team
) -> None:
    await make_all(team)

    await world.plane.restart_apiserver()
    await team.project("late")
    await world.cluster.seen(team.path(PROJECTS, "late"), is_ready, within=RECOVERY)
    path = team.core_path("secrets", "pull")
    await world.cluster.delete(path)

    await world.cluster.seen(path, lambda body: "data" in body, within=RECOVERY)
    assert world.operator.exit_code is None
    assert await world.operator.probe("healthz") == 200


async def test_a_killed_operator_is_followed_by_one_that_goes_on(
    world: SystemWorld, team: Team
) -> None:
    world.harbor.faults.add_latency(0.5, "POST", "*", times=2)
    await team.project("web")
    await team.robot("puller", "web")
    await team.ready(PROJECTS, "web", lambda body: "finalizers" in body["metadata"])

    await world.kill_operator()
    await world.operator.start()

    await team.ready(ROBOTS, "puller")
    login = decoded(await team.secret("puller"))
    assert await world.can(login, team.harbor_name("web")) == {"pull"}
    assert len(team.robots("web")) == 1


async def test_a_told_operator_ends_well_and_soon(world: SystemWorld, team: Team) -> None:
    await make_all(team)

    exit_code = await world.operator.stop()
    await world.operator.start()

    assert exit_code == 0


async def test_objects_that_wait_for_others_do_not_hold_up_an_operator_that_is_told_to_end(
    world: SystemWorld, team: Team
) -> None:
    for name in ("early", "late"):
        await team.robot(name, "not-there-yet")
    await world.at_rest()

    exit_code = await world.operator.stop()
    said = [await team.world.cluster.get(team.path(ROBOTS, name)) for name in ("early", "late")]
    await world.operator.start()

    assert exit_code == 0
    assert all(has_reason("WaitingForProject")(body) for body in said)
