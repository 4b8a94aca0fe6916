"""What becomes of a robot whose object is being deleted."""

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import Plan, blocked, waiting
from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    ReleaseRobot,
    ReleaseSecret,
    RemoveLedger,
    RemoveSecret,
)
from harbor_operator.core.robot.facts import HarborRobot, Observed, TargetState

_OURS = frozenset({TargetState.BEHIND, TargetState.IN_LINE})


def plan_removal(observed: Observed) -> Plan[Action]:
    """Take everything away, or leave what serves behind, as the deletion policy says."""
    if observed.followers:
        message = (
            "A HarborPullSecret still delivers this robot's credential; the robot goes when it"
            " does, or when it names another robot."
        )
        return Plan(verdicts=waiting(Reason.IN_USE, message))
    kept = _kept(observed)
    return _removal(observed) if kept is None else _release(observed, kept)


def _removal(observed: Observed) -> Plan[Action]:
    """The user's Secret, then the ledger: from then on nobody can store an answer of Harbor."""
    if observed.target.state in _OURS:
        return Plan(actions=(RemoveSecret(),))
    if observed.ledger is not None:
        return Plan(actions=(RemoveLedger(),))
    robots = tuple(DeleteRobot(robot) for robot in observed.ours())
    # A lost ledger may be a Secret that cannot be read, or no Secret any more: it goes with the
    # robots, since it looks the same afterwards and would be removed for ever otherwise.
    return Plan(actions=(RemoveLedger(), *robots) if robots and observed.ledger_lost else robots)


def _kept(observed: Observed) -> HarborRobot | None:
    """The robot that is left behind.

    One that may do more than the namespace is given is not: nobody could withdraw it any more.
    """
    if not observed.retain or observed.target.state not in _OURS:
        return None
    serving = (robot for robot in observed.robots if robot.name == observed.target.username)
    robot = next(serving, None)
    if robot is None or not _is_ours_or_released(robot, observed):
        return None
    return None if observed.rights.exceeded_at(robot.grants) else robot


def _is_ours_or_released(robot: HarborRobot, observed: Observed) -> bool:
    return robot.marked_by(observed.own) or robot.description == observed.own.released()


def _release(observed: Observed, kept: HarborRobot) -> Plan[Action]:
    """The others go, then the mark changes, and the Secret last: till then it names what stays."""
    others = tuple(DeleteRobot(robot) for robot in observed.ours() if robot.id != kept.id)
    if others:
        return Plan(actions=others)
    if not kept.marked_by(observed.own):
        return Plan(actions=(ReleaseSecret(),))
    if not observed.can_update:
        return Plan(verdicts=blocked(Reason.PERMISSION_DENIED, _NEEDS_A_USER))
    return Plan(actions=(ReleaseRobot(kept),))


_NEEDS_A_USER = (
    "deletionPolicy Retain changes the robot's mark in Harbor, which no robot may do to another:"
    " give the connection a user's credentials, or set deletionPolicy to Delete."
)
