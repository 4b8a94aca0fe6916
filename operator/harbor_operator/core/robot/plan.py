"""What to do about one HarborRobot."""

from datetime import datetime, timedelta
from typing import Any

from harbor_operator.api.base import LEDGER_SUFFIX
from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.robot import (
    PreviousRobot,
    RobotStatus,
    RotationRecord,
    RotationResult,
)
from harbor_operator.api.values import MAX_TOKEN_LENGTH
from harbor_operator.core.plan import Plan, Verdict, blocked, ready, waiting
from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    Hold,
    RemoveLedger,
    RemoveSecret,
)
from harbor_operator.core.robot.facts import (
    Desired,
    Observed,
    ProjectState,
    TargetState,
)
from harbor_operator.core.robot.ledger import Cause
from harbor_operator.core.robot.proof import PROOF_GAP, Proof
from harbor_operator.core.robot.protocol import REPAIR_PAUSE, View, next_actions
from harbor_operator.core.robot.schedule_problem import problem_of
from harbor_operator.core.tenancy import NEVER_EXPIRES, TenantRule, level_of

HISTORY_LENGTH = 10

Verdicts = tuple[Verdict, ...]


def plan(desired: Desired | None, observed: Observed, now: datetime) -> Plan[Action]:
    """Decide the next effects for a robot, or its verdicts when it is at rest.

    Args:
        desired: The spec with its defaults; None while the object is being deleted.
        observed: One look at Kubernetes and Harbor.
        now: Harbor's clock at that look.
    """
    if desired is None:
        return _removal(observed)
    refusal = _refusal(desired, observed)
    if refusal:
        return Plan(verdicts=refusal)
    if observed.name is None:
        return Plan(verdicts=_waiting_for_project())
    return _upkeep(View(desired, observed, observed.name, now))


def _upkeep(view: View) -> Plan[Action]:
    observed = view.observed
    problem = _schedule_problem(view)
    if problem and observed.ledger is None:
        return Plan(verdicts=problem)
    actions = next_actions(view)
    if not observed.held:
        return Plan(actions=(Hold(), *actions))
    if actions:
        return Plan(actions=actions)
    return Plan(verdicts=_verdicts(view), recheck_at=_recheck_at(view), report=_report(view))


def _removal(observed: Observed) -> Plan[Action]:
    if observed.followers:
        message = (
            "A HarborPullSecret still delivers this robot's credential; the robot goes when it"
            " does, or when it names another robot."
        )
        return Plan(verdicts=waiting(Reason.IN_USE, message))
    if observed.target.state in {TargetState.BEHIND, TargetState.IN_LINE}:
        return Plan(actions=(RemoveSecret(),))
    if observed.ledger is not None:
        return Plan(actions=(RemoveLedger(),))
    robots = tuple(DeleteRobot(robot) for robot in observed.ours())
    # A lost ledger may be a Secret that cannot be read, or no Secret any more: it goes with the
    # robots, since it looks the same afterwards and would be removed for ever otherwise.
    return Plan(actions=(RemoveLedger(), *robots) if robots and observed.ledger_lost else robots)


def _refusal(desired: Desired, observed: Observed) -> Verdicts:
    rule = observed.rule
    if rule is None:
        return blocked(
            Reason.NOT_ALLOWED_NAMESPACE,
            "No tenant rule of the connection matches this namespace: ask whoever keeps the"
            " ClusterHarborConnection to add it.",
        )
    if observed.project is ProjectState.MISSING or (
        observed.project is ProjectState.NOT_READY and observed.ledger is None
    ):
        return _waiting_for_project()
    if observed.name is not None and not rule.allows_project(
        observed.name.project, observed.own.namespace
    ):
        return blocked(
            Reason.NOT_ALLOWED_NAMESPACE,
            f"The connection's tenant rule does not give project {observed.name.project} to this"
            " namespace.",
        )
    return _beyond_ceiling(desired, rule) or _not_owned(desired, observed)


def _beyond_ceiling(desired: Desired, rule: TenantRule) -> Verdicts:
    if level_of(desired.grants) > rule.max_access:
        return blocked(
            Reason.ACCESS_NOT_ALLOWED,
            "The connection's tenant rule allows less access than spec.access asks for: choose a"
            " smaller preset or fewer permissions.",
        )
    if not rule.allows_lifetime(desired.lifetime_days):
        limit = "Never is not allowed" if desired.lifetime_days == NEVER_EXPIRES else "it is longer"
        return blocked(
            Reason.ACCESS_NOT_ALLOWED,
            f"spec.lifetimeDays exceeds the connection's tenant rule ({limit}): at most"
            f" {rule.max_lifetime_days} days.",
        )
    return ()


def _not_owned(desired: Desired, observed: Observed) -> Verdicts:
    foreign = observed.target.state is TargetState.FOREIGN
    if not foreign and not observed.ledger_foreign:
        return ()
    name = desired.secret_name if foreign else desired.secret_name + LEDGER_SUFFIX
    return blocked(
        Reason.SECRET_NOT_OWNED,
        f"Secret {name} exists and is not this object's: rename it, delete it, or choose another"
        " spec.secretName in a new HarborRobot.",
    )


def _waiting_for_project() -> Verdicts:
    return waiting(
        Reason.WAITING_FOR_PROJECT,
        "The HarborProject in spec.access is not there or not Ready yet.",
    )


