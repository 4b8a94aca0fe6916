"""What becomes of a robot whose object is being deleted."""

from dataclasses import replace
from typing import Any

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    ReleaseRobot,
    ReleaseSecret,
    RemoveLedger,
    RemoveSecret,
)
from harbor_operator.core.robot.facts import (
    Observed,
    Target,
    TargetState,
)
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.robot.rights import ProjectState
from tests.support.robots import (
    AT_REST,
    NOW,
    OWN,
    PULL_PUSH,
    ROTATED,
    STRANGER,
    UNMADE,
    attempting,
    full_name,
    robot,
)

FOREIGN = Target(TargetState.FOREIGN, "somebody")

STRANGERS = replace(robot(3), description=STRANGER.text())
BARE = replace(UNMADE, robots=(robot(1), STRANGERS))

REMOVALS: list[Any] = [
    pytest.param(AT_REST, (RemoveSecret(),), id="the user's Secret goes first"),
    pytest.param(
        replace(AT_REST, target=Target(TargetState.BEHIND)),
        (RemoveSecret(),),
        id="also where it is behind",
    ),
    pytest.param(
        replace(AT_REST, target=Target(TargetState.ABSENT)), (RemoveLedger(),), id="then the ledger"
    ),
    pytest.param(
        replace(attempting(2), target=Target(TargetState.ABSENT)),
        (RemoveLedger(),),
        id="also with an attempt under way, which can store nothing from then on",
    ),
    pytest.param(replace(AT_REST, target=FOREIGN), (RemoveLedger(),), id="a foreign Secret stays"),
    pytest.param(BARE, (DeleteRobot(robot(1)),), id="then the robots with our mark"),
    pytest.param(
        replace(BARE, ledger_lost=True),
        (RemoveLedger(), DeleteRobot(robot(1))),
        id="a ledger that may be unreadable goes right before the robots",
    ),
    pytest.param(
        replace(UNMADE, ledger_lost=True),
        (),
        id="a ledger that is gone holds up nothing",
    ),
    pytest.param(replace(UNMADE, robots=(STRANGERS,)), (), id="a stranger's robot stays"),
    pytest.param(replace(AT_REST, rule=None), (RemoveSecret(),), id="no tenant rule is needed"),
    pytest.param(
        replace(BARE, project=ProjectState.MISSING),
        (DeleteRobot(robot(1)),),
        id="the HarborProject is not needed",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), REMOVALS)
def test_removal(seen: Observed, expected: tuple[Action, ...]) -> None:
    removal = plan(None, seen, NOW)

    assert removal.actions == expected
    assert removal.verdicts == ()


@pytest.mark.parametrize("username", [full_name(1), None])
def test_a_removal_waits_for_the_pull_secrets(username: str | None) -> None:
    removal = plan(None, replace(AT_REST, followers=(username,)), NOW)

    assert removal.actions == ()
    assert removal.verdicts[0].reason is Reason.IN_USE
    assert removal.verdicts[0].message == (
        "A HarborPullSecret still delivers this robot's credential; the robot goes when it does,"
        " or when it names another robot."
    )


RETAINED = replace(AT_REST, retain=True, can_update=True)
RELEASED = replace(robot(1), description=OWN.released())

RETAINING: list[Any] = [
    pytest.param(RETAINED, (ReleaseRobot(robot(1)),), id="the mark changes first"),
    pytest.param(
        replace(RETAINED, robots=(RELEASED,)), (ReleaseSecret(),), id="then the Secret is let go"
    ),
    pytest.param(
        replace(RETAINED, robots=(RELEASED,), target=FOREIGN),
        (RemoveLedger(),),
        id="then the ledger goes",
    ),
    pytest.param(
        replace(RETAINED, robots=(RELEASED,), target=FOREIGN, ledger=None),
        (),
        id="and the released robot stays",
    ),
    pytest.param(
        replace(ROTATED, retain=True, can_update=True),
        (DeleteRobot(robot(1)),),
        id="the robots that do not serve are deleted before",
    ),
    pytest.param(
        replace(RETAINED, robots=(replace(robot(1), grants=PULL_PUSH),), rule=None),
        (RemoveSecret(),),
        id="a robot that may do more than is given does not stay",
    ),
    pytest.param(
        replace(RETAINED, robots=(replace(robot(1), description=STRANGER.text()),)),
        (RemoveSecret(),),
        id="a stranger's robot is not released",
    ),
    pytest.param(
        replace(RETAINED, target=Target(TargetState.ABSENT)),
        (RemoveLedger(),),
        id="without a Secret nothing serves that could stay",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), RETAINING)
def test_retaining(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert plan(None, seen, NOW).actions == expected


def test_retaining_needs_a_login_that_may_change_the_mark() -> None:
    decided = plan(None, replace(RETAINED, can_update=False), NOW)

    assert decided.actions == ()
    assert {verdict.reason for verdict in decided.verdicts} == {Reason.PERMISSION_DENIED}
    assert all("set deletionPolicy to Delete" in verdict.message for verdict in decided.verdicts)


def test_what_would_be_retained_and_is_not_there_leaves_nothing_to_release() -> None:
    gone = replace(RETAINED, robots=())

    assert plan(None, gone, NOW).actions == plan(None, replace(gone, retain=False), NOW).actions
