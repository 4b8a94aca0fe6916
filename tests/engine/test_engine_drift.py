"""What a drift pass notices, whom it wakes, and which robots it sweeps."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.ownership import Mark
from harbor_operator.core.specs import desired_project
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.drift import (
    LOOK_SECONDS,
    DriftPass,
    project_differs,
)
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.robot_drift import IDLE_PER_PASS, robot_differs
from harbor_operator.engine.secrets import DOCKER_CONFIG, Ownership, compose
from harbor_operator.engine.sweep import Sweep
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.harbor.models import Access, Permission, Project, Robot
from harbor_operator.kube.errors import Operation, Unavailable
from harbor_operator.kube.resources import NAMESPACES, SECRETS
from tests.support.control_desk import CONNECTION, PROJECT, ROBOT, ControlDesk
from tests.support.engine_world import CLUSTER_ID, NOW, READY_STATUS, custom_resource
from tests.support.fake_harbor import FakeHarbor
from tests.support.loop_clock import LoopClock, settle

Fields = dict[str, Any]

NAME = "robot$payments+ci-1"
PROJECT_STATUS = {**READY_STATUS, "projectID": 7, "repositoryCount": 2}
ROBOT_STATUS = {**READY_STATUS, "robotID": 70, "username": NAME}


def seen_project(**fields: Any) -> Project:  # noqa: ANN401 -- fields of a project
    return Project(**{"project_id": 7, "name": "payments", "repo_count": 2, **fields})


def seen_robot(*grants: str, **fields: Any) -> Robot:  # noqa: ANN401 -- fields of a robot
    access = frozenset(
        Access(resource=resource, action=action)
        for resource, action in (grant.split() for grant in grants or ("repository pull",))
    )
    permission = Permission(kind="project", namespace="payments", access=access)
    return Robot(**{"id": 70, "name": NAME, "permissions": frozenset({permission}), **fields})


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


@pytest.mark.parametrize(
    ("listed", "differs"),
    [
        pytest.param([seen_robot()], False, id="as it was"),
        pytest.param([seen_robot(id=71), seen_robot()], False, id="beside another one"),
        pytest.param([], True, id="gone"),
        pytest.param([seen_robot(id=71)], True, id="made anew by somebody"),
        pytest.param([seen_robot(disable=True)], True, id="disabled"),
        pytest.param([seen_robot(name="other$payments+ci-1")], True, id="another prefix"),
        pytest.param([seen_robot("repository pull", "repository push")], True, id="more access"),
        pytest.param([seen_robot("repository push")], True, id="other access"),
        pytest.param([seen_robot(permissions=frozenset())], True, id="no access"),
    ],
)
def test_whether_a_robot_differs(listed: list[Robot], *, differs: bool) -> None:
    body = custom_resource(ROBOTS, status=ROBOT_STATUS)

    assert robot_differs(ROBOTS.parse(body), listed) is differs


def test_a_robot_that_was_not_ready_is_nobodys_drift() -> None:
    body = custom_resource(ROBOTS, status={"robotID": 70})

    assert not robot_differs(ROBOTS.parse(body), [])


@dataclass(slots=True)
class Scene:
    """A drift pass over a connection with one project and one robot that are as they should be."""

    desk: ControlDesk
    harbor: FakeHarbor
    connection: Connection = field(init=False)
    sweep: Sweep = field(init=False)
    drift: DriftPass = field(init=False)

    def __post_init__(self) -> None:
        self.desk.kube.put(NAMESPACES, {"metadata": {"name": "team"}})
        spec = {"connectionRef": {"name": "default"}}
        self.desk.see(PROJECT, spec=spec, status=PROJECT_STATUS)
        self.desk.see(ROBOT, spec=spec, status=ROBOT_STATUS)
        self.harbor.state.projects["payments"] = seen_project()
        self.put(seen_robot())
        self.connection = Connection("default", self.harbor, fingerprint=1, ready=True)
        self.desk.ports.connections.put(self.connection)
        self.sweep = Sweep(self.desk.ports, self.desk.control)
        self.drift = DriftPass(
            self.desk.ports, self.desk.control, self.sweep, clock=self.desk.clock.now
        )

    def put(self, robot: Robot) -> None:
        """Put a robot into Harbor."""
        self.harbor.state.robots[robot.id] = robot

    async def looks(self) -> dict[str, int]:
        """Make one pass, and let those who are woken be looked at."""
        await self.drift.compare(self.connection)
        await self.desk.work()
        return self.desk.looks()


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(ControlDesk(LoopClock(monkeypatch)), FakeHarbor(NOW))


async def test_where_nothing_differs_nobody_is_woken(scene: Scene) -> None:
    assert await scene.looks() == {}
    assert scene.harbor.state.requests == ["list projects", "list robots of 7"]


async def test_a_project_that_differs_is_woken(scene: Scene) -> None:
    scene.harbor.state.projects["payments"] = seen_project(repo_count=5)

    assert await scene.looks() == {"HarborProject": 1}


async def test_a_robot_that_differs_is_woken(scene: Scene) -> None:
    scene.put(seen_robot(disable=True))

    assert await scene.looks() == {"HarborRobot": 1}


async def test_a_project_that_is_gone_takes_its_robots_along(scene: Scene) -> None:
    scene.harbor.state.projects.clear()

    assert await scene.looks() == {"HarborProject": 1, "HarborRobot": 1}


async def test_objects_of_other_connections_are_left_to_those(scene: Scene) -> None:
    other = ObjectId("HarborProject", "team", "elsewhere")
    scene.desk.see(other, spec={"connectionRef": {"name": "spare"}}, status=PROJECT_STATUS)

    assert await scene.looks() == {}


def orphan(**fields: Any) -> Robot:  # noqa: ANN401 -- fields of a robot
    mark = Mark(CLUSTER_ID, "team", "gone", "uid-gone").text()
    return seen_robot(**{"id": 90, "name": "robot$payments+gone-1", "description": mark, **fields})


@pytest.mark.parametrize(
    ("description", "swept"),
    [
        pytest.param(Mark(CLUSTER_ID, "team", "gone", "uid-gone").text(), True, id="nobody has"),
        pytest.param(
            Mark(CLUSTER_ID, "team", "payments-pull", "uid-payments-pull").text(),
            False,
            id="somebody has",
        ),
        pytest.param(
            Mark("cluster-2", "team", "gone", "uid-gone").text(), False, id="another cluster has"
        ),
        pytest.param("made by hand", False, id="is no mark"),
        pytest.param(
            Mark(CLUSTER_ID, "team", "gone", "uid-gone").released(), False, id="was released"
        ),
    ],
)
async def test_a_robot_is_swept_when_its_mark_is_one_that(
    scene: Scene, description: str, *, swept: bool
) -> None:
    scene.put(orphan(description=description))

    await scene.looks()

    assert (90 not in scene.harbor.state.robots) is swept
    assert 70 in scene.harbor.state.robots


async def test_a_robot_whose_object_the_watch_has_not_shown_yet_is_not_swept(
    scene: Scene,
) -> None:
    scene.desk.store(ObjectId("HarborRobot", "team", "gone"), uid="uid-gone")
    scene.put(orphan())

    await scene.looks()

    assert 90 in scene.harbor.state.robots


async def test_a_robot_that_is_not_what_the_list_showed_is_not_swept(scene: Scene) -> None:
    scene.put(orphan())
    stale, state = orphan(), scene.harbor.state
    state.robots[90] = orphan(description="made by hand")

    await scene.sweep.robots(scene.connection, [stale])

    assert 90 in state.robots
    assert "delete robot 90" not in state.requests


async def test_a_robot_that_somebody_else_has_just_deleted_stops_no_sweep(scene: Scene) -> None:
    from_list = [orphan(), orphan(id=91, name="robot$payments+gone-2")]
    scene.put(from_list[1])

    await scene.sweep.robots(scene.connection, from_list)

    assert set(scene.harbor.state.robots) == {70}


async def test_an_orphan_is_swept_where_no_other_robot_is_left(scene: Scene) -> None:
    scene.desk.see_gone(ROBOT)
    scene.put(orphan())

    await scene.drift.compare(scene.connection)

    assert 90 not in scene.harbor.state.robots


async def look_at_many(scene: Scene, passes: int) -> list[list[int]]:
    """Make some passes; the idle projects whose robots each has listed, by id."""
    listed: list[list[int]] = []
    for _ in range(passes):
        scene.harbor.state.requests.clear()
        await scene.drift.compare(scene.connection)
        asked = scene.harbor.state.requests
        listed.append([int(a.split()[-1]) for a in asked if a.startswith("list robots of 1")])
    return listed


def have_idle(scene: Scene, count: int) -> None:
    """Have projects without a robot, with ids from 1000 on."""
    for number in range(count):
        name = f"idle-{number:02}"
        spec = {"connectionRef": {"name": "default"}}
        scene.desk.see(ObjectId("HarborProject", "team", name), spec=spec, status=PROJECT_STATUS)
        project = seen_project(project_id=1000 + number, name=name)
        scene.harbor.state.projects[name] = project


async def test_projects_without_robots_take_turns(scene: Scene) -> None:
    have_idle(scene, IDLE_PER_PASS + 5)

    first, second, third = await look_at_many(scene, 3)

    assert first == list(range(1000, 1000 + IDLE_PER_PASS))
    assert second[:5] == list(range(1000 + IDLE_PER_PASS, 1005 + IDLE_PER_PASS))
    assert len(second) == len(third) == IDLE_PER_PASS


async def test_a_project_that_lost_its_last_robot_is_next(scene: Scene) -> None:
    have_idle(scene, IDLE_PER_PASS + 5)
    await look_at_many(scene, 1)
    scene.desk.see_gone(ROBOT)
    scene.put(orphan())

    await scene.drift.compare(scene.connection)

    assert "list robots of 7" in scene.harbor.state.requests
    assert 90 not in scene.harbor.state.robots


@pytest.mark.parametrize(
    ("object_id", "spec"),
    [
        pytest.param(
            ObjectId("HarborProject", "team", "odd"), {"visibility": "Translucent"}, id="project"
        ),
        pytest.param(ObjectId("HarborRobot", "team", "odd"), {"access": []}, id="robot"),
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
