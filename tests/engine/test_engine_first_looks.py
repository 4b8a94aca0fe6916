"""After a start: what has something to do is looked at at once, what is at rest in its turn."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.core.pullsecret.entries import ServiceAccount
from harbor_operator.core.rest import LONGEST_REST
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.secrets import ManagedSecret
from harbor_operator.kube.resources import ObjectKey
from tests.support.control_desk import (
    FIRST_LOOK_SECONDS,
    PROJECT,
    PULL_SECRET,
    ROBOT,
    ControlDesk,
)
from tests.support.engine_world import READY_STATUS, condition
from tests.support.loop_clock import LoopClock, settle

USERNAME = "robot$payments-pull-1"
ROBOT_STATUS = {**READY_STATUS, "username": USERNAME}
PULL_STATUS = {**READY_STATUS, "robotName": USERNAME, "targets": {"desired": 1, "ready": 1}}
NOT_READY = {
    "observedGeneration": 1,
    "conditions": [condition(ConditionType.READY, ConditionStatus.FALSE)],
}


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> ControlDesk:
    return ControlDesk(LoopClock(monkeypatch))


def projects(count: int) -> Iterator[ObjectId]:
    return (PROJECT._replace(name=f"project-{number}") for number in range(count))


def deliver(desk: ControlDesk, owner: ObjectId, name: str, username: str | None) -> None:
    """Let the first list have shown a managed Secret of an object."""
    desk.ports.cluster.secrets.note(
        ObjectKey(owner.namespace, name),
        ManagedSecret(
            uid=f"uid-of-{name}",
            version=1,
            owner=owner,
            owner_uid=f"uid-{owner.name}",
            robot_uid=f"uid-{ROBOT.name}",
            username=username,
            digest=b"",
        ),
    )


async def test_objects_at_rest_are_looked_at_one_after_the_other(desk: ControlDesk) -> None:
    for project in projects(2):
        desk.resume(project, status=READY_STATUS)

    async with desk.working():
        await settle()
        at_once = desk.looks()
        await desk.clock.skip(FIRST_LOOK_SECONDS)
        after_a_turn = desk.looks()
        await desk.clock.skip(FIRST_LOOK_SECONDS)

    assert (at_once, after_a_turn, desk.looks()) == (
        {},
        {"HarborProject": 1},
        {"HarborProject": 2},
    )


async def test_nobody_has_a_turn_before_all_have_come(desk: ControlDesk) -> None:
    desk.resume(PROJECT._replace(name="first"), status=READY_STATUS)

    async with desk.working():
        await settle()
        await desk.clock.skip(FIRST_LOOK_SECONDS - 1)
        desk.resume(PROJECT, status=READY_STATUS)
        await desk.clock.skip(1)
        while_they_come = desk.looks()
        await desk.clock.skip(FIRST_LOOK_SECONDS)

    assert while_they_come == {}
    assert desk.looks() == {"HarborProject": 1}


async def test_an_object_with_something_to_do_waits_for_nobody(desk: ControlDesk) -> None:
    desk.resume(PROJECT, status=READY_STATUS)
    desk.resume(ROBOT, status=NOT_READY)

    await desk.work()

    assert desk.looks() == {"HarborRobot": 1}


async def test_an_object_at_rest_that_is_woken_waits_no_longer(desk: ControlDesk) -> None:
    desk.resume(PROJECT, status=READY_STATUS)
    desk.control.wake(PROJECT)

    await desk.work()

    assert desk.looks() == {"HarborProject": 1}


async def test_the_more_there_are_the_faster_they_follow(desk: ControlDesk) -> None:
    longest = LONGEST_REST.total_seconds()
    for project in projects(60):
        desk.resume(project, status=READY_STATUS)

    async with desk.working():
        for _ in range(60):
            await desk.clock.skip(longest / 60)

    assert longest / FIRST_LOOK_SECONDS < 60
    assert desk.looks() == {"HarborProject": 60}


@pytest.fixture
async def gate() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def busy_desk(monkeypatch: pytest.MonkeyPatch, gate: asyncio.Event) -> ControlDesk:
    """Its only worker is held up by the first look, while another project at rest waits."""
    desk = ControlDesk(LoopClock(monkeypatch), workers=1)
    desk.ladders["HarborProject"].gate = gate
    for project in projects(2):
        desk.resume(project, status=READY_STATUS)
    return desk


async def test_while_all_workers_are_busy_an_object_at_rest_queues_before_nobody(
    busy_desk: ControlDesk, gate: asyncio.Event
) -> None:
    async with busy_desk.working():
        await settle()
        await busy_desk.clock.skip(FIRST_LOOK_SECONDS)
        await busy_desk.clock.skip(FIRST_LOOK_SECONDS)
        busy_desk.see(ROBOT)
        busy_desk.control.wake(ROBOT)
        gate.set()
        await settle()
        others_first = busy_desk.looks()
        await busy_desk.clock.skip(FIRST_LOOK_SECONDS)

    assert others_first == {"HarborProject": 1, "HarborRobot": 1}
    assert busy_desk.looks() == {"HarborProject": 2, "HarborRobot": 1}


async def test_an_object_that_has_rested_long_queues_even_so(
    busy_desk: ControlDesk, gate: asyncio.Event
) -> None:
    async with busy_desk.working():
        await settle()
        await busy_desk.clock.skip(FIRST_LOOK_SECONDS)
        await busy_desk.clock.skip(LONGEST_REST.total_seconds())
        gate.set()
        await settle()

    assert busy_desk.looks() == {"HarborProject": 2}


async def test_a_connection_that_comes_up_wakes_who_waited_for_it(desk: ControlDesk) -> None:
    desk.resume(PROJECT, status=READY_STATUS)
    desk.resume(ROBOT, status=NOT_READY)

    async with desk.working():
        await settle()
        desk.control.wakeups.connection_came_up("default")
        await settle()

    assert desk.looks() == {"HarborRobot": 2}


async def test_an_object_that_was_looked_at_once_is_woken_with_its_connection(
    desk: ControlDesk,
) -> None:
    desk.resume(PROJECT, status=READY_STATUS)

    async with desk.working():
        await settle()
        await desk.clock.skip(FIRST_LOOK_SECONDS)
        desk.control.wakeups.connection_came_up("default")
        await settle()

    assert desk.looks() == {"HarborProject": 2}


async def test_a_robot_with_its_secrets_waits_for_its_turn(desk: ControlDesk) -> None:
    deliver(desk, ROBOT, "payments-pull", USERNAME)
    deliver(desk, ROBOT, "payments-pull-ledger", None)
    desk.resume(ROBOT, status=ROBOT_STATUS)

    await desk.work()

    assert desk.looks() == {}


async def test_a_robot_whose_secret_is_missing_is_looked_at_at_once(desk: ControlDesk) -> None:
    deliver(desk, ROBOT, "payments-pull-ledger", None)
    desk.resume(ROBOT, status=ROBOT_STATUS)

    await desk.work()

    assert desk.looks() == {"HarborRobot": 1}


PULLS = [
    pytest.param({}, [], 0, id="it selects nothing"),
    pytest.param({"serviceAccounts": {"names": ["default"]}}, ["pull"], 0, id="its entry is there"),
    pytest.param({"serviceAccounts": {"names": ["other"]}}, [], 0, id="another account is meant"),
    pytest.param({"serviceAccounts": {"names": ["default"]}}, [], 1, id="its entry is missing"),
    pytest.param({"serviceAccounts": {"all": True}}, [], 1, id="an account is new"),
    pytest.param({"targets": {"namespaces": {"names": ["*"]}}}, [], 1, id="it selects namespaces"),
]


@pytest.mark.parametrize(("spec", "entries", "looks"), PULLS)
async def test_a_pull_secret_waits_where_all_that_it_concerns_is_served(
    desk: ControlDesk, spec: dict[str, Any], entries: list[str], looks: int
) -> None:
    deliver(desk, PULL_SECRET, "pull", USERNAME)
    account = ServiceAccount(version=1, pull_secrets=tuple(entries))
    desk.ports.cluster.accounts.note(ObjectKey("team", "default"), account)
    desk.resume(PULL_SECRET, spec=spec, status=PULL_STATUS)

    await desk.work()

    assert desk.looks().get("HarborPullSecret", 0) == looks


async def test_a_pull_secret_whose_robot_has_rotated_is_looked_at_at_once(
    desk: ControlDesk,
) -> None:
    deliver(desk, PULL_SECRET, "pull", USERNAME)
    deliver(desk, ROBOT, "payments-pull", "robot$payments-pull-2")
    desk.resume(PULL_SECRET, status=PULL_STATUS)

    await desk.work()

    assert desk.looks() == {"HarborPullSecret": 1}


async def test_an_object_that_goes_is_not_waited_for(desk: ControlDesk) -> None:
    desk.resume(PROJECT, status=READY_STATUS)
    desk.see_gone(PROJECT)

    async with desk.working():
        await settle()
        await desk.clock.skip(FIRST_LOOK_SECONDS)

    assert desk.looks() == {}
    assert desk.kube.requests == []
