"""Who may wait for its first look after a start: a status at rest, and the Secrets it speaks of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.resources import Metadata
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.rest import LONGEST_REST, holds_its_secrets, is_at_rest
from tests.support.custom_resources import AnyKind
from tests.support.engine_world import condition

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = (NOW + LONGEST_REST).isoformat()
LATER = (NOW + LONGEST_REST + timedelta(seconds=1)).isoformat()
TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN
READY = condition(ConditionType.READY, TRUE)
TYPE = ConditionType


def metadata(**fields: Any) -> Metadata:  # noqa: ANN401 -- JSON
    return Metadata.model_validate({"name": "app", "uid": "u", "generation": 1} | fields)


def asked(name: str, by: str = "now") -> dict[str, Any]:
    return {"annotations": {f"harbor-operator.dev/{name}": by}}


RESTING = [
    pytest.param(PROJECTS, {}, {}, id="a project that is Ready"),
    pytest.param(ROBOTS, {}, {}, id="a robot that never expires"),
    pytest.param(PULL_SECRETS, {}, {}, id="a pull secret that is Ready"),
    pytest.param(
        PROJECTS,
        asked("reconcile-requested-at"),
        {"lastHandledReconcileAt": "now"},
        id="an object whose request is answered",
    ),
    pytest.param(
        PROJECTS, asked("reconcile-requested-at", ""), {}, id="an empty token asks for nothing"
    ),
    pytest.param(
        PROJECTS,
        {},
        {"lastHandledReconcileAt": "old"},
        id="an object whose answered request was taken off",
    ),
    pytest.param(
        PROJECTS, asked("creating"), {"lastHandledIntent": "now"}, id="a project that was created"
    ),
    pytest.param(
        ROBOTS,
        asked("rotate-requested-at"),
        {"lastHandledRotateAt": "now"},
        id="a robot that was rotated on request",
    ),
    pytest.param(
        ROBOTS,
        asked("revoke-requested-at"),
        {"lastHandledRevokeAt": "now"},
        id="a robot that was revoked on request",
    ),
    pytest.param(
        ROBOTS,
        {},
        {"nextRotationAt": LATER, "expiresAt": LATER},
        id="a robot that is due after the longest rest",
    ),
    pytest.param(
        ROBOTS,
        {},
        {"conditions": [READY, condition(TYPE.ROTATING, FALSE)]},
        id="a robot that does not rotate",
    ),
    pytest.param(
        PULL_SECRETS,
        {},
        {"conditions": [READY, condition(TYPE.VERIFIED, UNKNOWN)]},
        id="a pull secret that nobody verifies",
    ),
    pytest.param(
        PULL_SECRETS,
        asked("resume-rollout"),
        {"lastHandledResumeAt": "now"},
        id="a pull secret whose rollout was resumed",
    ),
]

WORKING = [
    pytest.param(CONNECTIONS, {}, {}, id="a connection never rests"),
    pytest.param(
        PROJECTS, {"deletionTimestamp": NOW.isoformat()}, {}, id="an object that is deleted"
    ),
    pytest.param(PROJECTS, {}, {"observedGeneration": -1}, id="an object without status"),
    pytest.param(PROJECTS, {"generation": 2}, {}, id="a spec that changed"),
    pytest.param(
        PROJECTS, {"generation": 2}, {"observedGeneration": 2}, id="a Ready of an earlier spec"
    ),
    pytest.param(PROJECTS, {}, {"conditions": []}, id="an object that says nothing of Ready"),
    pytest.param(
        PROJECTS,
        {},
        {"conditions": [condition(TYPE.READY, FALSE)]},
        id="an object that is not Ready",
    ),
    pytest.param(
        PROJECTS,
        {},
        {"conditions": [condition(TYPE.READY, UNKNOWN)]},
        id="an object after a defect",
    ),
    pytest.param(PROJECTS, {}, {"conditions": "odd"}, id="a status that this operator cannot read"),
    pytest.param(
        PROJECTS,
        asked("reconcile-requested-at", "new"),
        {"lastHandledReconcileAt": "now"},
        id="a request that is not answered",
    ),
    pytest.param(
        PROJECTS,
        {},
        {"conditions": [READY, condition(TYPE.SYNCED, FALSE)]},
        id="a project that differs",
    ),
    pytest.param(
        PROJECTS,
        {},
        {"conditions": [READY, condition(TYPE.DRIFT_FIGHT, TRUE)]},
        id="a project that is fought over",
    ),
    pytest.param(PROJECTS, asked("creating"), {}, id="a project that may have been created"),
    pytest.param(ROBOTS, asked("rotate-requested-at"), {}, id="a rotation that is asked for"),
    pytest.param(ROBOTS, asked("revoke-requested-at"), {}, id="a revoke that is asked for"),
    pytest.param(ROBOTS, {}, {"nextRotationAt": SOON}, id="a rotation that is due soon"),
    pytest.param(ROBOTS, {}, {"expiresAt": SOON}, id="a robot that expires soon"),
    pytest.param(
        ROBOTS,
        {},
        {"conditions": [READY, condition(TYPE.ROTATING, TRUE)]},
        id="a rotation that is under way",
    ),
    pytest.param(
        ROBOTS,
        {},
        {"previous": [{"robotID": 7, "username": "robot$old", "removeAfter": LATER}]},
        id="a robot whose predecessor lives",
    ),
    pytest.param(
        ROBOTS, {}, {"withdrawnAt": NOW.isoformat()}, id="a robot that has lost a permission"
    ),
    pytest.param(PULL_SECRETS, asked("resume-rollout"), {}, id="a rollout that shall go on"),
    pytest.param(
        PULL_SECRETS,
        {},
        {"leaving": [{"namespace": "shop", "since": NOW.isoformat()}]},
        id="a namespace that leaves",
    ),
    pytest.param(
        PULL_SECRETS,
        {},
        {"failures": [{"namespace": "shop", "reason": "TargetFailed"}]},
        id="a namespace that is not served",
    ),
    pytest.param(
        PULL_SECRETS,
        {},
        {"rollout": {"robotName": "robot$new", "state": "Paused"}},
        id="a credential on its way",
    ),
    pytest.param(
        PULL_SECRETS,
        {},
        {"conditions": [READY, condition(TYPE.DISTRIBUTED, FALSE)]},
        id="a pull secret that is not everywhere",
    ),
]


@pytest.mark.parametrize(("kind", "stated", "reported"), RESTING)
def test_may_wait(kind: AnyKind, stated: dict[str, Any], reported: dict[str, Any]) -> None:
    assert is_at_rest(metadata(**stated), status_of(kind, reported), NOW)


@pytest.mark.parametrize(("kind", "stated", "reported"), WORKING)
def test_may_not_wait(kind: AnyKind, stated: dict[str, Any], reported: dict[str, Any]) -> None:
    assert not is_at_rest(metadata(**stated), status_of(kind, reported), NOW)


def status_of(kind: AnyKind, reported: dict[str, Any]) -> Any:  # noqa: ANN401 -- of any kind
    ready = {"observedGeneration": 1, "conditions": [READY]}
    return kind.parse_status({"status": ready | reported})


ROBOT = {"username": "robot$a-1"}
PULL = {"robotName": "robot$a-1", "targets": {"desired": 1, "ready": 1}}

SECRETS = [
    pytest.param(PROJECTS, {}, [], [], True, id="a project has none"),
    pytest.param(ROBOTS, ROBOT, ["robot$a-1", None], [], True, id="a robot with its ledger"),
    pytest.param(ROBOTS, ROBOT, ["robot$a-1"], [], False, id="a robot without its ledger"),
    pytest.param(ROBOTS, ROBOT, [None], [], False, id="a robot without its Secret"),
    pytest.param(ROBOTS, ROBOT, ["robot$a-2", None], [], False, id="a Secret of another login"),
    pytest.param(
        PULL_SECRETS, PULL, ["robot$a-1"], ["robot$a-1", None], True, id="a delivered pull secret"
    ),
    pytest.param(PULL_SECRETS, PULL, [], [], False, id="a pull secret that was deleted"),
    pytest.param(
        PULL_SECRETS,
        PULL,
        ["robot$a-1"],
        ["robot$a-1", "robot$a-2", None],
        False,
        id="a pull secret whose robot has rotated",
    ),
    pytest.param(
        PULL_SECRETS,
        {"robotName": "robot$a-1"},
        [],
        [],
        True,
        id="a pull secret that reports no targets",
    ),
]


@pytest.mark.parametrize(("kind", "reported", "own", "of_robot", "expected"), SECRETS)
def test_the_secrets_are_those_that_the_status_speaks_of(
    *,
    kind: AnyKind,
    reported: dict[str, Any],
    own: list[str | None],
    of_robot: list[str | None],
    expected: bool,
) -> None:
    assert holds_its_secrets(status_of(kind, reported), own, of_robot) is expected
