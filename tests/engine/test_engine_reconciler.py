"""The one reconcile: what becomes of the status when things go well and when they do not."""

import asyncio
from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_RECONCILE
from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.core.plan import blocked, waiting
from harbor_operator.engine.faults import Blocked, Outdated, Waiting
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.outcome import LONGEST_PAUSE, Course
from harbor_operator.engine.reconciler import MAX_RESTARTS, Outcome, Reconciler
from harbor_operator.harbor.errors import AuthenticationFailed, Exchange, Unreachable
from harbor_operator.kube.errors import Operation, Unavailable
from harbor_operator.kube.resources import JsonObject
from tests.support.custom_resources import AnyKind
from tests.support.engine_world import (
    READY_STATUS,
    THEN,
    condition,
    custom_resource,
    no_jitter,
    ports_over,
)
from tests.support.fake_cluster import FakeCluster
from tests.support.log_lines import LogLines
from tests.support.loop_clock import settle
from tests.support.toy_kind import Ladder

CANARY = "canary-Password-8Zq"
APP = ObjectId("HarborProject", "team", "app")
TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN
UNREACHABLE = Unreachable("gone", Exchange("GET", "/projects"))
API_AWAY = Unavailable(Operation("get"), "gone", reason="Gone")
WAITS = Waiting(Reason.WAITING_FOR_PROJECT, "HarborProject app is not there.")
BLOCKS = Blocked(Reason.NAME_CONFLICT, "The name is somebody else's.")


class Bench:
    """A reconciler, and a ladder that stands for every object."""

    def __init__(self, definition: AnyKind = PROJECTS) -> None:
        self.kube = FakeCluster()
        self.ports = ports_over(self.kube)
        self.ladder = Ladder()
        self.kind = self.ladder.kind(definition)
        self.reconciler = Reconciler(self.ports, jitter=no_jitter)
        self.in_trouble: list[ObjectId] = []
        self.reconciler.on_harbor_trouble = self.in_trouble.append

    async def reconcile(self, body: JsonObject) -> Outcome:
        """Reconcile an object that is in the cluster."""
        stored = self.kube.put(kube_resource(self.kind.definition), body)
        return await self.reconciler.reconcile(self.kind, stored)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def ready_app(**metadata: Any) -> JsonObject:  # noqa: ANN401 -- fields of ObjectMeta
    return custom_resource(PROJECTS, status=READY_STATUS, **metadata)


def conditions_of(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(c["type"], c["status"], c["reason"]) for c in outcome.status["conditions"]]


async def test_a_new_object_is_brought_in_line_and_says_so(bench: Bench) -> None:
    bench.ladder.rungs, bench.ladder.report = 2, {"repositoryCount": 0}

    outcome = await bench.reconcile(custom_resource(PROJECTS))

    assert bench.ladder.climbed == 2
    assert conditions_of(outcome) == [("Ready", "True", "Succeeded")]
    assert outcome.status["observedGeneration"] == 1
    assert outcome.status["repositoryCount"] == 0


async def test_an_object_at_rest_gets_no_write(bench: Bench) -> None:
    first = await bench.reconcile(custom_resource(PROJECTS))
    again = await bench.reconcile(custom_resource(PROJECTS, status=first.status))

    assert (again.status, again.delay) == ({}, None)


async def test_only_what_differs_is_written(bench: Bench) -> None:
    first = await bench.reconcile(custom_resource(PROJECTS))
    bench.ladder.report = {"repositoryCount": 3}
    again = await bench.reconcile(custom_resource(PROJECTS, status=first.status))

    assert again.status == {"repositoryCount": 3}


async def test_a_new_generation_is_spoken_of(bench: Bench) -> None:
    outcome = await bench.reconcile(ready_app(generation=2))

    (ready,) = outcome.status["conditions"]
    assert outcome.status["observedGeneration"] == 2
    assert (ready["observedGeneration"], ready["lastTransitionTime"][:10]) == (
        2,
        THEN.date().isoformat(),
    )


@pytest.mark.parametrize(
    ("recheck", "delay"),
    [
        pytest.param(None, None, id="never, until something wakes it"),
        pytest.param(30.0, 30.0, id="when the plan says"),
    ],
)
async def test_when_an_object_at_rest_is_looked_at_again(
    bench: Bench, recheck: float | None, delay: float | None
) -> None:
    bench.ladder.recheck_seconds = recheck

    assert (await bench.reconcile(custom_resource(PROJECTS))).delay == delay


