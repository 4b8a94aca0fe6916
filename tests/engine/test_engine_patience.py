"""New objects wait a moment for what they refer to, and report once."""

import asyncio
from typing import Any

import pytest

from harbor_operator.api.base import FINALIZER
from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.plan import ready, waiting
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.patience import LONG_SECONDS, SHORT_SECONDS
from harbor_operator.engine.reconciler import Outcome
from tests.support.control_desk import CONNECTION, PROJECT, PULL_SECRET, ROBOT, ControlDesk
from tests.support.engine_world import READY_STATUS, condition
from tests.support.loop_clock import LoopClock, settle

DONE = ready(Reason.SUCCEEDED, "At the top.")
WAITS = waiting(Reason.WAITING_FOR_PROJECT, "HarborProject payments is not Ready.")
NOT_READY = {"conditions": [condition(ConditionType.READY, ConditionStatus.FALSE)]}
WHEN = "2026-12-01T00:00:00Z"
BLINK = 0.1
"""Seconds: what a test calls at once."""


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> ControlDesk:
    return ControlDesk(LoopClock(monkeypatch))


def summary_of(outcome: Outcome) -> tuple[str, str]:
    (first, *_) = outcome.status["conditions"]
    return first["status"], first["reason"]


async def test_a_new_object_whose_references_are_ready_does_not_wait(desk: ControlDesk) -> None:
    for object_id in (CONNECTION, PROJECT):
        desk.see(object_id, status=READY_STATUS)
    handler = desk.handle(ROBOT, desk.see(ROBOT))

    await settle()

    assert summary_of(handler.result()) == ("True", "Succeeded")
    assert desk.looks() == {"HarborRobot": 1}


async def test_a_robot_that_waits_for_its_project_is_woken_and_reports_once(
    desk: ControlDesk,
) -> None:
    desk.see(CONNECTION, status=READY_STATUS)
    desk.see(PROJECT)
    handler = desk.handle(ROBOT, desk.see(ROBOT))
    await desk.clock.skip(SHORT_SECONDS + BLINK)
    before = desk.looks()

    desk.see(PROJECT, status=READY_STATUS)
    await settle()

    assert before == {}
    assert summary_of(handler.result()) == ("True", "Succeeded")
    assert desk.looks() == {"HarborRobot": 1}
    assert desk.writes(ROBOT) == []


async def test_objects_that_are_applied_together_become_ready_one_after_the_other(
    desk: ControlDesk,
) -> None:
    desk.see(CONNECTION, status=READY_STATUS)
    new = [PULL_SECRET, ROBOT, PROJECT]
    bodies = [desk.see(object_id) for object_id in new]
    handlers = [desk.handle(*pair) for pair in zip(new, bodies, strict=True)]

    for object_id, handler in reversed(list(zip(new, handlers, strict=True))):
        await settle()
        desk.see(object_id, status=handler.result().status)

    assert set(desk.looks().values()) == {1}
    assert [summary_of(handler.result())[0] for handler in handlers] == ["True"] * 3


@pytest.mark.parametrize("told", ["while it waits", "before it comes"])
async def test_an_object_says_at_once_what_it_waits_for_when_the_operator_ends(
    desk: ControlDesk, told: str
) -> None:
    desk.ladders["HarborRobot"].verdicts = WAITS
    if told == "before it comes":
        desk.control.hurry()
    handler = desk.handle(ROBOT, desk.see(ROBOT))
    await settle()
    waited = not handler.done()

    desk.control.hurry()
    await settle()

    assert waited == (told == "while it waits")
    assert summary_of(handler.result()) == ("False", "WaitingForProject")
    assert desk.looks() == {"HarborRobot": 1}


async def test_an_object_that_a_worker_lets_go_waits_for_nothing_any_more(
    desk: ControlDesk,
) -> None:
    ladder = desk.ladders["HarborRobot"]
    ladder.verdicts = WAITS
    body = desk.see(ROBOT, status=NOT_READY, deletionTimestamp=WHEN, finalizers=[FINALIZER])
    desk.control.wake(ROBOT)
    handler = desk.handle(ROBOT, body)
    await settle()
    waited = not handler.done()
    ladder.verdicts = ()

    await desk.work()

    assert waited
    assert handler.result().finished


async def test_an_object_that_only_its_look_shows_to_be_waiting_is_woken_too(
    desk: ControlDesk,
) -> None:
    for object_id in (CONNECTION, PROJECT):
        desk.see(object_id, status=READY_STATUS)
    ladder = desk.ladders["HarborRobot"]
    ladder.verdicts = WAITS
    handler = desk.handle(ROBOT, desk.see(ROBOT))
    await settle()
    ladder.verdicts = DONE
    desk.see(PROJECT, status={**READY_STATUS, "conditions": []})
    await settle()

    assert summary_of(handler.result()) == ("True", "Succeeded")
    assert ladder.looks == 2


