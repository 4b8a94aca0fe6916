"""Events about Ready: one for each change of mind, none for what is no news."""

from collections.abc import Mapping
from typing import Any

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import PROJECTS
from harbor_operator.engine.context import Ports
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.transitions import Transitions
from harbor_operator.kube.resources import EVENTS
from tests.support.engine_world import Told, condition, custom_resource, events_of, ports_over
from tests.support.fake_cluster import FakeCluster

Status = Mapping[str, Any]

APP = ObjectId("HarborProject", "team", "app")
TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN


def status_of(status: ConditionStatus, reason: Reason, *, stalled: bool = False) -> Status:
    conditions = [condition(ConditionType.READY, status, reason)]
    if stalled:
        conditions.append(condition(ConditionType.STALLED, TRUE, reason))
    return {"conditions": conditions}


NEW: Status = {}
FINE = status_of(TRUE, Reason.SUCCEEDED)
DOWN = status_of(FALSE, Reason.HARBOR_UNREACHABLE)
STALLED = status_of(FALSE, Reason.NAME_CONFLICT, stalled=True)
ON_THE_WAY = status_of(FALSE, Reason.WAITING_FOR_PROJECT)
BROKEN = status_of(UNKNOWN, Reason.INTERNAL_ERROR)


@pytest.fixture
def kube() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def ports(kube: FakeCluster) -> Ports:
    return ports_over(kube)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(NEW, FINE, [], id="the first success speaks for itself"),
        pytest.param(NEW, ON_THE_WAY, [], id="a new object that waits is no news"),
        pytest.param(NEW, DOWN, [], id="a new object that meets a dead Harbor is no news"),
        pytest.param(
            NEW, STALLED, [("Warning", "NameConflict")], id="a new object that is Stalled is news"
        ),
        pytest.param(ON_THE_WAY, FINE, [], id="the end of being made speaks for itself"),
        pytest.param(
            FINE, DOWN, [("Warning", "HarborUnreachable")], id="no longer being Ready is news"
        ),
        pytest.param(DOWN, FINE, [("Normal", "Succeeded")], id="a recovery is news"),
        pytest.param(
            STALLED, FINE, [("Normal", "Succeeded")], id="the end of being Stalled is news"
        ),
        pytest.param(DOWN, STALLED, [("Warning", "NameConflict")], id="becoming Stalled is news"),
        pytest.param(
            FINE, BROKEN, [("Warning", "InternalError")], id="a defect on a Ready object is news"
        ),
        pytest.param(FINE, FINE, [], id="still Ready is no news"),
        pytest.param(STALLED, STALLED, [], id="still Stalled is no news"),
        pytest.param(DOWN, ON_THE_WAY, [], id="another reason to wait is no news"),
    ],
)
async def test_what_is_news(
    ports: Ports,
    kube: FakeCluster,
    before: Status,
    after: Status,
    expected: list[tuple[str, str]],
) -> None:
    body = custom_resource(PROJECTS, status=before)

    Transitions(ports.recorder).written(APP, body, after)

    assert await events_of(ports, kube) == [
        Told(type_, reason, "app", "As before.") for type_, reason in expected
    ]


async def test_a_change_is_told_once_although_the_body_is_still_the_old_one(
    ports: Ports, kube: FakeCluster
) -> None:
    transitions = Transitions(ports.recorder)
    body = custom_resource(PROJECTS, status=FINE)

    transitions.written(APP, body, DOWN)
    transitions.written(APP, body, DOWN)

    assert [told.reason for told in await events_of(ports, kube)] == ["HarborUnreachable"]


async def test_each_change_of_a_row_is_told_in_order(ports: Ports, kube: FakeCluster) -> None:
    transitions = Transitions(ports.recorder)
    body = custom_resource(PROJECTS)

    for status in (FINE, DOWN, DOWN, FINE, STALLED):
        transitions.written(APP, body, status)

    assert [told.reason for told in await events_of(ports, kube)] == [
        "HarborUnreachable",
        "Succeeded",
        "NameConflict",
    ]


async def test_a_status_without_conditions_tells_nothing(ports: Ports, kube: FakeCluster) -> None:
    body = custom_resource(PROJECTS, status=FINE)

    Transitions(ports.recorder).written(APP, body, {"repositoryCount": 3})

    assert await events_of(ports, kube) == []


async def test_an_object_of_the_same_name_starts_anew(ports: Ports, kube: FakeCluster) -> None:
    transitions = Transitions(ports.recorder)
    body = custom_resource(PROJECTS)
    transitions.written(APP, body, DOWN)
    transitions.forget(APP)

    transitions.written(APP, body, FINE)

    assert await events_of(ports, kube) == []


async def test_an_event_names_the_object_by_its_uid(ports: Ports, kube: FakeCluster) -> None:
    Transitions(ports.recorder).written(APP, custom_resource(PROJECTS, status=FINE), DOWN)
    await ports.recorder.close()

    (event,) = kube.objects(EVENTS)

    assert event["regarding"] == {
        "apiVersion": "harbor-operator.dev/v1alpha1",
        "kind": "HarborProject",
        "name": "app",
        "namespace": "team",
        "uid": "uid-app",
    }