@pytest.mark.parametrize(
    ("verdicts", "course"),
    [
        pytest.param(waiting(Reason.PROGRESSING, "Later."), Course.WAITING, id="that waits"),
        pytest.param(blocked(Reason.NAME_CONFLICT, "No."), Course.BLOCKED, id="that is Stalled"),
    ],
)
async def test_a_plan_that_names_no_time_is_looked_at_again_all_the_same(
    bench: Bench, verdicts: tuple[Any, ...], course: Course
) -> None:
    bench.ladder.verdicts = verdicts

    assert (await bench.reconcile(custom_resource(PROJECTS))).delay == LONGEST_PAUSE[course]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        pytest.param(Reason.WAITING_FOR_PROJECT, True, id="a project"),
        pytest.param(Reason.WAITING_FOR_ROBOT, True, id="a robot"),
        pytest.param(Reason.IN_USE, True, id="those that use it"),
        pytest.param(Reason.HARBOR_UNREACHABLE, False, id="Harbor, which is no object"),
    ],
)
async def test_whether_an_object_waits_for_another_one(
    bench: Bench, reason: Reason, *, expected: bool
) -> None:
    bench.ladder.verdicts = waiting(reason, "Not yet.")

    assert (await bench.reconcile(custom_resource(PROJECTS))).waiting is expected


@pytest.mark.parametrize(
    ("error", "reason", "is_waiting"),
    [
        pytest.param(WAITS, "WaitingForProject", True, id="while it waits"),
        pytest.param(UNREACHABLE, "HarborUnreachable", False, id="while Harbor is down"),
        pytest.param(API_AWAY, "Progressing", False, id="while the API server is away"),
    ],
)
async def test_a_new_object_says_what_it_waits_for(
    bench: Bench, error: Exception, reason: str, *, is_waiting: bool
) -> None:
    bench.ladder.fail_on("observe", error)

    outcome = await bench.reconcile(custom_resource(PROJECTS))

    assert conditions_of(outcome) == [
        ("Ready", "False", reason),
        ("Reconciling", "True", reason),
    ]
    assert outcome.status["observedGeneration"] == 1
    assert outcome.waiting is is_waiting
    assert outcome.delay is not None


@pytest.mark.parametrize("step", ["open", "observe", "act"])
@pytest.mark.parametrize("error", [WAITS, UNREACHABLE, API_AWAY], ids=lambda e: type(e).__name__)
async def test_what_passes_by_itself_costs_a_ready_object_no_write(
    bench: Bench, step: str, error: Exception
) -> None:
    bench.ladder.rungs = 1
    bench.ladder.fail_on(step, error)

    outcome = await bench.reconcile(ready_app())

    assert outcome.status == {}
    assert outcome.delay is not None


async def test_an_object_whose_new_generation_is_not_applied_says_so(bench: Bench) -> None:
    bench.ladder.fail_on("observe", UNREACHABLE)

    outcome = await bench.reconcile(ready_app(generation=2))

    assert conditions_of(outcome)[0] == ("Ready", "False", "HarborUnreachable")
    assert outcome.status["observedGeneration"] == 2


async def test_a_ready_object_that_needs_a_person_says_so(bench: Bench) -> None:
    bench.ladder.fail_on("observe", BLOCKS)

    outcome = await bench.reconcile(ready_app())

    assert conditions_of(outcome) == [
        ("Ready", "False", "NameConflict"),
        ("Stalled", "True", "NameConflict"),
    ]
    assert outcome.delay == pytest.approx(LONGEST_PAUSE[Course.BLOCKED], rel=0.25)


async def test_a_connection_says_at_once_that_harbor_is_down() -> None:
    bench = Bench(CONNECTIONS)
    bench.ladder.fail_on("observe", UNREACHABLE)

    outcome = await bench.reconcile(custom_resource(CONNECTIONS, namespace="", status=READY_STATUS))

    assert conditions_of(outcome)[0] == ("Ready", "False", "HarborUnreachable")
    assert bench.in_trouble == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(UNREACHABLE, [APP], id="when Harbor is down"),
        pytest.param(
            AuthenticationFailed("no", Exchange("GET", "/projects", 401)),
            [APP],
            id="when Harbor knows us not",
        ),
        pytest.param(API_AWAY, [], id="not when the API server is away"),
        pytest.param(BLOCKS, [], id="not when a person has to act"),
    ],
)
async def test_when_the_connection_is_to_be_looked_at(
    bench: Bench, error: Exception, expected: list[ObjectId]
) -> None:
    bench.ladder.fail_on("observe", error)

    await bench.reconcile(ready_app())

    assert bench.in_trouble == expected


async def test_pauses_grow_with_each_failure_and_start_anew_after_a_success(
    bench: Bench,
) -> None:
    bench.ladder.fail_on("observe", *[UNREACHABLE] * 3, None, UNREACHABLE)

    delays = [(await bench.reconcile(ready_app())).delay for _ in range(5)]

    assert delays == [0.75, 1.5, 3.0, None, 0.75]


