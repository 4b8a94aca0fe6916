"""What a drift pass notices of robots, whom it tells, and which robots it sweeps."""

from dataclasses import replace
from typing import Any

import pytest

from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.namespaces import Operator, Requirement, Selection
from harbor_operator.core.ownership import Mark
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.robot_drift import IDLE_PER_PASS, robot_differs
from harbor_operator.engine.scope import Scope
from harbor_operator.engine.sweep import Sweep
from harbor_operator.harbor.errors import Exchange, PermissionDenied
from harbor_operator.harbor.models import Robot
from harbor_operator.kube.resources import NAMESPACES
from tests.support.control_desk import PROJECT, ROBOT, ControlDesk
from tests.support.drift_scene import (
    ANYTHING,
    OWN,
    PROJECT_STATUS,
    ROBOT_STATUS,
    Scene,
    seen_project,
    seen_robot,
)
from tests.support.engine_world import CLUSTER_ID, NOW, custom_resource
from tests.support.fake_harbor import FakeHarbor
from tests.support.loop_clock import LoopClock

NAMES = {("team", "payments"): "payments"}
DENIED = PermissionDenied("no", Exchange("DELETE", "/robots/{id}", 403))


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(ControlDesk(LoopClock(monkeypatch)), FakeHarbor(NOW))


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

    found = robot_differs(ROBOTS.parse(body), listed, own=OWN, names=NAMES, can_update=True)

    assert found is differs


@pytest.mark.parametrize(
    ("description", "can_update", "differs"),
    [
        pytest.param(f"{OWN.text()} ", True, True, id="a blank that can be taken away"),
        pytest.param(f"{OWN.text()} ", False, False, id="a blank that can not"),
        pytest.param("", False, True, id="no mark"),
        pytest.param(replace(OWN, uid="uid-0").text(), False, True, id="another mark"),
    ],
)
def test_a_mark_that_somebody_edited(description: str, *, can_update: bool, differs: bool) -> None:
    robot = ROBOTS.parse(custom_resource(ROBOTS, status=ROBOT_STATUS))
    listed = [seen_robot(description=description)]

    found = robot_differs(robot, listed, own=OWN, names=NAMES, can_update=can_update)

    assert found is differs


def test_a_robot_that_its_spec_disables_does_not_differ_by_that() -> None:
    spec = {"disabled": True}
    robot = ROBOTS.parse(custom_resource(ROBOTS, spec=spec, status=ROBOT_STATUS))

    found = [
        robot_differs(robot, [seen], own=OWN, names=NAMES, can_update=True)
        for seen in (seen_robot(disable=True), seen_robot())
    ]

    assert found == [False, True]


def test_a_robot_that_was_not_ready_is_nobodys_drift() -> None:
    body = custom_resource(ROBOTS, status={"robotID": 70})

    robot = ROBOTS.parse(body)

    assert not robot_differs(robot, [], own=OWN, names=NAMES, can_update=True)


async def test_a_robot_that_differs_is_woken(scene: Scene) -> None:
    scene.put(seen_robot(disable=True))

    assert await scene.looks() == {"HarborRobot": 1}


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


async def test_a_robot_of_a_namespace_that_is_not_served_is_not_swept(scene: Scene) -> None:
    scene.put(orphan())
    elsewhere = replace(scene.desk.ports, scope=Scope(frozenset({"elsewhere"})))

    await Sweep(elsewhere, scene.desk.control).robots(scene.connection, [orphan()])

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


async def test_orphans_that_cannot_be_deleted_are_counted_until_they_are(scene: Scene) -> None:
    scene.put(orphan())
    scene.harbor.state.fail_on("delete robot 90", DENIED)

    with pytest.raises(PermissionDenied):
        await scene.drift.compare(scene.connection)
    left = scene.connection.orphans.copy()
    await scene.drift.compare(scene.connection)

    assert (left, scene.connection.orphans) == ({90}, set())


