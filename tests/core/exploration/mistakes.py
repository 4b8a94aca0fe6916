"""Rules of the protocol with a mistake in them, each beside the shipped one that it replaces."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from harbor_operator.core.robot import protocol
from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    Mint,
    NotePrevious,
    WriteLedger,
)
from harbor_operator.core.robot.facts import Observed, RobotName
from harbor_operator.core.robot.ledger import Cause
from harbor_operator.core.robot.proof import Proof
from harbor_operator.core.robot.renewal import begin
from harbor_operator.core.robot.view import View

Rule = Callable[[View], tuple[Action, ...] | None]
Mistakes = Mapping[str, Rule]
"""Mistaken rules by the name of the shipped one."""

_SHIPPED: dict[str, Rule] = {rule.__name__: rule for rule in protocol.RULES}


def _delete_before_the_switch(view: View) -> tuple[Action, ...] | None:
    live = view.ledger.live
    if live is not None and view.proof(live) is Proof.WORKS and view.old_robots():
        return tuple(DeleteRobot(robot) for robot in view.old_robots())
    return _SHIPPED["_serve_live"](view)


def _delete_without_an_overlap(view: View) -> tuple[Action, ...] | None:
    actions = _SHIPPED["_clean_up"](view)
    if actions and isinstance(actions[0], NotePrevious):
        return tuple(DeleteRobot(robot) for robot in view.old_robots())
    return actions


def _delete_what_a_pull_secret_holds(view: View) -> tuple[Action, ...] | None:
    return _SHIPPED["_clean_up"](replace(view, observed=replace(view.observed, followers=())))


def _delete_without_a_fence(view: View) -> tuple[Action, ...] | None:
    attempt = view.ledger.attempt
    if attempt is None or view.ledger.pending is not None:
        return None
    unpaired = [r for r in view.observed.ours() if view.name.number(r.name) == attempt.n]
    if unpaired:
        return tuple(DeleteRobot(robot) for robot in unpaired)
    return _SHIPPED["_carry_out_attempt"](view)


def _rotate_without_a_gate(view: View) -> tuple[Action, ...] | None:
    planned = {Cause.REQUESTED, Cause.CHANGED, Cause.DUE}
    cause = view.cause()
    if cause in planned and view.ledger.live is not None and view.ledger.pending is None:
        return begin(view, cause)
    return _SHIPPED["_rotate"](view)


def _stand_still_while_pending_is_undecided(view: View) -> tuple[Action, ...] | None:
    actions = _SHIPPED["_settle_pending"](view)
    return () if actions is None and view.ledger.pending is not None else actions


def _handle_what_is_asked_by_now(view: View) -> tuple[Action, ...] | None:
    """Take the token of the request from the object at the switch, not from the attempt."""
    actions = _SHIPPED["_settle_pending"](view)
    if not actions or not isinstance(actions[0], WriteLedger) or actions[0].ledger.attempt:
        return actions
    handled = view.desired.request or view.ledger.handled
    return (WriteLedger(replace(actions[0].ledger, handled=handled)),)


def _without_intent(name: str) -> Rule:
    """Make a robot without having written down before that one is to be made."""

    def rule(view: View) -> tuple[Action, ...] | None:
        actions = _SHIPPED[name](view)
        if not actions or not isinstance(actions[-1], Mint):
            return actions
        return tuple(action for action in actions if not isinstance(action, WriteLedger))

    return rule


def _repair_with_another_robot(view: View) -> tuple[Action, ...] | None:
    """Answer a refused secret of our own making with another robot."""
    live = view.ledger.live
    refused = live is not None and view.proof(live) is Proof.REFUSED
    if refused and view.can_refresh() and view.ledger.pending is None:
        return begin(view, Cause.INVALID)
    return _SHIPPED["_rotate"](view)


def _revoke_at_once(view: View) -> tuple[Action, ...] | None:
    """Delete what is revoked without waiting for the Secrets."""
    return tuple(DeleteRobot(robot) for robot in view.revoked_robots()) or None


def _revoke_with_an_overlap(_: View) -> tuple[Action, ...] | None:
    """Let what is revoked go as every old robot goes."""
    return None


def first_free_number(observed: Observed, name: RobotName) -> int:
    taken = {name.number(robot.name) for robot in observed.robots}
    return min(n for n in range(1, len(taken) + 2) if n not in taken)


DELETE_BEFORE_THE_SWITCH: Mistakes = {"_serve_live": _delete_before_the_switch}
DELETE_WITHOUT_AN_OVERLAP: Mistakes = {"_clean_up": _delete_without_an_overlap}
DELETE_WHAT_IS_HELD: Mistakes = {"_clean_up": _delete_what_a_pull_secret_holds}
DELETE_WITHOUT_A_FENCE: Mistakes = {"_carry_out_attempt": _delete_without_a_fence}
ROTATE_WITHOUT_A_GATE: Mistakes = {"_rotate": _rotate_without_a_gate}
STAND_STILL: Mistakes = {"_settle_pending": _stand_still_while_pending_is_undecided}
HANDLE_BY_NOW: Mistakes = {"_settle_pending": _handle_what_is_asked_by_now}
MINT_WITHOUT_INTENT: Mistakes = {
    name: _without_intent(name) for name in ("_open_ledger", "_settle_pending", "_rotate")
}
REPAIR_BY_ANOTHER_ROBOT: Mistakes = {"_rotate": _repair_with_another_robot}
REVOKE_AT_ONCE: Mistakes = {"_end_revoked": _revoke_at_once}
REVOKE_WITH_AN_OVERLAP: Mistakes = {"_end_revoked": _revoke_with_an_overlap}
