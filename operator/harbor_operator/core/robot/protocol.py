"""The rotation protocol: which effect comes next, the first rule that applies.

These rules were model-checked against crashes around every effect, lost answers, a frozen
operator that later finishes an old effect, people who delete or edit what they can, restored
backups and stepping clocks. Change one only together with the exploration in ``tests/core``.
"""

from collections.abc import Callable
from dataclasses import replace

from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    NotePrevious,
    SwitchRobot,
    UpdateRobot,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import HarborRobot, Previous, TargetState
from harbor_operator.core.robot.ledger import Attempt, Cause, Credential
from harbor_operator.core.robot.proof import Proof
from harbor_operator.core.robot.renewal import (
    REPAIR_PAUSE,
    attempt_of,
    begin,
    begin_out_of_turn,
    begin_refresh,
    is_paused,
    mint,
    replace_if_revoked,
    set_secret,
    settle_refresh,
)
from harbor_operator.core.robot.view import (
    HOLDER_PATIENCE,
    REVOKE_PATIENCE,
    View,
    needs_replacement,
)

__all__ = [
    "HOLDER_PATIENCE",
    "REPAIR_PAUSE",
    "REVOKE_PATIENCE",
    "RULES",
    "View",
    "needs_replacement",
    "next_actions",
]

_WAIT: tuple[Action, ...] = ()


def next_actions(view: View) -> tuple[Action, ...]:
    """The next effects, none when the robot is at rest."""
    for rule in RULES:
        actions = rule(view)
        if actions is not None:
            return actions
    return _WAIT


def _switch(view: View) -> tuple[Action, ...] | None:
    """Switch every robot of ours on or off as the spec says, before anything else.

    What is about to be revoked is not switched on for that.
    """
    disabled = view.desired.disabled
    if disabled is None or not view.observed.can_update:
        return None
    if not disabled and view.revoke_requested() and view.ledger.pending is None:
        return None
    others = (robot for robot in view.observed.ours() if robot.disabled is not disabled)
    return tuple(SwitchRobot(robot, disabled) for robot in others) or None


def _open_ledger(view: View) -> tuple[Action, ...] | None:
    if view.ledger.live or view.ledger.pending or view.ledger.attempt:
        return None
    lost = view.observed.ledger_lost or any(view.observed.ours())
    return begin_out_of_turn(view, Cause.LEDGER_LOST) if lost else begin(view, Cause.CREATED)


def _settle_pending(view: View) -> tuple[Action, ...] | None:
    pending = view.ledger.pending
    if pending is None:
        return None
    if view.ledger.refreshes:
        return settle_refresh(view, pending)
    proof = view.proof(pending)
    if proof is Proof.WORKS:
        return (WriteLedger(view.ledger.promote()),)
    if proof is Proof.DISABLED:
        return replace_if_revoked(view)
    if proof is Proof.UNCLEAR or view.desired.disabled or is_paused(view, pending):
        # It waits, and the live credential is served meanwhile; `_rotate` begins nothing.
        return None
    attempt = view.ledger.attempt
    return begin_out_of_turn(view, attempt.cause if attempt else Cause.INVALID)


def _carry_out_attempt(view: View) -> tuple[Action, ...] | None:
    attempt = view.ledger.attempt
    if attempt is None or view.ledger.pending is not None:
        return None
    if any(view.name.number(robot.name) == attempt.n for robot in view.observed.robots):
        return (WriteLedger(view.ledger.fence(attempt_of(view, attempt.cause))),)
    lost = _lost_robots(view, attempt)
    if lost:
        return tuple(DeleteRobot(robot) for robot in lost)
    return (mint(view, attempt, view.ledger),)


def _lost_robots(view: View, attempt: Attempt) -> list[HarborRobot]:
    """Ours whose answer nobody can store any more.

    A robot that a Secret holds, or that has a successor, is none of them: it has served, by a
    ledger that is gone, and keeps its overlap as an old robot.
    """
    numbered = {robot.id: view.name.number(robot.name) or 0 for robot in view.observed.ours()}
    newest = max((n for n in numbered.values() if n not in attempt.lost), default=0)
    held = frozenset(view.observed.usernames())
    return [
        robot
        for robot in view.observed.ours()
        if numbered[robot.id] in attempt.lost
        and numbered[robot.id] > newest
        and robot.name not in held
    ]


