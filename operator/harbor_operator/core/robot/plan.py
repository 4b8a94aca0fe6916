"""What to do about one HarborRobot."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from harbor_operator.core.plan import Plan
from harbor_operator.core.robot.actions import Action, Hold
from harbor_operator.core.robot.facts import Desired, Observed
from harbor_operator.core.robot.ledger import Cause
from harbor_operator.core.robot.proof import PROOF_GAP, Proof
from harbor_operator.core.robot.protocol import next_actions
from harbor_operator.core.robot.refusal import refusal_of, waiting_for_project
from harbor_operator.core.robot.removal import plan_removal
from harbor_operator.core.robot.renewal import REPAIR_PAUSE
from harbor_operator.core.robot.report import report_of
from harbor_operator.core.robot.verdicts import problem_with, verdicts_of
from harbor_operator.core.robot.view import REVOKE_PATIENCE, View
from harbor_operator.core.robot.withdrawal import plan_withdrawal


def plan(desired: Desired | None, observed: Observed, now: datetime) -> Plan[Action]:
    """Decide the next effects for a robot, or its verdicts when it is at rest.

    Args:
        desired: The spec with its defaults; None while the object is being deleted.
        observed: One look at Kubernetes and Harbor.
        now: Harbor's clock at that look.
    """
    if desired is None:
        return plan_removal(observed)
    refusal = refusal_of(desired, observed)
    if not refusal and observed.name is None:
        refusal = waiting_for_project(observed)
    if refusal or observed.name is None:
        return plan_withdrawal(desired, observed, refusal, now)
    return _upkeep(View(desired, observed, observed.name, now))


def _upkeep(view: View) -> Plan[Action]:
    observed = view.observed
    problem = problem_with(view)
    if problem and observed.ledger is None:
        return Plan(verdicts=problem)
    actions = next_actions(view)
    if not observed.held:
        return Plan(actions=(Hold(), *actions))
    if actions:
        return Plan(actions=actions)
    return Plan(verdicts=verdicts_of(view), recheck_at=_recheck_at(view), report=report_of(view))


def _recheck_at(view: View) -> datetime | None:
    """The earliest instant at which time alone changes the plan."""
    if view.desired.disabled:
        return None
    instants = (*_proofs(view), *_ends_of_old(view), *_rotations(view))
    return min((instant for instant in instants if instant > view.now), default=None)


def _proofs(view: View) -> Iterator[datetime]:
    """When what Harbor says of a credential may count for more."""
    live = view.ledger.live
    if view.proof(live) is not Proof.WORKS or view.ledger.pending is not None:
        yield view.now + PROOF_GAP
    if live is not None and view.cause() is Cause.INVALID:
        yield live.minted_at + REPAIR_PAUSE
    if view.observed.place is not None:
        yield view.observed.place


def _ends_of_old(view: View) -> Iterator[datetime]:
    """When robots that have been replaced may go."""
    for previous in view.observed.recorded.previous:
        yield view.end_of(previous)
    live = view.ledger.live
    if live is not None and view.revoked_robots():
        yield live.minted_at + REVOKE_PATIENCE


def _rotations(view: View) -> Iterator[datetime]:
    """When the live robot expires, and when it is due."""
    robot = view.live_robot
    if robot is None:
        return
    if robot.expires_at is not None:
        yield robot.expires_at
    due = view.due(robot)
    if due is not None and not view.old_robots():
        yield due


def overlap_of(stated: timedelta, token_lifetime: timedelta) -> timedelta:
    """The overlap that is kept: tokens issued to the old robot must have run out."""
    return max(stated, token_lifetime)
