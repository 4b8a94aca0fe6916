"""What a robot's plan writes to the status."""

from dataclasses import replace
from datetime import timedelta

from harbor_operator.api.robot import HISTORY_LENGTH, RotationRecord, RotationResult
from harbor_operator.core.robot.facts import (
    Recorded,
)
from harbor_operator.core.robot.ledger import Cause, Ledger, Revokes
from harbor_operator.core.robot.plan import plan
from tests.support.robots import (
    AT_REST,
    DESIRED,
    ENDLESS,
    NOW,
    OVERLAP,
    ROTATED,
    RULE,
    credential,
    full_name,
    noted,
    robot,
)

SECOND, HALF_A_SECOND = timedelta(seconds=1), timedelta(milliseconds=500)
REQUESTED_NOW = RotationRecord(time=NOW, reason="Requested", result=RotationResult.SUCCEEDED)
CREATED = RotationRecord(
    time=credential(1).minted_at, reason="Created", result=RotationResult.SUCCEEDED
)


def test_the_report_of_a_robot_at_rest() -> None:
    seen = replace(AT_REST, recorded=Recorded(robot_id=101, numbers=(1,), history=(CREATED,)))

    report = plan(DESIRED, seen, NOW).report

    assert {key: value for key, value in report.items() if value is not None} == {
        "observedGeneration": -1,
        "conditions": [],
        "robotID": 101,
        "username": full_name(1),
        "credentialRevision": "1",
        "rotatedAt": "2026-02-19T12:00:00Z",
        "expiresAt": "2026-05-20T12:00:00Z",
        "nextRotationAt": "2026-04-20T12:00:00Z",
        "previous": [],
        "secretName": "ci",
        "history": [{"time": "2026-02-19T12:00:00Z", "reason": "Created", "result": "Succeeded"}],
    }


def test_a_report_tells_the_request_that_was_handled() -> None:
    seen = replace(AT_REST, ledger=Ledger(live=credential(1), handled="again"))

    report = plan(replace(DESIRED, request="again"), seen, NOW).report

    assert report["lastHandledRotateAt"] == "again"


def test_a_revoke_is_reported_as_handled_when_the_robots_before_it_are_gone() -> None:
    live = replace(credential(2), cause=Cause.REVOKED, minted_at=NOW)
    begun = replace(ROTATED, ledger=Ledger(live=live, revoked=Revokes(own="leak")))
    waiting = replace(begun, followers=(full_name(1),))
    ended = replace(begun, robots=(robot(2),))

    reports = [plan(replace(DESIRED, revoke="leak"), seen, NOW).report for seen in (waiting, ended)]

    assert [report.get("lastHandledRevokeAt") for report in reports] == [None, "leak"]


def test_a_report_lists_the_robot_in_its_overlap() -> None:
    seen = replace(ROTATED, recorded=noted(NOW))

    report = plan(DESIRED, seen, NOW).report

    assert report["previous"] == [
        {
            "n": 1,
            "robotID": 101,
            "username": full_name(1),
            "since": "2026-03-01T12:00:00Z",
            "removeAfter": "2026-03-01T13:00:00Z",
        }
    ]


def test_a_report_forgets_a_robot_that_is_gone() -> None:
    seen = replace(ROTATED, recorded=noted(NOW - 2 * OVERLAP), robots=(robot(2),))

    assert plan(DESIRED, seen, NOW).report["previous"] == []


def test_a_report_forgets_since_when_a_robot_is_unused_once_a_secret_holds_it_again() -> None:
    seen = replace(
        ROTATED,
        ledger=Ledger(live=replace(credential(2), minted_at=NOW - 2 * OVERLAP)),
        recorded=noted(NOW - OVERLAP),
        followers=(full_name(1),),
    )

    assert plan(DESIRED, seen, NOW).report["previous"] == []


def test_a_new_credential_enters_the_history_once() -> None:
    live = replace(credential(2), cause=Cause.REQUESTED, minted_at=NOW + HALF_A_SECOND)
    new = replace(ROTATED, ledger=Ledger(live=live), robots=(robot(2),))
    new = replace(new, recorded=Recorded(robot_id=102, history=(CREATED,)))

    first = plan(DESIRED, new, NOW + SECOND).report["history"]
    told = replace(new, recorded=Recorded(robot_id=102, history=(REQUESTED_NOW, CREATED)))
    second = plan(DESIRED, told, NOW + SECOND).report["history"]

    assert first == [entry.to_wire() for entry in (REQUESTED_NOW, CREATED)]
    assert second == first


def test_another_secret_of_one_robot_enters_the_history() -> None:
    live = replace(credential(1), cause=Cause.REQUESTED, minted_at=NOW, edition=2)
    seen = replace(AT_REST, ledger=Ledger(live=live))
    seen = replace(seen, recorded=replace(seen.recorded, history=(CREATED,)))

    report = plan(DESIRED, seen, NOW).report

    assert report["history"] == [entry.to_wire() for entry in (REQUESTED_NOW, CREATED)]


def test_the_history_is_bounded() -> None:
    full = Recorded(robot_id=99, history=(CREATED,) * HISTORY_LENGTH)

    report = plan(DESIRED, replace(AT_REST, recorded=full), NOW).report

    assert len(report["history"]) == HISTORY_LENGTH


def test_a_report_takes_out_what_does_not_hold_any_more() -> None:
    endless = replace(robot(1), lifetime_days=-1, expires_at=None)
    seen = replace(AT_REST, rule=replace(RULE, allow_never_expire=True), robots=(endless,))

    report = plan(ENDLESS, seen, NOW).report

    assert report["expiresAt"] is None
    assert report["nextRotationAt"] is None
