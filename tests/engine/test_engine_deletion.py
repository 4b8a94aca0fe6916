"""Objects that are being deleted, and objects whose spec cannot be read."""

import logging
from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_ABANDON
from harbor_operator.api.conditions import Reason
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.core.plan import waiting
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Blocked, Waiting
from harbor_operator.engine.reconciler import Outcome, Reconciler
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.kube.resources import JsonObject
from tests.support.engine_world import (
    READY_STATUS,
    Told,
    custom_resource,
    events_of,
    no_jitter,
    ports_over,
)
from tests.support.fake_cluster import FakeCluster
from tests.support.toy_kind import Ladder

CANARY = "canary-Password-8Zq"
DELETED_AT = "2026-03-01T11:00:00Z"
UNREACHABLE = Unreachable("gone", Exchange("DELETE", "/projects/{id}"))
ABANDONED: dict[str, Any] = {"annotations": {ANNOTATION_ABANDON: "true"}}


@pytest.fixture
def kube() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def ports(kube: FakeCluster) -> Ports:
    return ports_over(kube)


@pytest.fixture
def ladder() -> Ladder:
    return Ladder(verdicts=())


def leaving(**metadata: Any) -> JsonObject:  # noqa: ANN401 -- fields of ObjectMeta
    return custom_resource(PROJECTS, status=READY_STATUS, deletionTimestamp=DELETED_AT, **metadata)


def conditions_of(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(c["type"], c["status"], c["reason"]) for c in outcome.status["conditions"]]


async def reconcile(ports: Ports, ladder: Ladder, body: JsonObject) -> Outcome:
    return await Reconciler(ports, jitter=no_jitter).reconcile(ladder.kind(PROJECTS), body)


async def test_a_deletion_is_finished_when_nothing_is_left_to_clean_up(
    ports: Ports, ladder: Ladder
) -> None:
    ladder.rungs = 2

    outcome = await reconcile(ports, ladder, leaving())

    assert outcome == Outcome(finished=True)
    assert ladder.climbed == 2


async def test_a_deletion_works_while_the_object_is_suspended(ports: Ports, ladder: Ladder) -> None:
    body = leaving()
    body["spec"]["suspend"] = True

    assert (await reconcile(ports, ladder, body)).finished


async def test_a_deletion_that_waits_says_why(ports: Ports, ladder: Ladder) -> None:
    ladder.verdicts = waiting(Reason.PROJECT_NOT_EMPTY, "Three repositories are left.")

    outcome = await reconcile(ports, ladder, leaving())

    assert not outcome.finished
    assert conditions_of(outcome)[0] == ("Ready", "False", "ProjectNotEmpty")
    assert outcome.summary == "Three repositories are left."


async def test_a_deletion_that_harbor_holds_up_says_so_although_the_object_was_ready(
    ports: Ports, ladder: Ladder
) -> None:
    ladder.fail_on("observe", UNREACHABLE)

    outcome = await reconcile(ports, ladder, leaving())

    assert not outcome.finished
    assert conditions_of(outcome) == [
        ("Ready", "False", "WaitingForHarbor"),
        ("Reconciling", "True", "WaitingForHarbor"),
    ]
    assert outcome.delay is not None
    assert "does not answer" in outcome.summary


async def test_a_deletion_that_a_kind_holds_up_gives_the_kinds_own_reason(
    ports: Ports, ladder: Ladder
) -> None:
    ladder.fail_on("observe", Waiting(Reason.PROJECT_NOT_EMPTY, "New repositories came."))

    outcome = await reconcile(ports, ladder, leaving())

    assert conditions_of(outcome)[0] == ("Ready", "False", "ProjectNotEmpty")


async def test_a_deletion_that_needs_a_person_is_stalled(ports: Ports, ladder: Ladder) -> None:
    ladder.fail_on("observe", Blocked(Reason.PERMISSION_DENIED, "Give it more rights."))

    outcome = await reconcile(ports, ladder, leaving())

    assert conditions_of(outcome)[1] == ("Stalled", "True", "PermissionDenied")
    assert outcome.summary == "Give it more rights."


