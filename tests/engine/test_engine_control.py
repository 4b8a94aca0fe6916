"""The work of the queue: what is looked at, when again, and what is written then."""

import asyncio
import logging

import pytest

from harbor_operator.api.base import ANNOTATION_ABANDON, FINALIZER
from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.engine.control import ARRIVAL_SECONDS, RETRY_SECONDS
from harbor_operator.engine.objects import ObjectId
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.kube.errors import Operation, Unavailable
from tests.support.control_desk import PROJECT, ROBOT, ControlDesk
from tests.support.engine_world import READY_STATUS, condition
from tests.support.log_lines import LogLines
from tests.support.loop_clock import LoopClock, settle

API_AWAY = Unavailable(Operation("get"), "gone", reason="Gone")
UNREACHABLE = Unreachable("gone", Exchange("GET", "/projects"))
DELETED_AT = "2026-03-01T11:00:00Z"
NOT_READY = {"conditions": [condition(ConditionType.READY, ConditionStatus.FALSE)]}


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> ControlDesk:
    return ControlDesk(LoopClock(monkeypatch))


async def test_an_object_that_is_woken_gets_one_status_write(desk: ControlDesk) -> None:
    desk.see(PROJECT)
    desk.control.wake(PROJECT)

    await desk.work()

    (write,) = desk.writes(PROJECT)
    assert write.sent["status"]["observedGeneration"] == 1
    assert write.sent["status"]["conditions"][0]["status"] == "True"


async def test_an_object_that_is_in_line_gets_no_write(desk: ControlDesk) -> None:
    desk.see(PROJECT)
    desk.control.wake(PROJECT)
    await desk.work()
    desk.control.wake(PROJECT)
    await desk.work()

    assert desk.looks() == {"HarborProject": 2}
    assert len(desk.writes(PROJECT)) == 1


async def test_an_object_is_looked_at_again_when_its_plan_says(desk: ControlDesk) -> None:
    desk.see(PROJECT)
    desk.ladders["HarborProject"].recheck_seconds = 60
    desk.control.wake(PROJECT)

    async with desk.working():
        await settle()
        before = desk.looks()
        await desk.clock.skip(61)

    assert (before, desk.looks()) == ({"HarborProject": 1}, {"HarborProject": 2})


async def test_an_object_that_is_gone_is_left_in_peace(desk: ControlDesk) -> None:
    desk.control.wake(PROJECT)

    await desk.work()

    assert desk.looks() == {}
    assert desk.writes(PROJECT) == []


@pytest.mark.parametrize("verb", ["get", "patch"])
async def test_what_the_api_server_did_not_do_is_tried_again(
    desk: ControlDesk, verb: str, log_lines: LogLines
) -> None:
    desk.see(PROJECT)
    desk.kube.fail_on(verb, API_AWAY)
    desk.control.wake(PROJECT)

    async with desk.working():
        await settle()
        await desk.clock.skip(RETRY_SECONDS + 0.1)

    (warning,) = log_lines.of("WARNING")
    assert ObjectId(warning["kind"], warning["namespace"], warning["name"]) == PROJECT
    assert desk.writes(PROJECT)[-1].sent["status"]["observedGeneration"] == 1