async def test_an_orphan_that_somebody_else_deletes_is_none_any_more(scene: Scene) -> None:
    scene.put(orphan())
    scene.harbor.state.fail_on("delete robot 90", DENIED)
    with pytest.raises(PermissionDenied):
        await scene.drift.compare(scene.connection)

    del scene.harbor.state.robots[90]
    await scene.drift.compare(scene.connection)

    assert scene.connection.orphans == set()


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


DENIED = PermissionDenied("no", Exchange("GET", "/robots", 403))


def of_the_system(**fields: Any) -> Robot:  # noqa: ANN401 -- fields of a robot
    return seen_robot(**{"id": 80, "name": "robot$ci-1", "level": "system", **fields})


async def test_the_robots_of_the_system_are_compared_and_swept_in_one_list(scene: Scene) -> None:
    access = [{"allProjects": True, "preset": "Pull"}]
    spec = {"connectionRef": {"name": "default"}, "access": access}
    status = {**ROBOT_STATUS, "robotID": 80, "username": "robot$ci-1"}
    scene.desk.see(ObjectId("HarborRobot", "team", "everywhere"), spec=spec, status=status)
    scene.put(orphan(id=91, name="robot$gone-1", level="system"))

    assert await scene.looks() == {"HarborRobot": 1}
    assert 91 not in scene.harbor.state.robots
    assert scene.harbor.state.requests.count("list robots of the system") == 1


async def test_a_login_that_may_not_see_the_system_s_robots_compares_the_others(
    scene: Scene,
) -> None:
    scene.harbor.state.fail_on("list robots of the system", DENIED)
    scene.put(seen_robot(disable=True))

    assert await scene.looks() == {"HarborRobot": 1}


async def test_a_robot_left_at_a_place_of_before_is_told_to_its_object(scene: Scene) -> None:
    scene.put(of_the_system())

    assert await scene.looks() == {"HarborRobot": 1}
    assert scene.connection.strays == {OWN.uid: frozenset({80})}
    assert 80 in scene.harbor.state.robots


async def test_a_robot_that_its_object_knows_of_is_no_stray(scene: Scene) -> None:
    previous = {
        "n": 1,
        "robotID": 80,
        "username": "robot$ci-1",
        "since": "2026-03-01T11:30:00Z",
        "removeAfter": "2026-03-01T12:30:00Z",
    }
    spec = {"connectionRef": {"name": "default"}}
    scene.desk.see(ROBOT, spec=spec, status={**ROBOT_STATUS, "previous": [previous]})
    scene.put(of_the_system())

    await scene.drift.compare(scene.connection)

    assert scene.connection.strays == {}


async def test_a_right_that_a_label_of_the_namespace_gave_is_missed_in_the_next_pass(
    scene: Scene,
) -> None:
    gold = Requirement("tier", Operator.IN, frozenset({"gold"}))
    scene.connection.tenants = (replace(ANYTHING, namespaces=Selection(selector=(gold,))),)
    scene.desk.kube.put(NAMESPACES, {"metadata": {"name": "team", "labels": {"tier": "iron"}}})

    assert (await scene.looks())["HarborRobot"] == 1


async def test_a_right_to_another_namespace_s_project_ends_with_its_sharing(scene: Scene) -> None:
    scene.desk.kube.put(NAMESPACES, {"metadata": {"name": "guests"}})
    connected = {"connectionRef": {"name": "default"}}
    access = [{"projectRef": {"name": "payments", "namespace": "team"}, "preset": "Pull"}]
    guest = ObjectId("HarborRobot", "guests", "ci")
    mark = Mark(CLUSTER_ID, "guests", "ci", "uid-ci")
    shares = [{"namespaces": {"names": ["guests"]}, "access": "Pull"}]
    scene.desk.see(PROJECT, spec={**connected, "sharedWith": shares}, status=PROJECT_STATUS)
    status = {**ROBOT_STATUS, "robotID": 71}
    scene.desk.see(guest, uid="uid-ci", spec={**connected, "access": access}, status=status)
    scene.put(seen_robot(id=71, description=mark.text()))
    before = await scene.looks()

    scene.desk.see(PROJECT, spec=connected, status=PROJECT_STATUS)
    after = await scene.looks()

    assert before == {}
    assert after == {"HarborRobot": 1}
