"""A real operator leads real objects through the states that the recorded ones stand for."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harbor_operator.api.base import ANNOTATION_IMAGE_PULL_SECRETS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.replicas.identity import FIELD_MANAGER
from testbed.control_plane import ControlPlane
from tests.support.argo_lua import after_action, health_of, ignored_fields
from tests.support.cluster import is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.gitops_objects import essence, recorded
from tests.support.gitops_states import Journey, Seen
from tests.support.gitops_verdicts import VERDICTS, each_case
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld, open_world
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unconnected(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SystemWorld]:
    """An operator and a Harbor that no connection joins."""
    folder = tmp_path_factory.mktemp("gitops")
    async with open_world(control_plane, folder, "gitops", token_minutes=30) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen(unconnected: SystemWorld) -> Seen:
    """Objects of every kind in every state."""
    async with temporary_namespace(unconnected.plane, prefix="gitops") as namespace:
        return await Journey(unconnected, Team(unconnected, namespace)).go()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def team(unconnected: SystemWorld, seen: Seen) -> AsyncIterator[Team]:
    """A namespace with one object of each kind, all Ready."""
    assert seen, "the journey needs the connection's name for itself"
    await unconnected.connect()
    async with temporary_namespace(unconnected.plane, prefix="gitops") as namespace:
        team = Team(unconnected, namespace)
        await team.project("web")
        await team.robot("ci", "web")
        await team.pull_secret("pull", "ci", serviceAccounts={"names": ["default"]})
        await team.ready(PULL_SECRETS, "pull")
        yield team
        await team.clear()


@each_case
async def test_a_live_object_is_judged_as_the_recorded_one(
    seen: Seen, kind: str, state: str
) -> None:
    assert health_of(seen[kind, state])["status"] == VERDICTS[state].argo


@each_case
async def test_the_recorded_objects_are_still_what_the_operator_makes(
    seen: Seen, kind: str, state: str
) -> None:
    assert essence(seen[kind, state]) == essence(recorded(kind, state))


async def press(team: Team, action: str) -> Json:
    """Do what Argo CD does with a robot when a person chooses an action; the robot after it."""
    before = await team.ready(ROBOTS, "ci")
    after = after_action(action, before)
    annotations = after["metadata"].get("annotations") or {}
    patch = {
        "metadata": {"annotations": annotations},
        "spec": {"suspend": after["spec"].get("suspend")},
    }
    return await team.world.cluster.merge(team.path(ROBOTS, "ci"), patch)


@pytest.mark.parametrize("action", ["reconcile", "rotate", "revoke"])
async def test_a_robot_does_what_was_chosen(team: Team, action: str) -> None:
    pressed = await press(team, action)

    token = pressed["metadata"]["annotations"][f"harbor-operator.dev/{action}-requested-at"]
    field = f"lastHandled{action.title()}At"
    await team.ready(ROBOTS, "ci", lambda body: status_of(body, field) == token and is_ready(body))


async def test_a_robot_can_be_suspended_and_resumed(team: Team) -> None:
    await press(team, "suspend")
    suspended = await team.ready(
        ROBOTS, "ci", lambda body: health_of(body)["status"] == "Suspended" and is_ready(body)
    )
    await press(team, "resume")
    resumed = await team.ready(
        ROBOTS, "ci", lambda body: health_of(body)["status"] == "Healthy" and is_ready(body)
    )

    assert (suspended["spec"]["suspend"], resumed["spec"]["suspend"]) == (True, False)


async def test_only_ignored_fields_of_a_service_account_differ_from_git(team: Team) -> None:
    account = {"metadata": {"name": "builder"}, "imagePullSecrets": [{"name": "of-somebody-else"}]}
    before = await team.world.cluster.create(team.core_path("serviceaccounts"), account)

    await team.change(PULL_SECRETS, "pull", serviceAccounts={"names": ["builder"]})
    path = team.core_path("serviceaccounts", "builder")
    after = await team.world.cluster.seen(path, lambda body: {"name": "pull"} in entries(body))

    assert compared(after) == compared(before)
    assert entries(before)[0] in entries(after)


def entries(account: Json) -> list[Json]:
    """The pull secrets of a ServiceAccount."""
    listed: list[Json] = account.get("imagePullSecrets") or []
    return listed


def compared(account: Json) -> Json:
    """What Argo CD compares: no annotation of others, no bookkeeping, nothing that is ignored."""
    metadata = account["metadata"]
    foreign = {**metadata.get("annotations", {})}
    foreign.pop(ANNOTATION_IMAGE_PULL_SECRETS, None)
    left = {field: value for field, value in account.items() if field != "metadata"}
    for pointer in ignored_fields("ServiceAccount"):
        del left[pointer.removeprefix("/")]
    return {**left, "labels": metadata.get("labels"), "annotations": foreign}


async def test_the_operator_never_writes_into_a_spec(team: Team) -> None:
    for kind, name in ((PROJECTS, "web"), (PULL_SECRETS, "pull"), (ROBOTS, "ci")):
        body = await team.world.cluster.get(team.path(kind, name))
        fields = [
            entry["fieldsV1"]
            for entry in body["metadata"]["managedFields"]
            if entry["manager"] == FIELD_MANAGER
        ]
        assert fields
        assert not [entry for entry in fields if "f:spec" in entry]
