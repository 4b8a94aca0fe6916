"""Who is woken by what: it only makes a look sooner, and wakes nobody without need."""

from typing import Any

import pytest

from harbor_operator.api.base import (
    ANNOTATION_CONFIRM_REMOVAL,
    ANNOTATION_RECONCILE,
    ANNOTATION_RESUME_ROLLOUT,
    ANNOTATION_REVOKE,
    ANNOTATION_ROTATE,
    FINALIZER,
    LEDGER_TYPE,
)
from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.core.namespaces import Namespace
from harbor_operator.engine.heirs import Heir
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.secrets import Digester, Ownership, compose, summarize
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.kube.resources import ObjectKey
from tests.support.control_desk import CONNECTION, PROJECT, PULL_SECRET, ROBOT, ControlDesk
from tests.support.engine_world import READY_STATUS, condition
from tests.support.loop_clock import LoopClock

UNREACHABLE = Unreachable("gone", Exchange("GET", "/projects"))
OTHER_TARGETS = {"targets": {"namespaces": {"names": ["store-*"]}}}
DELETED_AT = "2026-03-01T11:00:00Z"
NOT_READY = {"conditions": [condition(ConditionType.READY, ConditionStatus.FALSE)]}
ROTATING = {
    "conditions": [
        condition(ConditionType.READY, ConditionStatus.TRUE),
        condition(ConditionType.ROTATING, ConditionStatus.TRUE),
    ]
}


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> ControlDesk:
    return ControlDesk(LoopClock(monkeypatch))


@pytest.mark.parametrize("annotation", [ANNOTATION_RECONCILE, ANNOTATION_ROTATE, ANNOTATION_REVOKE])
async def test_a_new_request_wakes_its_object(desk: ControlDesk, annotation: str) -> None:
    desk.see(ROBOT, status=READY_STATUS)
    desk.see(ROBOT, status=READY_STATUS, annotations={annotation: "today"})

    await desk.work()

    assert desk.looks() == {"HarborRobot": 1}


async def test_a_robot_whose_turn_has_come_is_woken(desk: ControlDesk) -> None:
    desk.see(ROBOT, status=READY_STATUS)
    desk.see(PULL_SECRET, status=READY_STATUS)

    desk.ports.connections.on_turn([f"uid-{ROBOT.name}", "uid-of-one-that-is-gone"])
    await desk.work()

    assert desk.looks() == {"HarborRobot": 1}


async def test_a_request_that_was_there_before_wakes_nobody(desk: ControlDesk) -> None:
    for version in ("1", "2"):
        desk.see(ROBOT, annotations={ANNOTATION_ROTATE: "today"}, resourceVersion=version)

    await desk.work()

    assert desk.looks() == {}


@pytest.mark.parametrize(
    ("before", "after", "woken"),
    [
        pytest.param({}, READY_STATUS, {"HarborRobot": 1}, id="that becomes Ready"),
        pytest.param(READY_STATUS, NOT_READY, {"HarborRobot": 1}, id="that is no longer Ready"),
        pytest.param(READY_STATUS, READY_STATUS, {}, id="only when that is news"),
        pytest.param(
            READY_STATUS, {**READY_STATUS, "repositoryCount": 3}, {}, id="not by its other fields"
        ),
    ],
)
async def test_who_names_a_project_is_woken_by_one(
    desk: ControlDesk, before: dict[str, Any], after: dict[str, Any], woken: dict[str, int]
) -> None:
    desk.see(PROJECT, status=before)
    desk.see(ROBOT)
    desk.see(PROJECT, status=after)

    await desk.work()

    assert desk.looks() == woken


@pytest.mark.parametrize(
    "news",
    [
        pytest.param({"robotID": 7}, id="its id"),
        pytest.param({"username": "robot$team+ci-2"}, id="its user name"),
        pytest.param({"credentialRevision": "1.2"}, id="its secret"),
        pytest.param({"observedGeneration": 2}, id="what it may do"),
    ],
)
async def test_a_pull_secret_is_woken_when_its_robot_changes(
    desk: ControlDesk, news: dict[str, Any]
) -> None:
    desk.see(ROBOT, status=READY_STATUS)
    desk.see(PULL_SECRET)
    desk.see(ROBOT, status={**READY_STATUS, **news})

    await desk.work()

    assert desk.looks() == {"HarborPullSecret": 1}


