"""What a tenant tries in order to get at more of Harbor than is its own, by its own token.

docs/security.md names these tests beside the controls that they try.
"""

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import timedelta

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import decoded, encoded, has_reason, status_of
from tests.support.custom_resources import Json
from tests.support.system_world import SystemWorld
from tests.support.team import Team
from tests.support.tenant import Tenant, tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION: Json = {
    "tenants": [
        {
            "namespaces": {"names": ["owner-*", "rogue-*"]},
            "projects": ["{namespace}", "{namespace}.*", "common"],
        }
    ],
    "driftCheckPeriod": "24h",
}
SOON = {"overlap": "1m"}
TOKEN_MINUTES = 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(world: SystemWorld) -> AsyncIterator[Tenant]:
    """A team that has a project and a robot which may push."""
    async with tenant_of(world, "owner") as tenant:
        await tenant.project("web")
        await tenant.robot("ci", "web", preset="PullPush")
        await tenant.ready(ROBOTS, "ci")
        yield tenant


@pytest_asyncio.fixture(loop_scope="module")
async def rogue(world: SystemWorld, owner: Tenant) -> AsyncIterator[Tenant]:
    """Another team, whose people are after the first one's."""
    before = state_of(owner)
    async with tenant_of(world, "rogue") as tenant:
        yield tenant
    assert state_of(owner) == before
    login = decoded(await owner.secret("ci"))
    assert await world.can(login, owner.harbor_name("web")) == {"pull", "push"}


def state_of(owner: Team) -> tuple[object, ...]:
    """What the owner has in Harbor."""
    return deepcopy((owner.in_harbor("web"), owner.mark_of("web"), owner.robots("web")))


async def login_of(owner: Team) -> Json:
    """Which robot the owner uses, as its status tells."""
    body = await owner.ready(ROBOTS, "ci")
    return {key: status_of(body, key) for key in ("robotID", "username")}


def robots_of_the_system(team: Team) -> int:
    """How many robots belong to no project."""
    return sum(robot.project_id == 0 for robot in team.world.harbor.state.robots.values())


@pytest.mark.parametrize(
    "way",
    [
        {},
        {"adoptionPolicy": "IfUnclaimed"},
        {"managementPolicy": "Observe"},
        {"visibility": "Public", "deletionPolicy": "DeleteWithContents"},
    ],
    ids=["to make it", "to adopt it", "to look at it", "to publish and delete it"],
)
async def test_another_team_s_project_is_not_claimed(
    owner: Tenant, rogue: Tenant, way: Json
) -> None:
    await rogue.project("web", projectName=owner.harbor_name("web"), **way)

    body = await rogue.ready(PROJECTS, "web", has_reason("NotAllowedNamespace", stalled=True))
    assert {"plan", "projectID", "repositoryCount"}.isdisjoint(body["status"])
    await rogue.annotate(PROJECTS, "web", "confirm-delete-contents", owner.harbor_name("web"))


async def test_a_name_that_is_given_to_both_stays_its_first_owner_s(
    owner: Tenant, rogue: Tenant
) -> None:
    await owner.project("common", projectName="common")
    await owner.ready(PROJECTS, "common")
    project = deepcopy(owner.world.harbor.state.project_named("common"))
    everything = {"adoptionPolicy": "IfUnclaimed", "deletionPolicy": "DeleteWithContents"}

    await rogue.project("common", projectName="common", **everything)

    body = await rogue.ready(PROJECTS, "common", has_reason("NameConflict", stalled=True))
    assert owner.namespace not in json.dumps(body)
    await rogue.annotate(PROJECTS, "common", "confirm-delete-contents", "common")
    await rogue.delete(PROJECTS, "common")
    await rogue.gone(PROJECTS, "common")
    assert owner.world.harbor.state.project_named("common") == project


@pytest.mark.parametrize("intent", ["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"])
async def test_a_forged_intent_does_not_take_over_a_project(rogue: Tenant, intent: str) -> None:
    named = {"project_name": rogue.harbor_name("old")}
    assert await rogue.world.ask_harbor("POST", "/projects", named) == 201
    rogue.in_harbor("old").created -= timedelta(days=1)

    await rogue.project("old", suspend=True)
    await rogue.annotate(PROJECTS, "old", "creating", intent)
    await rogue.change(PROJECTS, "old", suspend=False)

    await rogue.ready(PROJECTS, "old", has_reason("NameConflict", stalled=True))
    assert rogue.mark_of("old") is None


@pytest.mark.parametrize(
    "wish",
    [
        {"preset": "Maintain"},
        {"permissions": [{"resource": "robot", "actions": ["create"]}]},
        {"permissions": [{"resource": "member", "actions": ["create"]}]},
        {"permissions": [{"resource": "project", "actions": ["delete"]}]},
    ],
    ids=["a preset", "robots", "members", "the project"],
)
async def test_a_robot_gets_no_more_than_the_ceiling(rogue: Tenant, wish: Json) -> None:
    await rogue.project("web")

    await rogue.robot("ci", "web", access=[{"projectRef": {"name": "web"}, **wish}])

    await rogue.ready(ROBOTS, "ci", has_reason("AccessNotAllowed", stalled=True))
    assert rogue.robots("web") == []