def _end_revoked(view: View) -> tuple[Action, ...] | None:
    """Delete what a revoke was to end once every Secret has the new one, or soon after.

    It comes before all that could fail on a Secret: who revokes wants the old one gone.
    """
    live, doomed = view.ledger.live, view.revoked_robots()
    if live is None or not doomed or view.proof(live) is not Proof.WORKS:
        return None
    if not view.everywhere_live() and view.age(live) < REVOKE_PATIENCE:
        return None
    return tuple(DeleteRobot(robot) for robot in doomed)


def _serve_live(view: View) -> tuple[Action, ...] | None:
    live, robot = view.ledger.live, view.live_robot
    if live is None or robot is None:
        return None
    match view.proof(live):
        case Proof.RENAMED:
            return (WriteLedger(view.ledger.renamed(robot.name)),)
        case Proof.WORKS if view.observed.target.state is not TargetState.IN_LINE:
            return (WriteSecret(live),)
        case Proof.WORKS if view.observed.can_update and _is_updatable(view, robot):
            return (UpdateRobot(robot, view.desired.grants, view.observed.own.text()),)
        case _:
            return None


def _is_updatable(view: View, robot: HarborRobot) -> bool:
    """Whether an update brings the robot in line: its permissions, or blanks around its mark."""
    if needs_replacement(view.desired, robot, can_update=True):
        return False
    return (robot.grants, robot.description) != (view.desired.grants, view.observed.own.text())


def _clean_up(view: View) -> tuple[Action, ...] | None:
    live = view.ledger.live
    if live is None or view.proof(live) is not Proof.WORKS or not view.everywhere_live():
        return None
    held = frozenset(view.observed.usernames())
    patient = view.now - live.minted_at < HOLDER_PATIENCE
    revoked = view.revoked_robots()
    old = [robot for robot in view.old_robots() if robot not in revoked]
    free = [robot for robot in old if not (patient and robot.name in held)]
    entries = {robot.id: _entry(view, live, robot) for robot in free}
    recorded = view.observed.recorded
    noted = set(entries.values()) <= set(recorded.previous)
    if entries and (not noted or recorded.robot_id != live.robot_id):
        return (NotePrevious(live.robot_id, tuple(entries.values())),)
    over = [r for r in free if view.end_of(entries[r.id]) <= view.now]
    return tuple(DeleteRobot(robot) for robot in over) or None


def _entry(view: View, live: Credential, robot: HarborRobot) -> Previous:
    recorded = view.observed.recorded
    for previous in recorded.previous:
        trusted = previous.since <= view.now and recorded.robot_id == live.robot_id
        # By its name too: a Harbor that was restored gives an id to another robot.
        if (previous.robot_id, previous.username) == (robot.id, robot.name) and trusted:
            return _with_end(view, previous)
    n = view.name.number(robot.name) or 0
    return _with_end(view, Previous(n, robot.id, robot.name, view.now.replace(microsecond=0)))


def _with_end(view: View, previous: Previous) -> Previous:
    return replace(previous, remove_after=view.end_of(previous))


def _rotate(view: View) -> tuple[Action, ...] | None:
    live, cause = view.ledger.live, view.cause()
    if live is None or cause is None or view.ledger.pending is not None:
        return None
    match cause:
        case Cause.REVOKED:
            return begin_out_of_turn(view, cause)
        case Cause.INVALID:
            return _repair(view, live)
        case _ if view.keeps_robot(cause):
            # The secret that a revoke was answered with stays till its old robots are gone:
            # another one would be none of the revoke's, and let them have an overlap.
            return None if view.revoked_robots() else begin_refresh(view, cause)
        case Cause.REQUESTED if view.lacks_user():
            return None
        case _:
            return None if view.old_robots() else begin(view, cause)


def _repair(view: View, live: Credential) -> tuple[Action, ...] | None:
    """Replace a credential that is proven bad.

    A secret that we have chosen ourselves is set again: it was changed in Harbor, by a person or
    by a frozen operator that finished an old refresh.
    """
    if view.can_refresh() and view.proof(live) is Proof.REFUSED:
        return set_secret(view, live)
    return None if is_paused(view, live) else begin_out_of_turn(view, Cause.INVALID)


RULES: tuple[Callable[[View], tuple[Action, ...] | None], ...] = (
    _switch,
    _open_ledger,
    _settle_pending,
    _carry_out_attempt,
    _end_revoked,
    _serve_live,
    _clean_up,
    _rotate,
)
"""In order; each gives the effects, nothing to wait, or None when it does not apply."""
