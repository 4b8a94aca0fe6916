"""What a robot's status reports while nothing is left to do, and the history of its credentials."""

from datetime import datetime
from typing import Any

from harbor_operator.api.robot import (
    HISTORY_LENGTH,
    PreviousRobot,
    RobotStatus,
    RotationRecord,
    RotationResult,
)
from harbor_operator.api.values import MAX_TOKEN_LENGTH
from harbor_operator.core.robot.ledger import Ledger, Revokes
from harbor_operator.core.robot.view import View

History = tuple[RotationRecord, ...]


def report_of(view: View) -> dict[str, Any]:
    """The status fields of a robot at rest, by their wire names; None takes a field out."""
    live, robot, ledger = view.ledger.live, view.live_robot, view.ledger
    revoked = _revoked(view)
    status = RobotStatus(
        robot_id=live.robot_id if live else None,
        username=live.username if live else None,
        credential_revision=live.revision if live else None,
        rotated_at=live.minted_at if live else None,
        expires_at=robot.expires_at if robot else None,
        next_rotation_at=view.due(robot) if robot and not view.desired.disabled else None,
        previous=_previous(view),
        secret_name=view.desired.secret_name,
        history=_history(view),
        last_handled_rotate_at=_token(ledger.handled),
        last_handled_revoke_at=_token(revoked.own),
        last_handled_connection_revoke_at=_token(revoked.fleet),
    )
    return {**_CLEARED, **status.to_wire()}


def _revoked(view: View) -> Revokes:
    """The revokes of which nothing is left; one whose old robots still live is not among them."""
    return view.observed.recorded.revoked if view.revoked_robots() else view.ledger.revoked


def failure_of(before: Ledger, after: Ledger, now: datetime) -> RotationRecord | None:
    """What a write of the ledger gives up: a credential that did not work, or a lost answer.

    Nothing but this write knows of it, so it is told when it happens.
    """
    dropped, attempt = before.pending, before.attempt
    if dropped is not None and after.pending is None and after.live == before.live:
        result = RotationResult.FAILED if after.attempt else RotationResult.ABANDONED
        return _record(now, dropped.cause.value, result)
    lost = after.attempt.lost if after.attempt else ()
    if attempt is not None and dropped is None and attempt.n in lost:
        return _record(now, attempt.cause.value, RotationResult.ABANDONED)
    return None


def with_record(history: History, entry: RotationRecord) -> History:
    """The history with an entry more, the newest first."""
    return (entry, *history)[:HISTORY_LENGTH]


def _record(time: datetime, reason: str, result: RotationResult) -> RotationRecord:
    # Statuses hold whole seconds; what is compared with one read back has to be like it.
    return RotationRecord(time=time.replace(microsecond=0), reason=reason, result=result)


_CLEARED: dict[str, Any] = dict.fromkeys(
    (
        "robotID",
        "username",
        "credentialRevision",
        "rotatedAt",
        "expiresAt",
        "nextRotationAt",
        "previous",
        "history",
        "withdrawnAt",
    )
)
"""What a report takes out of the status when it does not state it."""


def _previous(view: View) -> tuple[PreviousRobot, ...]:
    living = {robot.id for robot in view.old_robots()}
    unused = view.everywhere_live()
    return tuple(
        PreviousRobot(
            n=previous.n,
            robot_id=previous.robot_id,
            username=previous.username,
            since=previous.since,
            remove_after=view.end_of(previous),
        )
        for previous in view.observed.recorded.previous
        if previous.robot_id in living and unused
    )


def _history(view: View) -> History:
    live, history = view.ledger.live, view.observed.recorded.history
    if live is None:
        return history
    entry = _record(live.minted_at, live.cause.value, RotationResult.SUCCEEDED)
    return history if entry in history else with_record(history, entry)


def _token(token: str | None) -> str | None:
    return (token or "")[:MAX_TOKEN_LENGTH] or None