async def test_pauses_start_anew_for_an_object_that_was_made_anew(bench: Bench) -> None:
    bench.ladder.fail_on("observe", *[UNREACHABLE] * 3)
    await bench.reconcile(ready_app())
    await bench.reconcile(ready_app())
    bench.reconciler.forget(APP)

    assert (await bench.reconcile(ready_app())).delay == 0.75


@pytest.mark.parametrize(
    ("before", "status"),
    [
        pytest.param({}, "Unknown", id="a new one"),
        pytest.param(READY_STATUS, "True", id="a Ready one"),
        pytest.param(
            {"conditions": [condition(ConditionType.READY, FALSE)]}, "False", id="one that is not"
        ),
    ],
)
async def test_a_suspended_object_is_left_alone_and_says_so(
    bench: Bench, before: dict[str, Any], status: str
) -> None:
    outcome = await bench.reconcile(
        custom_resource(PROJECTS, spec={"suspend": True}, status=before)
    )

    assert conditions_of(outcome) == [("Ready", status, "Suspended")]
    assert bench.ladder.opened == 0
    assert outcome.delay is None


async def test_a_suspended_connection_is_still_asked() -> None:
    bench = Bench(CONNECTIONS)

    await bench.reconcile(custom_resource(CONNECTIONS, namespace="", spec={"suspend": True}))

    assert bench.ladder.looks == 1


@pytest.mark.parametrize(
    ("spec", "token", "echoed"),
    [
        pytest.param({}, "today", "today", id="is echoed"),
        pytest.param(
            {}, "x" * 2000, "x" * 1024, id="is cut where it is longer than a status holds"
        ),
        pytest.param({"suspend": True}, "today", None, id="waits while the object is suspended"),
    ],
)
async def test_a_request_for_a_reconcile(
    bench: Bench, spec: dict[str, Any], token: str, echoed: str | None
) -> None:
    annotations = {ANNOTATION_RECONCILE: token}

    outcome = await bench.reconcile(custom_resource(PROJECTS, spec=spec, annotations=annotations))

    assert outcome.status.get("lastHandledReconcileAt") == echoed


async def test_what_changed_under_way_is_read_and_looked_at_again_at_once(bench: Bench) -> None:
    bench.ladder.rungs = 1
    bench.ladder.fail_on("act", Outdated(), Outdated())

    outcome = await bench.reconcile(custom_resource(PROJECTS))

    assert conditions_of(outcome) == [("Ready", "True", "Succeeded")]
    assert bench.ladder.opened == 3
    assert [r.verb for r in bench.kube.requests] == ["get", "get"]


async def test_what_keeps_changing_is_left_for_later(bench: Bench) -> None:
    bench.ladder.fail_on("observe", *[Outdated()] * MAX_RESTARTS)

    outcome = await bench.reconcile(custom_resource(PROJECTS))

    assert conditions_of(outcome)[0] == ("Ready", "False", "Progressing")
    assert bench.ladder.looks == MAX_RESTARTS


async def test_an_object_that_was_made_anew_under_way_is_not_taken_for_the_old_one(
    bench: Bench,
) -> None:
    old = custom_resource(PROJECTS, uid="uid-old")
    bench.kube.put(kube_resource(PROJECTS), custom_resource(PROJECTS, uid="uid-new"))
    bench.ladder.fail_on("observe", Outdated())

    outcome = await bench.reconciler.reconcile(bench.kind, old)

    assert bench.ladder.opened == 1
    assert conditions_of(outcome)[0] == ("Ready", "False", "Progressing")


async def test_one_object_is_reconciled_once_at_a_time(bench: Bench) -> None:
    bench.ladder.gate = asyncio.Event()
    flights = [asyncio.create_task(bench.reconcile(ready_app())) for _ in range(3)]
    await settle()
    bench.ladder.gate.set()
    await asyncio.gather(*flights)

    assert (bench.ladder.looks, bench.ladder.most_inside) == (3, 1)


async def test_different_objects_do_not_wait_for_each_other(bench: Bench) -> None:
    bench.ladder.gate = asyncio.Event()
    bodies = [custom_resource(PROJECTS, name) for name in "abc"]
    flights = [asyncio.create_task(bench.reconcile(body)) for body in bodies]
    await settle()
    bench.ladder.gate.set()
    await asyncio.gather(*flights)

    assert bench.ladder.most_inside == 3


async def test_a_defect_is_told_without_what_it_held(bench: Bench, log_lines: LogLines) -> None:
    bench.ladder.fail_on("observe", KeyError(CANARY))

    outcome = await bench.reconcile(ready_app())

    assert conditions_of(outcome) == [("Ready", "Unknown", "InternalError")]
    assert CANARY not in f"{outcome.status}"
    (line,) = log_lines.of("ERROR")
    assert (line["message"], line["name"]) == ("KeyError", "app")
    assert "Traceback" in line["traceback"]
    assert outcome.delay is not None