def _verdicts(view: View) -> Verdicts:
    live = view.ledger.live
    proof = view.proof(live)
    username = live.username if live else "The robot"
    match proof:
        case Proof.WORKS:
            message = f"{username} works and is in Secret {view.desired.secret_name}."
            summary = _schedule_problem(view) or ready(Reason.SUCCEEDED, message)
        case Proof.DISABLED:
            message = f"{username} was disabled in Harbor: enable it there, or delete this object."
            summary = blocked(Reason.ROBOT_DISABLED, message)
        case None:
            message = "The new robot waits to be proven."
            summary = waiting(Reason.PROGRESSING, message)
        case _:
            message = _FAULTS[proof][1].format(username)
            summary = waiting(_FAULTS[proof][0], message)
    return (*summary, _validity(proof, summary[0]), *_rotating(view))


def _schedule_problem(view: View) -> Verdicts:
    """Why the rotation can never be as the spec says; told at once, not at the expiry."""
    robot = view.live_robot
    created_at = robot.created_at if robot else view.now
    problem = problem_of(view.desired.schedule, created_at, view.observed.own.uid)
    return blocked(Reason.INVALID_SPEC, f"spec.rotation: {problem}.") if problem else ()


_FAULTS: dict[Proof, tuple[Reason, str]] = {
    Proof.MISSING: (Reason.ROBOT_MISSING, "{} is gone from Harbor and is about to be replaced."),
    Proof.EXPIRED: (Reason.ROBOT_EXPIRED, "{} has expired and is about to be replaced."),
    Proof.REFUSED: (Reason.CREDENTIAL_REFUSED, "Harbor refuses {}; it is about to be replaced."),
    Proof.RENAMED: (Reason.PROGRESSING, "{} has another name in Harbor now; it is followed."),
    Proof.UNCLEAR: (Reason.CREDENTIAL_REFUSED, "Harbor did not accept {} just now; asking again."),
}


def _validity(proof: Proof | None, summary: Verdict) -> Verdict:
    match proof:
        case Proof.WORKS:
            validity = ConditionStatus.TRUE
        case Proof.UNCLEAR | None:
            validity = ConditionStatus.UNKNOWN
        case _:
            validity = ConditionStatus.FALSE
    return Verdict(ConditionType.CREDENTIAL_VALID, validity, summary.reason, summary.message)


def _rotating(view: View) -> Verdicts:
    old = view.old_robots()
    if view.ledger.pending is not None:
        reason, message = Reason.PROGRESSING, "A new robot is made and waits to be proven."
    elif old and view.cause() is not None:
        message = "Another rotation waits until the robot replaced last is gone."
        reason = Reason.WAITING_FOR_OVERLAP
    elif old:
        message = "The robot replaced last still works until the overlap is over."
        reason = Reason.WAITING_FOR_OVERLAP
    else:
        reason, message = Reason.SUCCEEDED, "No rotation is under way."
    status = ConditionStatus.FALSE if reason is Reason.SUCCEEDED else ConditionStatus.TRUE
    return (Verdict(ConditionType.ROTATING, status, reason, message),)


def _recheck_at(view: View) -> datetime | None:
    """The earliest instant at which time alone changes the plan."""
    live, robot, now = view.ledger.live, view.live_robot, view.now
    instants: list[datetime] = [
        previous.since + view.desired.overlap for previous in view.observed.recorded.previous
    ]
    if view.proof(live) is not Proof.WORKS or view.ledger.pending is not None:
        instants.append(now + PROOF_GAP)
    if live is not None and view.cause() is Cause.INVALID:
        instants.append(live.minted_at + REPAIR_PAUSE)
    if robot is not None and robot.expires_at is not None:
        instants.append(robot.expires_at)
    due = view.due(robot) if robot is not None else None
    if due is not None and not view.old_robots():
        instants.append(due)
    return min((instant for instant in instants if instant > now), default=None)


def _report(view: View) -> dict[str, Any]:
    live, robot, recorded = view.ledger.live, view.live_robot, view.observed.recorded
    removal = view.desired.overlap
    living = {robot.id for robot in view.old_robots()}
    unused = view.everywhere_live()
    status = RobotStatus(
        robot_id=live.robot_id if live else None,
        username=live.username if live else None,
        rotated_at=live.minted_at if live else None,
        expires_at=robot.expires_at if robot else None,
        next_rotation_at=view.due(robot) if robot else None,
        previous=tuple(
            PreviousRobot(
                n=previous.n,
                robot_id=previous.robot_id,
                username=previous.username,
                since=previous.since,
                remove_after=previous.since + removal,
            )
            for previous in recorded.previous
            if previous.robot_id in living and unused
        ),
        secret_name=view.desired.secret_name,
        history=_history(view),
        last_handled_rotate_at=(view.ledger.handled or "")[:MAX_TOKEN_LENGTH] or None,
    )
    return {**_CLEARED, **status.to_wire()}


_CLEARED: dict[str, Any] = dict.fromkeys(
    ("robotID", "username", "rotatedAt", "expiresAt", "nextRotationAt", "previous", "history")
)
"""What a report takes out of the status when it does not state it."""


def _history(view: View) -> tuple[RotationRecord, ...]:
    live, recorded = view.ledger.live, view.observed.recorded
    # The note about the previous robots names the new robot's id before any report does.
    if live is None or live.n in recorded.numbers:
        return recorded.history
    entry = RotationRecord(
        time=live.minted_at, reason=live.cause.value, result=RotationResult.SUCCEEDED
    )
    return (entry, *recorded.history)[:HISTORY_LENGTH]


def overlap_of(stated: timedelta, token_lifetime: timedelta) -> timedelta:
    """The overlap that is kept: tokens issued to the old robot must have run out."""
    return max(stated, token_lifetime)
