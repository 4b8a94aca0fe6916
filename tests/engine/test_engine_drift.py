"""What a drift pass notices, whom it wakes, and which robots it sweeps."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_IMAGE_PULL_SECRETS
from harbor_operator.api.project import PROJECTS
from harbor_operator.core.specs import desired_project
from harbor_operator.engine.drift import (
    LOOK_SECONDS,
    project_differs,
)
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.scope import Scope, scoped
from harbor_operator.engine.secrets import DOCKER_CONFIG, Ownership, compose
from harbor_operator.engine.sweep import Sweep
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.harbor.models import Project
from harbor_operator.kube.errors import Operation, Unavailable
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS
from tests.support.control_desk import CONNECTION, ControlDesk
from tests.support.drift_scene import PROJECT_STATUS, Scene, seen_project, seen_robot
from tests.support.engine_world import NOW, custom_resource
from tests.support.fake_harbor import FakeHarbor
from tests.support.loop_clock import LoopClock, settle

Fields = dict[str, Any]


@pytest.mark.parametrize(
    ("seen", "differs"),
    [
        pytest.param(seen_project(), False, id="as it was"),
        pytest.param(None, True, id="gone"),
        pytest.param(seen_project(project_id=8), True, id="made anew by somebody"),
        pytest.param(seen_project(metadata={"public": "true"}), True, id="a setting changed"),
        pytest.param(seen_project(metadata={"public": "false"}), False, id="a setting as stated"),
        pytest.param(
            seen_project(metadata={"auto_scan": "true"}), False, id="a setting nobody stated"
        ),
        pytest.param(seen_project(repo_count=3), True, id="another number of repositories"),
    ],
)
def test_whether_a_project_differs(seen: Project | None, *, differs: bool) -> None:
    body = custom_resource(PROJECTS, spec={"visibility": "Private"}, status=PROJECT_STATUS)
    project = PROJECTS.parse(body)

    assert project_differs(project, desired_project(project, None), seen, None) is differs


def test_a_project_that_was_not_ready_is_nobodys_drift() -> None:
    project = PROJECTS.parse(custom_resource(PROJECTS, status={"projectID": 7}))

    assert not project_differs(project, desired_project(project, None), None, None)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(ControlDesk(LoopClock(monkeypatch)), FakeHarbor(NOW))


async def test_where_nothing_differs_nobody_is_woken(scene: Scene) -> None:
    assert await scene.looks() == {}
    assert scene.harbor.state.requests == [
        "list projects",
        "list robots of the system",
        "list robots of 7",
    ]


async def test_a_project_that_differs_is_woken(scene: Scene) -> None:
    scene.harbor.state.projects["payments"] = seen_project(repo_count=5)

    assert await scene.looks() == {"HarborProject": 1}


async def test_a_project_that_is_gone_takes_its_robots_along(scene: Scene) -> None:
    scene.harbor.state.projects.clear()

    assert await scene.looks() == {"HarborProject": 1, "HarborRobot": 1}


async def test_objects_of_other_connections_are_left_to_those(scene: Scene) -> None:
    other = ObjectId("HarborProject", "team", "elsewhere")
    scene.desk.see(other, spec={"connectionRef": {"name": "spare"}}, status=PROJECT_STATUS)

    assert await scene.looks() == {}


@pytest.mark.parametrize(
    ("object_id", "spec"),
    [
        pytest.param(
            ObjectId("HarborProject", "team", "odd"), {"visibility": "Translucent"}, id="project"
        ),
        pytest.param(ObjectId("HarborRobot", "team", "odd"), {"lifetimeDays": 0}, id="robot"),
    ],
)
async def test_an_object_that_cannot_be_read_stops_no_pass(
    scene: Scene, object_id: ObjectId, spec: Fields
) -> None:
    scene.desk.see(object_id, spec={"connectionRef": {"name": "default"}, **spec})
    scene.put(seen_robot(disable=True))

    await scene.drift.compare(scene.connection)

    assert "list robots of 7" in scene.harbor.state.requests
    await scene.desk.work()
    assert scene.desk.looks() == {"HarborRobot": 1}


@asynccontextmanager
async def running(scene: Scene) -> AsyncIterator[None]:
    passes = asyncio.create_task(scene.drift.run())
    await scene.desk.clock.skip(LOOK_SECONDS)
    yield
    assert not passes.done()
    passes.cancel()
    await asyncio.gather(passes, return_exceptions=True)


async def let_pass(scene: Scene, seconds: float) -> int:
    """Let time go by in the steps in which the pass looks; how many passes were made."""
    before = scene.harbor.state.requests.count("list projects")
    for _ in range(math.ceil(seconds / LOOK_SECONDS)):
        await scene.desk.clock.skip(LOOK_SECONDS)
    return scene.harbor.state.requests.count("list projects") - before


async def test_a_connection_is_passed_over_once_per_its_period(scene: Scene) -> None:
    scene.connection.drift_period = timedelta(minutes=1)

    async with running(scene):
        passes = [await let_pass(scene, 50), await let_pass(scene, 10), await let_pass(scene, 60)]

    assert passes == [0, 1, 1]


@pytest.mark.parametrize("state", [{"ready": False}, {"suspended": True}], ids=str)
async def test_a_connection_that_cannot_be_used_is_not_passed_over(
    scene: Scene, state: dict[str, bool]
) -> None:
    scene.connection.drift_period = timedelta(minutes=1)
    for name, value in state.items():
        setattr(scene.connection, name, value)

    async with running(scene):
        assert await let_pass(scene, 120) == 0


async def test_a_pass_that_harbor_fails_has_the_connection_looked_at(scene: Scene) -> None:
    scene.connection.drift_period = timedelta(minutes=1)
    scene.desk.see(CONNECTION)
    scene.harbor.state.fail_on("list projects", Unreachable("gone", Exchange("GET", "/projects")))

    async with running(scene):
        passes = [await let_pass(scene, 60), await let_pass(scene, 60)]
    await scene.desk.work()

    assert passes == [1, 1]
    assert scene.desk.looks() == {"ClusterHarborConnection": 1}


async def test_a_pass_that_the_api_server_fails_is_made_again_later(scene: Scene) -> None:
    scene.connection.drift_period = timedelta(minutes=1)
    scene.desk.kube.fail_on("list", Unavailable(Operation("list"), "gone", reason="Gone"))

    async with running(scene):
        passes = [await let_pass(scene, 60), await let_pass(scene, 60)]

    assert passes == [0, 1]


PULL_SPEC = {"robotRef": {"name": "payments-pull"}}


def managed_secret(scene: Scene, owner: ObjectId, uid: str) -> None:
    body = compose(
        owner.name,
        "shop",
        type_=DOCKER_CONFIG,
        data={},
        ownership=Ownership(owner, uid, "uid-robot"),
    )
    scene.desk.ports.cluster.note_secret(scene.desk.kube.put(SECRETS, body))


async def test_only_the_secrets_of_objects_that_are_gone_are_swept(scene: Scene) -> None:
    managed_secret(scene, ObjectId("HarborPullSecret", "team", "gone"), "uid-gone")
    managed_secret(scene, ObjectId("HarborPullSecret", "team", "recreated"), "uid-earlier")
    managed_secret(scene, ObjectId("HarborPullSecret", "team", "unseen"), "uid-unseen")
    managed_secret(scene, ObjectId("SomethingElse", "team", "other"), "uid-other")
    scene.desk.store(ObjectId("HarborPullSecret", "team", "recreated"), uid="uid-new")
    scene.desk.store(ObjectId("HarborPullSecret", "team", "unseen"), uid="uid-unseen")

    await scene.looks()

    left = [body["metadata"]["name"] for body in scene.desk.kube.objects(SECRETS)]
    assert sorted(left) == ["other", "unseen"]


async def test_what_an_object_leaves_behind_goes_with_it(scene: Scene) -> None:
    leaving, staying = (ObjectId("HarborPullSecret", "team", name) for name in ("gone", "here"))
    managed_secret(scene, leaving, "uid-gone")
    managed_secret(scene, staying, "uid-here")
    scene.desk.see(staying, uid="uid-here", spec=PULL_SPEC)
    scene.desk.see(leaving, uid="uid-gone", spec=PULL_SPEC)
    sweeping = asyncio.create_task(scene.sweep.run())

    scene.desk.see_gone(leaving)
    await settle()

    assert [body["metadata"]["name"] for body in scene.desk.kube.objects(SECRETS)] == ["here"]
    sweeping.cancel()


def put_account(scene: Scene, **noted: str) -> None:
    """A ServiceAccount with entries of ours, noted for objects with these uids."""
    annotations = {ANNOTATION_IMAGE_PULL_SECRETS: json.dumps(noted)}
    metadata = {"name": "builder", "namespace": "shop", "annotations": annotations}
    body = {"metadata": metadata, "imagePullSecrets": [{"name": name} for name in noted]}
    scene.desk.ports.cluster.see_account(scene.desk.kube.put(SERVICE_ACCOUNTS, body))


def entries_left(scene: Scene) -> list[str]:
    [body] = scene.desk.kube.objects(SERVICE_ACCOUNTS)
    return [entry["name"] for entry in body["imagePullSecrets"]]


async def test_entries_of_service_accounts_whose_object_is_gone_are_taken_out(scene: Scene) -> None:
    put_account(scene, left="uid-gone", known="uid-known", unseen="uid-unseen")
    scene.desk.see(ObjectId("HarborPullSecret", "team", "known"), uid="uid-known", spec=PULL_SPEC)
    scene.desk.store(ObjectId("HarborPullSecret", "team", "unseen"), uid="uid-unseen")

    await scene.looks()

    assert entries_left(scene) == ["known", "unseen"]


async def test_entries_of_objects_that_may_be_where_nothing_is_served_stay(scene: Scene) -> None:
    put_account(scene, theirs="uid-elsewhere")
    scene.desk.store(ObjectId("HarborPullSecret", "team", "theirs"), uid="uid-elsewhere")
    scope = Scope(frozenset({"shop"}))
    ports = replace(scene.desk.ports, scope=scope, kube=scoped(scene.desk.kube, scope))

    await Sweep(ports, scene.desk.control).entries()

    assert entries_left(scene) == ["theirs"]


async def test_an_entry_goes_with_its_object(scene: Scene) -> None:
    leaving = ObjectId("HarborPullSecret", "team", "gone")
    put_account(scene, left="uid-gone", other="uid-other")
    scene.desk.see(leaving, uid="uid-gone", spec=PULL_SPEC)
    scene.desk.store(ObjectId("HarborPullSecret", "team", "other"), uid="uid-other")
    sweeping = asyncio.create_task(scene.sweep.run())

    scene.desk.see_gone(leaving)
    await settle()

    assert entries_left(scene) == ["other"]
    sweeping.cancel()