@pytest.mark.parametrize(
    ("robot", "woken"),
    [
        pytest.param({"status": ROTATING}, {"HarborRobot": 1}, id="that rotates"),
        pytest.param(
            {"status": READY_STATUS, "deletionTimestamp": DELETED_AT, "finalizers": [FINALIZER]},
            {"HarborRobot": 1},
            id="that is being deleted",
        ),
        pytest.param({"status": READY_STATUS}, {}, id="but not one at rest"),
    ],
)
async def test_a_pull_secret_that_has_delivered_wakes_its_robot(
    desk: ControlDesk, robot: dict[str, Any], woken: dict[str, int]
) -> None:
    desk.see(ROBOT, **robot)
    desk.see(PULL_SECRET, status=READY_STATUS)
    desk.see(PULL_SECRET, status={**READY_STATUS, "credentialRevision": "2"})

    await desk.work()

    assert desk.looks() == woken


async def test_who_names_an_object_that_is_gone_is_woken_and_the_object_is_not(
    desk: ControlDesk,
) -> None:
    desk.see(PROJECT)
    desk.see(ROBOT)
    desk.control.wake(PROJECT)
    desk.see_gone(PROJECT)

    await desk.work()

    assert desk.looks() == {"HarborRobot": 1}
    assert desk.control.directory.get(PROJECT) is None


async def test_who_names_a_connection_is_woken_when_it_comes_up(desk: ControlDesk) -> None:
    for object_id in (CONNECTION, PROJECT, ROBOT, PULL_SECRET):
        desk.see(object_id)
    desk.control.wakeups.connection_came_up("default")
    desk.control.wakeups.connection_came_up("another")

    await desk.work()

    assert desk.looks() == {"HarborProject": 1, "HarborRobot": 1}


async def test_a_project_that_is_shared_otherwise_wakes_the_pull_secrets_too(
    desk: ControlDesk,
) -> None:
    desk.see(PROJECT, status=READY_STATUS)
    for object_id in (ROBOT, PULL_SECRET):
        desk.see(object_id)
    desk.see(PROJECT, status={**READY_STATUS, "observedGeneration": 2})

    await desk.work()

    assert desk.looks() == {"HarborRobot": 1, "HarborPullSecret": 1}


async def test_a_connection_with_other_rules_wakes_the_pull_secrets_too(desk: ControlDesk) -> None:
    desk.see(CONNECTION, status=READY_STATUS)
    for object_id in (PROJECT, ROBOT, PULL_SECRET):
        desk.see(object_id)
    desk.see(CONNECTION, status={**READY_STATUS, "observedGeneration": 2})

    await desk.work()

    assert desk.looks() == {"HarborProject": 1, "HarborRobot": 1, "HarborPullSecret": 1}


async def test_trouble_with_harbor_has_the_connection_looked_at(desk: ControlDesk) -> None:
    desk.see(CONNECTION)
    desk.see(ROBOT, status=READY_STATUS)
    desk.ladders["HarborRobot"].fail_on("observe", UNREACHABLE)
    desk.control.wake(ROBOT)

    await desk.work()

    assert desk.looks() == {"HarborRobot": 1, "ClusterHarborConnection": 1}


async def test_a_namespace_wakes_the_pull_secrets_that_select_it(desk: ControlDesk) -> None:
    targets = {"targets": {"namespaces": {"names": ["shop-*"]}}}
    desk.see(PULL_SECRET)
    desk.see(ObjectId("HarborPullSecret", "team", "wide"), spec=targets)
    desk.see(ObjectId("HarborPullSecret", "team", "other"), spec=OTHER_TARGETS)
    desk.control.wakeups.namespace_changed([Namespace("shop-a")])

    await desk.work()

    assert desk.looks() == {"HarborPullSecret": 1}
    assert {r.key.name for r in desk.kube.requests if r.verb == "get"} == {"wide"}