async def test_a_defect_in_one_look_ends_nobody_elses(
    desk: ControlDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.see(PROJECT)
    desk.see(ROBOT)
    desk.kube.fail_on("get", RuntimeError("defect"))

    async with desk.working():
        desk.control.wake(PROJECT)
        await settle()
        desk.control.wake(ROBOT)
        await settle()

    assert desk.looks() == {"HarborRobot": 1}
    assert [r.exc_info is not None for r in caplog.records if r.levelno == logging.ERROR] == [True]


@pytest.mark.parametrize("workers", [1, 4], ids=["while all are busy", "while others are idle"])
async def test_a_wake_up_during_a_look_leads_to_another_look(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    desk = ControlDesk(LoopClock(monkeypatch), workers=workers)
    ladder = desk.ladders["HarborProject"]
    ladder.recheck_seconds, ladder.gate = 600, asyncio.Event()
    desk.see(PROJECT)
    desk.control.wake(PROJECT)

    async with desk.working():
        await settle()
        desk.control.wake(PROJECT)
        await settle()
        ladder.gate.set()
        await settle()
        await desk.clock.skip(ARRIVAL_SECONDS)

    assert (ladder.looks, ladder.most_inside) == (2, 1)


async def test_what_kopf_is_about_to_write_is_not_written_by_the_queue(desk: ControlDesk) -> None:
    body = desk.see(PROJECT, status=NOT_READY)
    outcome = await desk.handle(PROJECT, body)
    desk.control.wake(PROJECT)

    async with desk.working():
        await settle()
        under_way = desk.looks()
        desk.see(PROJECT, status=outcome.status)
        await desk.clock.skip(ARRIVAL_SECONDS * 2)

    assert under_way == {"HarborProject": 1}
    assert desk.looks() == {"HarborProject": 2}
    assert desk.writes(PROJECT) == []


async def test_what_kopf_never_wrote_is_written_by_the_queue(desk: ControlDesk) -> None:
    body = desk.see(PROJECT, status=NOT_READY)
    await desk.handle(PROJECT, body)
    desk.control.wake(PROJECT)

    async with desk.working():
        await settle()
        await desk.clock.skip(RETRY_SECONDS + ARRIVAL_SECONDS)

    (write,) = desk.writes(PROJECT)
    assert write.sent["status"]["conditions"][0]["status"] == "True"


async def test_a_handler_that_was_woken_under_way_is_followed_by_a_look(
    desk: ControlDesk,
) -> None:
    ladder = desk.ladders["HarborProject"]
    ladder.recheck_seconds, ladder.gate = 600, asyncio.Event()
    handler = desk.handle(PROJECT, desk.see(PROJECT, status=READY_STATUS))
    await settle()
    desk.control.wake(PROJECT)
    ladder.gate.set()
    desk.see(PROJECT, status=(await handler).status)

    await desk.work()

    assert ladder.looks == 2


async def test_a_handler_that_fails_is_followed_by_a_look_after_its_pause(
    desk: ControlDesk,
) -> None:
    desk.ladders["HarborProject"].fail_on("observe", UNREACHABLE)
    await desk.handle(PROJECT, desk.see(PROJECT, status=READY_STATUS))

    async with desk.working():
        await settle()
        before = desk.looks()
        await desk.clock.skip(1)

    assert (before, desk.looks()) == ({"HarborProject": 1}, {"HarborProject": 2})


async def test_a_deletion_that_is_over_lets_the_object_go(desk: ControlDesk) -> None:
    desk.ladders["HarborProject"].verdicts = ()
    desk.see(PROJECT, deletionTimestamp=DELETED_AT, finalizers=["theirs", FINALIZER])
    desk.control.wake(PROJECT)

    await desk.work()

    (write,) = desk.writes(PROJECT)
    assert write.sent["metadata"]["finalizers"] == ["theirs"]


async def test_an_unreadable_object_that_is_abandoned_is_let_go_too(desk: ControlDesk) -> None:
    desk.see(
        PROJECT,
        spec={"visibility": "Translucent"},
        deletionTimestamp=DELETED_AT,
        finalizers=[FINALIZER],
        annotations={ANNOTATION_ABANDON: "true"},
    )
    desk.control.wake(PROJECT)

    await desk.work()

    (write,) = desk.writes(PROJECT)
    assert write.sent["metadata"]["finalizers"] == []


async def test_an_object_that_was_let_go_is_not_looked_at(desk: ControlDesk) -> None:
    desk.see(PROJECT, deletionTimestamp=DELETED_AT, finalizers=["theirs"])
    desk.control.wake(PROJECT)

    await desk.work()

    assert desk.looks() == {}
