"""What becomes of a robot whose object is being deleted."""

from dataclasses import replace
from typing import Any

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    RemoveLedger,
    RemoveSecret,
)
from harbor_operator.core.robot.facts import (
    Observed,
    ProjectState,
    Target,
    TargetState,
)
from harbor_operator.core.robot.plan import plan
from tests.support.robots import (
    AT_REST,
    NOW,
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
