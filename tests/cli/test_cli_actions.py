"""What an action asks for, and when it has ended."""

import pytest

from harbor_operator.cli.acting.actions import (
    Order,
    Outcome,
    changes,
    outcome_of,
    patch_of,
    require_open,
    require_sense,
    standing,
    token_of,
)
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import CONNECTION, KINDS, PROJECT, ROBOT, Action, Kind, Target
from tests.support.custom_resources import Json
from tests.support.plugin import NOW, READY, an_object, condition_of

ROTATE = "harbor-operator.dev/rotate-requested-at"
CI = Target(ROBOT, "ci")
SUSPENDED = condition_of("Ready", "True", "Suspended")
UNREADY = condition_of("Ready", "False", "HarborUnreachable", "No answer.")
STALLED = condition_of("Stalled", "True", "InvalidSpec", "Say what.")
ROTATING = condition_of("Rotating", "True", "Progressing", "A new one is tried.")


def order(action: Action) -> Order:
    return Order(action, CI, "now")


def robot(*conditions: Json, generation: int = 1, **status: object) -> Json:
    body = an_object(ROBOT, "ci", *conditions)
    body["status"] |= status
    body["metadata"]["generation"] = generation
    return body


@pytest.mark.parametrize(
    ("action", "patch"),
    [
        (
            Action.ROTATE,
            {"metadata": {"annotations": {ROTATE: "now"}}},
        ),
        (Action.SUSPEND, {"spec": {"suspend": True}}),
        (Action.RESUME, {"spec": {"suspend": None}}),
    ],
)
def test_an_action_changes_one_thing(action: Action, patch: Json) -> None:
    assert patch_of(order(action)) == patch


def test_two_requests_have_two_tokens() -> None:
    assert token_of(NOW) == "2026-03-01T12:00:00.000000Z"
    assert token_of(NOW.replace(microsecond=1)) != token_of(NOW)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.word)
@pytest.mark.parametrize("action", Action)
def test_a_kind_refuses_what_it_does_not_know(kind: Kind, action: Action) -> None:
    whole = kind is CONNECTION and action is Action.REVOKE
    if action in kind.actions:
        require_sense(action, Target(kind, "x"), all_robots=whole)
        return
    with pytest.raises(CommandError, match="it knows reconcile, ") as caught:
        require_sense(action, Target(kind, "x"), all_robots=whole)
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.parametrize(("kind", "all_robots"), [(CONNECTION, False), (ROBOT, True)])
def test_all_robots_are_revoked_only_if_that_is_said(kind: Kind, *, all_robots: bool) -> None:
    with pytest.raises(CommandError, match="all-robots"):
        require_sense(Action.REVOKE, Target(kind, "x"), all_robots=all_robots)


def test_a_request_to_a_suspended_object_is_refused() -> None:
    body = robot() | {"spec": {"suspend": True}}

    for action in (Action.RECONCILE, Action.ROTATE, Action.REVOKE):
        with pytest.raises(CommandError, match="suspended"):
            require_open(action, CI, body)
    require_open(Action.RESUME, CI, body)


def test_nothing_is_asked_of_an_object_that_is_being_deleted() -> None:
    body = robot()
    body["metadata"]["deletionTimestamp"] = "2026-03-01T12:00:00Z"

    with pytest.raises(CommandError, match="deleted"):
        require_open(Action.SUSPEND, CI, body)


@pytest.mark.parametrize(
    ("action", "body", "succeeded"),
    [
        (Action.RECONCILE, robot(lastHandledReconcileAt="before"), None),
        (Action.RECONCILE, robot(lastHandledReconcileAt="now"), True),
        (Action.RECONCILE, robot(UNREADY, lastHandledReconcileAt="now"), False),
        (Action.ROTATE, robot(), None),
        (Action.ROTATE, robot(lastHandledReconcileAt="now"), None),
        (Action.ROTATE, robot(lastHandledRotateAt="now"), True),
        (Action.ROTATE, robot(lastHandledRotateAt="now", history=[{"result": "Succeeded"}]), True),
        (Action.ROTATE, robot(lastHandledRotateAt="now", history=[{"result": "Failed"}]), False),
        (Action.REVOKE, robot(lastHandledRotateAt="now"), None),
        (Action.REVOKE, robot(UNREADY, lastHandledRevokeAt="now"), True),
        (Action.SUSPEND, robot(), None),
        (Action.SUSPEND, robot(SUSPENDED), True),
        (Action.RESUME, robot(SUSPENDED), None),
        (Action.RESUME, robot(generation=2), None),
        (Action.RESUME, robot(UNREADY), None),
        (Action.RESUME, robot(), True),
        (Action.RESUME, robot(UNREADY, STALLED), False),
    ],
)
def test_an_action_has_ended_when_the_status_says_so(
    action: Action, body: Json, *, succeeded: bool | None
) -> None:
    outcome = outcome_of(order(action), body)

    assert (outcome.succeeded if outcome else None) is succeeded


def test_a_failure_tells_the_reason() -> None:
    body = robot(UNREADY, lastHandledReconcileAt="now")

    assert outcome_of(order(Action.RECONCILE), body) == Outcome(
        succeeded=False, sentence="looked at, but not ready: HarborUnreachable: No answer."
    )


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (robot(), robot(), []),
        (robot(), robot(READY, ROTATING), ["Rotating=True Progressing: A new one is tried."]),
        (robot(READY, ROTATING), robot(), ["Rotating is over"]),
        (robot(), robot(UNREADY), ["Ready=False HarborUnreachable: No answer."]),
        (robot(), {**robot(), "status": {}}, ["Ready is over"]),
    ],
)
def test_progress_is_what_the_conditions_say_anew(
    before: Json, after: Json, lines: list[str]
) -> None:
    assert [*changes(before, after)] == lines


def test_a_revoke_of_all_robots_is_counted() -> None:
    before, after = (
        an_object(
            CONNECTION, "default", revocation={"total": 3, "done": n, "failed": 0, "message": "Go."}
        )
        for n in (1, 2)
    )

    assert [*changes(before, after)] == ["2 of 3 robots, 0 failed: Go."]
    assert not [*changes(after, after)]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (robot(), "Ready=True Succeeded"),
        (robot(READY, ROTATING), "Rotating=True Progressing: A new one is tried."),
        (robot(UNREADY, ROTATING, STALLED), "Stalled=True InvalidSpec: Say what."),
        (an_object(PROJECT, "web") | {"status": {}}, "the operator has not seen it yet"),
    ],
)
def test_whoever_waited_in_vain_is_told_what_is_in_the_way(body: Json, told: str) -> None:
    assert standing(body).startswith(told)