async def test_an_abandoned_object_goes_and_an_event_says_what_stays_behind(
    ports: Ports, kube: FakeCluster, ladder: Ladder
) -> None:
    ladder.verdicts = waiting(Reason.PROJECT_NOT_EMPTY, "Three repositories are left.")

    outcome = await reconcile(ports, ladder, leaving(**ABANDONED))

    note = "Let go, with this left behind: Three repositories are left."
    assert outcome == Outcome(finished=True)
    assert await events_of(ports, kube) == [Told("Warning", "Abandoned", "app", note)]


async def test_an_abandoned_object_goes_while_harbor_is_down(
    ports: Ports, kube: FakeCluster, ladder: Ladder
) -> None:
    ladder.fail_on("observe", UNREACHABLE)

    outcome = await reconcile(ports, ladder, leaving(**ABANDONED))

    assert outcome == Outcome(finished=True)
    assert [told.reason for told in await events_of(ports, kube)] == ["Abandoned"]


async def test_nothing_is_left_behind_where_an_abandoned_object_was_cleaned_up(
    ports: Ports, kube: FakeCluster, ladder: Ladder
) -> None:
    outcome = await reconcile(ports, ladder, leaving(**ABANDONED))

    assert outcome.finished
    assert await events_of(ports, kube) == []


@pytest.mark.parametrize("value", ["yes", "True", ""])
async def test_only_the_word_true_lets_an_object_go(
    ports: Ports, ladder: Ladder, value: str
) -> None:
    ladder.fail_on("observe", UNREACHABLE)

    outcome = await reconcile(ports, ladder, leaving(annotations={ANNOTATION_ABANDON: value}))

    assert not outcome.finished


async def test_an_object_that_is_not_being_deleted_is_never_let_go(
    ports: Ports, ladder: Ladder
) -> None:
    ladder.fail_on("observe", UNREACHABLE)
    body = custom_resource(PROJECTS, status=READY_STATUS, **ABANDONED)

    assert not (await reconcile(ports, ladder, body)).finished


def unreadable(**metadata: Any) -> JsonObject:  # noqa: ANN401 -- fields of ObjectMeta
    body = custom_resource(PROJECTS, status=READY_STATUS, **metadata)
    body["spec"]["visibility"] = "Translucent"
    return body


async def test_an_object_whose_spec_cannot_be_read_is_stalled(ports: Ports, ladder: Ladder) -> None:
    outcome = await reconcile(ports, ladder, unreadable(generation=2))

    assert conditions_of(outcome) == [
        ("Ready", "False", "InvalidSpec"),
        ("Stalled", "True", "InvalidSpec"),
    ]
    assert outcome.status["observedGeneration"] == 2
    assert outcome.delay is not None
    assert ladder.opened == 0


async def test_an_unreadable_object_is_not_written_again_while_nothing_changes(
    ports: Ports, ladder: Ladder
) -> None:
    body = unreadable()
    first = await reconcile(ports, ladder, body)
    body["status"].update(first.status)
    body["status"]["conditions"] = [
        {**written, "lastTransitionTime": "2026-02-01T12:00:00Z"}
        for written in first.status["conditions"]
    ]

    assert (await reconcile(ports, ladder, body)).status == {}


async def test_an_unreadable_object_holds_up_its_deletion_and_says_why(
    ports: Ports, ladder: Ladder
) -> None:
    outcome = await reconcile(ports, ladder, unreadable(deletionTimestamp=DELETED_AT))

    assert not outcome.finished
    assert "cannot be read" in outcome.summary


async def test_an_unreadable_object_can_be_let_go(
    ports: Ports, kube: FakeCluster, ladder: Ladder
) -> None:
    body = unreadable(deletionTimestamp=DELETED_AT, **ABANDONED)

    outcome = await reconcile(ports, ladder, body)

    assert outcome == Outcome(finished=True)
    assert [told.reason for told in await events_of(ports, kube)] == ["Abandoned"]


async def test_what_a_spec_wrongly_holds_is_not_logged(
    ports: Ports, ladder: Ladder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    body = custom_resource(CONNECTIONS, namespace="", spec={"caBundle": CANARY})

    await Reconciler(ports, jitter=no_jitter).reconcile(ladder.kind(CONNECTIONS), body)

    assert "caBundle" in caplog.text
    assert CANARY not in caplog.text
