"""What becomes of robots that may do more than their namespace is given any more."""

from datetime import datetime, timedelta
from typing import Any, Final

from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.api.values import format_time
from harbor_operator.core.plan import Plan, Verdict
from harbor_operator.core.robot.actions import Action, DeleteRobot, NoteWithdrawal
from harbor_operator.core.robot.facts import Desired, HarborRobot, Observed

LONGEST_WITHDRAWAL: Final = timedelta(hours=24)
"""The overlap is the tenant's to choose, and a right is not kept by choosing a long one."""

Verdicts = tuple[Verdict, ...]


def grace_of(desired: Desired) -> timedelta:
    """How long a robot lives on after the right to it was withdrawn."""
    return min(desired.overlap, LONGEST_WITHDRAWAL)


def plan_withdrawal(
    desired: Desired, observed: Observed, refusal: Verdicts, now: datetime
) -> Plan[Action]:
    """Stand still, and delete the robots that exceed what is permitted, after the overlap.

    A spec that asks for too much is no reason by itself: what its robots can do already may be
    permitted, and goes on.

    Args:
        desired: The spec with its defaults.
        observed: The look that led to the refusal.
        refusal: Why the spec is not carried out.
        now: Harbor's clock.
    """
    exceeding = [robot for robot in observed.ours() if _exceeds(robot, observed)]
    if not exceeding:
        verdicts = (*refusal, *_validity(observed, refusal))
        return Plan(verdicts=verdicts, report={"withdrawnAt": None})
    since = observed.recorded.withdrawn_at
    if since is None or since > now:
        return Plan(actions=(NoteWithdrawal(now.replace(microsecond=0)),))
    over = since + grace_of(desired)
    if over <= now:
        return Plan(actions=tuple(DeleteRobot(robot) for robot in exceeding))
    report: dict[str, Any] = {"withdrawnAt": format_time(since)}
    return Plan(verdicts=_announced(refusal, over), recheck_at=over, report=report)


def _exceeds(robot: HarborRobot, observed: Observed) -> bool:
    return observed.rights.exceeded_at(robot.grants) is not None


def _announced(refusal: Verdicts, over: datetime) -> Verdicts:
    note = f" The robot is deleted at {over:%Y-%m-%d %H:%M:%S} UTC unless that changes."
    return tuple(
        Verdict(verdict.type, verdict.status, verdict.reason, verdict.message + note)
        for verdict in refusal
    )


def _validity(observed: Observed, refusal: Verdicts) -> Verdicts:
    """What to say of a credential whose robot is gone."""
    live = observed.ledger.live if observed.ledger else None
    if live is None or observed.robot(live.robot_id) is not None or not refusal:
        return ()
    message = f"{live.username} is gone from Harbor, and the spec gives no other."
    type_ = ConditionType.CREDENTIAL_VALID
    return (Verdict(type_, ConditionStatus.FALSE, refusal[0].reason, message),)