@pytest.mark.parametrize(
    "wish",
    [
        {"access": [{"allProjects": True, "preset": "Pull"}]},
        {"system": [{"resource": "project", "actions": ["list"]}]},
        {"system": [{"resource": "robot", "actions": ["create"]}]},
    ],
    ids=["all projects", "to list projects", "to make robots"],
)
async def test_a_robot_of_the_system_is_not_given(rogue: Tenant, wish: Json) -> None:
    await rogue.project("web")

    await rogue.robot("ci", "web", **wish)

    await rogue.ready(ROBOTS, "ci", has_reason("AccessNotAllowed", stalled=True))
    assert robots_of_the_system(rogue) == 0


async def test_a_project_that_is_not_shared_gives_no_robot(owner: Tenant, rogue: Tenant) -> None:
    ref = {"name": "web", "namespace": owner.namespace}
    await rogue.robot("ci", "web", access=[{"projectRef": ref, "preset": "Pull"}])
    await rogue.ready(ROBOTS, "ci", has_reason("NotAllowedNamespace", stalled=True))

    missing = {"name": "absent", "namespace": owner.namespace}
    await rogue.change(ROBOTS, "ci", access=[{"projectRef": missing, "preset": "Pull"}])

    body = await rogue.ready(ROBOTS, "ci", has_reason("NotAllowedNamespace", stalled=True))
    assert "does not exist" not in json.dumps(body["status"])


@pytest.mark.parametrize("field", ["live", "pending"])
async def test_a_forged_ledger_reaches_no_other_robot(
    owner: Tenant, rogue: Tenant, field: str
) -> None:
    await rogue.project("web")
    await rogue.robot("ci", "web", rotation=SOON)
    await rogue.ready(ROBOTS, "ci")
    ledger = json.loads(decoded(await rogue.secret("ci-ledger"))["ledger"])
    forged = {**ledger["live"], **await login_of(owner)}
    data = encoded(ledger=json.dumps({**ledger, field: forged}))
    await rogue.world.cluster.merge(rogue.core_path("secrets", "ci-ledger"), {"data": data})

    await rogue.annotate(ROBOTS, "ci", "rotate-requested-at", "now")
    await rogue.annotate(ROBOTS, "ci", "revoke-requested-at", "now")
    for _ in range(3):
        await rogue.look_again(ROBOTS, "ci")

    login = decoded(await rogue.secret("ci"))
    assert await rogue.world.can(login, owner.harbor_name("web")) == set()


async def test_a_tenant_cannot_write_status(rogue: Tenant) -> None:
    forged = {"status": {"robotID": 1}}
    await rogue.project("web")
    await rogue.robot("ci", "web")
    await rogue.ready(ROBOTS, "ci")

    answer = await rogue.ask("PATCH", f"{rogue.path(ROBOTS, 'ci')}/status", forged)
    await rogue.world.cluster.merge(rogue.path(ROBOTS, "ci"), forged)

    assert answer.status == 403
    assert status_of(await rogue.ready(ROBOTS, "ci"), "robotID") == rogue.robots("web")[0].id


async def test_a_forged_status_reaches_nothing_of_others(owner: Tenant, rogue: Tenant) -> None:
    status = [f"{kind.plural}/status" for kind in (PROJECTS, ROBOTS, PULL_SECRETS)]
    await rogue.give({"apiGroups": ["*"], "resources": status, "verbs": ["patch"]})
    await rogue.project("web", deletionPolicy="DeleteWithContents")
    await rogue.robot("ci", "web", rotation=SOON)
    await rogue.ready(ROBOTS, "ci")
    project, login = owner.in_harbor("web"), await login_of(owner)
    past = "2020-01-01T00:00:00Z"
    of_project = {"projectID": project.project_id, "projectName": project.name}
    of_robot = {**login, "previous": [{**login, "n": 1, "since": past, "removeAfter": past}]}
    for kind, name, told in ((PROJECTS, "web", of_project), (ROBOTS, "ci", of_robot)):
        answer = await rogue.ask("PATCH", f"{rogue.path(kind, name)}/status", {"status": told})
        assert answer.status == 200, answer.message

    for kind, name in ((ROBOTS, "ci"), (PROJECTS, "web")):
        await rogue.look_again(kind, name)
    await rogue.annotate(PROJECTS, "web", "confirm-delete-contents", rogue.harbor_name("web"))
    for kind, name in ((ROBOTS, "ci"), (PROJECTS, "web")):
        await rogue.delete(kind, name)
        await rogue.gone(kind, name)

    assert owner.world.harbor.state.project_named(rogue.harbor_name("web")) is None
