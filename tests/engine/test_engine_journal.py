"""One log line for each look that changed something, none for those that did not."""

from collections.abc import Mapping
from typing import Any

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import PROJECTS
from harbor_operator.core.plan import blocked
from harbor_operator.engine.faults import Blocked, Waiting
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.reconciler import Outcome, Reconciler
from harbor_operator.harbor.errors import Exchange, OutcomeUnknown, Unreachable
from tests.support.custom_resources import Json
from tests.support.engine_world import READY_STATUS, custom_resource, no_jitter, ports_over
from tests.support.fake_cluster import FakeCluster
from tests.support.log_lines import LogLines
from tests.support.toy_kind import Ladder

APP = ObjectId("HarborProject", "team", "app")
AWAY = Unreachable("gone", Exchange("GET", "/projects", 502, "req-1"))
WAITS = Waiting(Reason.WAITING_FOR_PROJECT, "HarborProject app is not there.")
BLOCKS = Blocked(Reason.NAME_CONFLICT, "The name is somebody else's.")


class Bench:
    """A reconciler of one object whose status is written as it says."""

    def __init__(self) -> None:
        self.kube = FakeCluster()
        self.ladder = Ladder()
        self.reconciler = Reconciler(ports_over(self.kube), jitter=no_jitter)

    async def reconcile(
        self,
        status: Mapping[str, Any] | None = None,
        **metadata: Any,  # noqa: ANN401 -- JSON
    ) -> Outcome:
        body = custom_resource(PROJECTS, status=status, **metadata)
        stored = self.kube.put(kube_resource(PROJECTS), body)
        return await self.reconciler.reconcile(self.ladder.kind(PROJECTS), stored)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def about(**fields: object) -> Json:
    """A line about the object, beside what it says."""
    return {
        "level": "INFO",
        "logger": "harbor_operator.engine.telemetry.journal",
        "kind": "HarborProject",
        "namespace": "team",
        "name": "app",
        "generation": 1,
        **fields,
    }


async def test_an_object_at_rest_is_not_talked_about(bench: Bench, log_lines: LogLines) -> None:
    for _ in range(3):
        await bench.reconcile(READY_STATUS)

    assert log_lines.lines == []


async def test_a_first_success_is_one_line_with_all_that_was_done(
    bench: Bench, log_lines: LogLines
) -> None:
    bench.ladder.rungs = 2

    await bench.reconcile()

    assert log_lines.told() == [
        about(message="Ready is True, Succeeded: At the top.", action="Climb, Climb")
    ]


async def test_what_was_put_right_while_all_stayed_ready_is_one_line(
    bench: Bench, log_lines: LogLines
) -> None:
    bench.ladder.rungs = 1

    await bench.reconcile(READY_STATUS)

    assert log_lines.told() == [about(message="Done: Climb", action="Climb")]


async def test_a_change_is_told_once_although_the_body_is_still_the_old_one(
    bench: Bench, log_lines: LogLines
) -> None:
    for _ in range(3):
        await bench.reconcile()

    assert len(log_lines.lines) == 1


async def test_an_object_of_the_same_name_is_talked_about_anew(
    bench: Bench, log_lines: LogLines
) -> None:
    await bench.reconcile()
    bench.reconciler.forget(APP)
    await bench.reconcile()

    assert len(log_lines.lines) == 2


async def test_what_waits_for_a_person_is_a_warning(bench: Bench, log_lines: LogLines) -> None:
    bench.ladder.verdicts = blocked(Reason.NAME_CONFLICT, "Taken.")

    await bench.reconcile()

    assert log_lines.told() == [
        about(level="WARNING", message="Ready is False, NameConflict: Taken.")
    ]


@pytest.mark.parametrize(
    ("error", "level"), [(AWAY, "INFO"), (WAITS, "INFO"), (BLOCKS, "WARNING")], ids=repr
)
async def test_a_lasting_failure_is_one_line(
    bench: Bench, log_lines: LogLines, error: Exception, level: str
) -> None:
    bench.ladder.fail_on("observe", *[error] * 3)

    for _ in range(3):
        await bench.reconcile()

    assert [line["level"] for line in log_lines.lines] == [level]


async def test_a_failure_at_harbor_names_the_request(bench: Bench, log_lines: LogLines) -> None:
    bench.ladder.fail_on("observe", AWAY)

    await bench.reconcile(READY_STATUS)

    (line,) = log_lines.lines
    assert line["harbor_request_id"] == "req-1"
    assert line["message"].startswith("HarborUnreachable: ")


async def test_what_was_done_before_a_failure_is_told_with_it(
    bench: Bench, log_lines: LogLines
) -> None:
    bench.ladder.rungs = 2
    lost = OutcomeUnknown("lost", Exchange("POST", "/projects"))
    bench.ladder.fail_on("act", None, lost)

    await bench.reconcile()

    (line,) = log_lines.lines
    assert line["action"] == "Climb"
    assert line["message"].startswith("CreateResultUnknown: ")


async def test_the_end_of_a_failure_is_told_where_ready_changes(
    bench: Bench, log_lines: LogLines
) -> None:
    bench.ladder.fail_on("observe", AWAY)

    first = await bench.reconcile()
    await bench.reconcile(first.status)

    assert [line["message"].partition(":")[0] for line in log_lines.lines] == [
        "HarborUnreachable",
        "Ready is True, Succeeded",
    ]


async def test_the_end_of_a_deletion_is_told_once(bench: Bench, log_lines: LogLines) -> None:
    bench.ladder.rungs, bench.ladder.verdicts = 1, ()

    for _ in range(2):
        outcome = await bench.reconcile(
            READY_STATUS, deletionTimestamp="2026-03-01T12:00:00Z", finalizers=["x"]
        )

    assert outcome.finished
    assert log_lines.told() == [
        about(message="Nothing is left to clean up, the object may go.", action="Climb")
    ]