@pytest.mark.parametrize(
    ("project", "seconds"),
    [
        pytest.param(None, SHORT_SECONDS, id="short for one that is not there"),
        pytest.param(NOT_READY, SHORT_SECONDS, id="short for one that says it is not Ready"),
        pytest.param({}, LONG_SECONDS, id="long for one that is being made"),
    ],
)
async def test_how_long_a_new_object_waits_for_a_project(
    desk: ControlDesk, project: dict[str, Any] | None, seconds: float
) -> None:
    desk.see(CONNECTION, status=READY_STATUS)
    desk.ladders["HarborRobot"].verdicts = WAITS
    if project is not None:
        desk.see(PROJECT, status=project)
    handler = desk.handle(ROBOT, desk.see(ROBOT))

    await desk.clock.skip(seconds - BLINK)
    before = handler.done()
    await desk.clock.skip(BLINK * 2)

    assert not before
    assert summary_of(handler.result()) == ("False", "WaitingForProject")


async def test_one_reference_in_the_making_does_not_excuse_a_missing_one(
    desk: ControlDesk,
) -> None:
    desk.see(CONNECTION)
    handler = desk.handle(ROBOT, desk.see(ROBOT))

    await desk.clock.skip(SHORT_SECONDS + BLINK)

    assert handler.done()


async def test_a_deletion_that_waits_for_its_users_reports_soon(desk: ControlDesk) -> None:
    desk.see(CONNECTION, status=READY_STATUS)
    desk.ladders["HarborProject"].verdicts = waiting(Reason.IN_USE, "A robot is left.")
    leaving = {"deletionTimestamp": "2026-03-01T11:00:00Z", "finalizers": [FINALIZER]}
    handler = desk.handle(PROJECT, desk.see(PROJECT, status=READY_STATUS, **leaving))

    await desk.clock.skip(SHORT_SECONDS + BLINK)

    assert handler.done()
    assert summary_of(handler.result()) == ("False", "InUse")


async def test_an_object_that_has_reported_before_is_looked_at_at_once(desk: ControlDesk) -> None:
    handler = desk.handle(ROBOT, desk.see(ROBOT, status=NOT_READY))

    await settle()

    assert handler.done()
    assert desk.looks() == {"HarborRobot": 1}


async def test_one_who_waits_takes_nobody_elses_place(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = ControlDesk(LoopClock(monkeypatch), workers=1)
    waiting_robot = desk.handle(ROBOT, desk.see(ROBOT))
    await settle()
    other = ObjectId("ClusterHarborConnection", "", "other")
    handler = desk.handle(other, desk.see(other))
    await settle()

    assert not waiting_robot.done()
    assert summary_of(handler.result()) == ("True", "Succeeded")
    waiting_robot.cancel()
    await asyncio.gather(waiting_robot, return_exceptions=True)


async def test_no_more_handlers_reconcile_at_once_than_there_are_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = ControlDesk(LoopClock(monkeypatch), workers=2)
    ladder = desk.ladders["HarborRobot"]
    ladder.gate = asyncio.Event()
    robots = [ObjectId("HarborRobot", "team", f"r{number}") for number in range(5)]
    handlers = [desk.handle(robot, desk.see(robot, status=NOT_READY)) for robot in robots]
    await settle()
    ladder.gate.set()
    await asyncio.gather(*handlers)

    assert (ladder.looks, ladder.most_inside) == (5, 2)


async def test_a_handler_that_is_cut_off_leaves_its_object_to_the_queue(
    desk: ControlDesk,
) -> None:
    handler = desk.handle(ROBOT, desk.see(ROBOT))
    await settle()
    handler.cancel()
    await asyncio.gather(handler, return_exceptions=True)
    desk.control.wake(ROBOT)

    await desk.work()

    assert desk.looks() == {"HarborRobot": 1}


async def test_an_object_does_not_wait_for_what_it_makes_itself(desk: ControlDesk) -> None:
    desk.see(PROJECT, status=READY_STATUS)
    spec = {"robotRef": None, "projectRefs": [{"name": PROJECT.name}]}
    handler = desk.handle(PULL_SECRET, desk.see(PULL_SECRET, spec=spec))

    await settle()

    assert summary_of(handler.result()) == ("True", "Succeeded")