async def test_a_namespace_wakes_whoever_has_delivered_into_it(desk: ControlDesk) -> None:
    desk.see(PULL_SECRET)
    desk.ports.cluster.secrets.note(
        ObjectKey("shop", "pull"), summarize(managed_secret(PULL_SECRET), Digester(b"key"))
    )
    desk.control.wakeups.namespace_changed([Namespace("shop")])

    await desk.work()

    assert desk.looks() == {"HarborPullSecret": 1}


def managed_secret(owner: ObjectId) -> dict[str, Any]:
    body = compose(
        "pull", "shop", type_=LEDGER_TYPE, data={}, ownership=Ownership(owner, "uid-o", "uid-r")
    )
    body["metadata"].update(uid="uid-s", resourceVersion="5")
    return body


@pytest.mark.parametrize(
    ("owner", "woken"),
    [
        pytest.param(PULL_SECRET, {"HarborPullSecret": 1}, id="a pull secret's"),
        pytest.param(ROBOT, {"HarborRobot": 1}, id="a robot's"),
        pytest.param(ObjectId("Lamp", "team", "x"), {}, id="but not one of an unknown kind"),
        pytest.param(ObjectId("HarborRobot", "team", ""), {}, id="nor one without a name"),
    ],
)
async def test_a_managed_secret_that_somebody_edits_wakes_its_owner(
    desk: ControlDesk, owner: ObjectId, woken: dict[str, int]
) -> None:
    desk.see(ROBOT)
    desk.see(PULL_SECRET)
    secret = summarize(managed_secret(owner), Digester(b"key"))
    desk.control.wakeups.secret_changed(ObjectKey("shop", "pull"), secret)

    await desk.work()

    assert desk.looks() == woken


async def test_who_waits_for_a_secret_is_woken_when_it_goes(desk: ControlDesk) -> None:
    desk.see(PULL_SECRET)
    key = ObjectKey("shop", "pull")
    desk.ports.cluster.heirs.want(Heir(PULL_SECRET, "uid-pull"), frozenset({key}))
    secret = summarize(managed_secret(ObjectId("Lamp", "team", "x")), Digester(b"key"))
    desk.control.wakeups.secret_changed(key, secret)

    await desk.work()

    assert desk.looks() == {"HarborPullSecret": 1}


@pytest.mark.parametrize("annotation", [ANNOTATION_CONFIRM_REMOVAL, ANNOTATION_RESUME_ROLLOUT])
async def test_a_persons_word_wakes_the_pull_secret(desk: ControlDesk, annotation: str) -> None:
    desk.see(PULL_SECRET, status=READY_STATUS)
    desk.see(PULL_SECRET, status=READY_STATUS, annotations={annotation: "yes"})

    await desk.work()

    assert desk.looks() == {"HarborPullSecret": 1}


@pytest.mark.parametrize(
    ("namespace", "woken"),
    [
        pytest.param("shop", {"HarborPullSecret": 1}, id="where one delivers"),
        pytest.param("other", {}, id="but not elsewhere"),
    ],
)
async def test_a_service_account_wakes_the_pull_secrets(
    desk: ControlDesk, namespace: str, woken: dict[str, int]
) -> None:
    desk.see(ROBOT)
    desk.see(PULL_SECRET)
    desk.ports.cluster.note_secret(managed_secret(PULL_SECRET))
    desk.control.wakeups.account_changed(ObjectKey(namespace, "default"))

    await desk.work()

    assert desk.looks() == woken


@pytest.mark.parametrize(
    ("status", "woken"),
    [
        pytest.param({}, {"HarborProject": 1}, id="that is new"),
        pytest.param(NOT_READY, {"HarborProject": 1}, id="that is not Ready"),
        pytest.param(READY_STATUS, {}, id="but for one that is"),
    ],
)
async def test_a_new_upstream_registry_wakes_a_project(
    desk: ControlDesk, status: dict[str, Any], woken: dict[str, int]
) -> None:
    desk.see(PROJECT, status=status)
    desk.see(ROBOT, status=NOT_READY)

    desk.control.wakeups.registry_appeared(CONNECTION.name)
    await desk.work()

    assert desk.looks() == woken
