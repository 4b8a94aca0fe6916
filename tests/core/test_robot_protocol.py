"""The rotation protocol: for each state of the world, the one next effect."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    UpdateRobot,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import (
    Answer,
    Handshake,
    Observed,
    Recorded,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import Attempt, Cause, Ledger
from harbor_operator.core.robot.protocol import next_actions
from tests.support.robots import (
    AT_REST,
    IN_LINE,
    NOW,
    OWN,
    PULL,
    PULL_PUSH,
    REFUSED_LONG_AGO,
    ROTATING,
    STRANGER,
    UNCLEAR,
    UNMADE,
    WORKS,
    attempting,
    beginning,
    begun,
    credential,
    full_name,
    mint,
    robot,
    view,
)

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NOTHING: tuple[Action, ...] = ()


def proven(*robots: int) -> dict[int, Handshake]:
    return {100 + n: WORKS for n in robots}


STRANGERS_SECOND = replace(robot(2), description=STRANGER.text())

OPENING = [
    pytest.param(
        UNMADE,
        beginning(Ledger(attempt=Attempt(1, Cause.CREATED))),
        id="nothing there: note the intent, then make robot 1",
    ),
    pytest.param(
        replace(UNMADE, ledger=Ledger(handled="t")),
        beginning(Ledger(attempt=Attempt(1, Cause.CREATED), handled="t")),
        id="an empty ledger is begun like none",
    ),
    pytest.param(
        replace(UNMADE, ledger_lost=True, recorded=Recorded(robot_id=101, numbers=(1,))),
        beginning(Ledger(attempt=Attempt(2, Cause.LEDGER_LOST))),
        id="a lost ledger: the next number, and the reason is told",
    ),
    pytest.param(
        replace(UNMADE, robots=(robot(3),)),
        beginning(Ledger(attempt=Attempt(4, Cause.LEDGER_LOST))),
        id="a robot of ours without a ledger: it was lost too",
    ),
    pytest.param(
        replace(UNMADE, robots=(replace(robot(3), description=STRANGER.text()),)),
        beginning(Ledger(attempt=Attempt(4, Cause.CREATED))),
        id="a stranger's robot of our base takes a number and no more",
    ),
]

SETTLING = [
    pytest.param(
        ROTATING,
        (WriteLedger(Ledger(live=credential(2))),),
        id="pending works: it becomes live",
    ),
    pytest.param(
        replace(ROTATING, robots=(robot(1),)),
        beginning(begun(3, Cause.CREATED)),
        id="pending is gone from Harbor: a new attempt at once",
    ),
    pytest.param(
        replace(ROTATING, robots=(robot(1), replace(robot(2), expires_at=NOW))),
        beginning(begun(3, Cause.CREATED)),
        id="pending has expired: a new attempt",
    ),
    pytest.param(
        replace(ROTATING, handshakes={101: WORKS, 102: REFUSED_LONG_AGO}),
        beginning(begun(3, Cause.CREATED)),
        id="pending is refused: a new attempt",
    ),
    pytest.param(
        replace(ROTATING, robots=(robot(1), replace(robot(2), name="bot-team+ci-0a1b2-2"))),
        beginning(begun(3, Cause.CREATED)),
        id="pending was renamed: a new attempt",
    ),
    pytest.param(
        replace(ROTATING, handshakes={101: WORKS, 102: UNCLEAR}),
        NOTHING,
        id="pending is neither good nor bad: wait",
    ),
    pytest.param(
        replace(
            ROTATING, handshakes={101: WORKS, 102: Handshake(Answer.REFUSED, NOW - 59 * SECOND)}
        ),
        NOTHING,
        id="pending is refused for less than a minute: wait",
    ),
    pytest.param(
        replace(ROTATING, robots=(robot(1), replace(robot(2), disabled=True))),
        NOTHING,
        id="a person disabled pending: wait",
    ),
    pytest.param(
        replace(
            ROTATING,
            robots=(robot(1), replace(robot(2), disabled=True)),
            target=Target(TargetState.ABSENT),
        ),
        (WriteSecret(credential(1)),),
        id="while pending waits the user's Secret is still repaired",
    ),
    pytest.param(
        replace(ROTATING, robots=(replace(robot(1), expires_at=NOW), robot(2)), handshakes={}),
        NOTHING,
        id="live is bad while pending is undecided: no third robot",
    ),
]

ATTEMPTS = [
    pytest.param(
        attempting(2),
        (mint(Ledger(live=credential(1), attempt=Attempt(2))),),
        id="robot n is not there: make it, with the ledger as it was read",
    ),
    pytest.param(
        replace(attempting(2), robots=(robot(1), robot(2))),
        (WriteLedger(Ledger(live=credential(1), attempt=Attempt(3, lost=(2,)))),),
        id="robot n is there without an answer: fence it before anything else",
    ),
    pytest.param(
        replace(attempting(2), robots=(robot(1), STRANGERS_SECOND)),
        (WriteLedger(Ledger(live=credential(1), attempt=Attempt(3, lost=(2,)))),),
        id="a stranger's robot n is fenced as well",
    ),
    pytest.param(
        replace(attempting(3, lost=(2,)), robots=(robot(1), robot(2))),
        (DeleteRobot(robot(2)),),
        id="a lost robot of ours goes before the next is made",
    ),
    pytest.param(
        replace(attempting(3, lost=(2,)), robots=(robot(1), STRANGERS_SECOND)),
        (mint(Ledger(live=credential(1), attempt=Attempt(3, lost=(2,)))),),
        id="a stranger's robot of a lost number stays",
    ),
    pytest.param(
        replace(attempting(3, lost=(2,)), robots=(robot(1), robot(2)), followers=(full_name(2),)),
        (mint(Ledger(live=credential(1), attempt=Attempt(3, lost=(2,)))),),
        id="a lost robot that a Secret holds keeps its overlap",
    ),
    pytest.param(
        replace(UNMADE, ledger=Ledger(attempt=Attempt(3, lost=(1,))), robots=(robot(1), robot(2))),
        (mint(Ledger(attempt=Attempt(3, lost=(1,)))),),
        id="a lost robot that has a successor keeps its overlap",
    ),
    pytest.param(
        replace(attempting(4, lost=(2, 3)), robots=(robot(1), robot(2), robot(3))),
        (DeleteRobot(robot(2)), DeleteRobot(robot(3))),
        id="all lost robots go",
    ),
]

SERVING = [
    pytest.param(AT_REST, NOTHING, id="everything is in line: nothing"),
    pytest.param(
        replace(AT_REST, target=Target(TargetState.ABSENT)),
        (WriteSecret(credential(1)),),
        id="the user's Secret is gone: write it",
    ),
    pytest.param(
        replace(AT_REST, target=Target(TargetState.BEHIND, full_name(1))),
        (WriteSecret(credential(1)),),
        id="the user's Secret was edited: write it",
    ),
    pytest.param(
        replace(AT_REST, target=Target(TargetState.ABSENT), handshakes={101: UNCLEAR}),
        NOTHING,
        id="a credential that is not proven reaches no Secret",
    ),
    pytest.param(
        replace(
            AT_REST,
            target=Target(TargetState.ABSENT),
            robots=(replace(robot(1), disabled=True),),
        ),
        NOTHING,
        id="a disabled robot is left alone",
    ),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), name="bot-team+ci-0a1b2-1"),)),
        (WriteLedger(Ledger(live=replace(credential(1), username="bot-team+ci-0a1b2-1"))),),
        id="the prefix changed: the ledger follows",
    ),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), grants=PULL_PUSH),), can_update=True),
        (UpdateRobot(replace(robot(1), grants=PULL_PUSH), PULL, OWN.text()),),
        id="other permissions are updated where the connection may",
    ),
]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [*OPENING, *SETTLING, *ATTEMPTS, *SERVING],
)
def test_the_next_effect(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen)) == expected


def test_a_repair_names_the_answer_live_so_that_the_bad_one_is_forgotten() -> None:
    """With the bad credential still live, an answer waits as pending until it is proven."""
    seen = replace(
        AT_REST,
        ledger=Ledger(live=credential(1), pending=credential(2), attempt=Attempt(2)),
        robots=(robot(2),),
        handshakes=proven(2),
        target=IN_LINE,
    )

    assert next_actions(view(seen)) == (WriteLedger(Ledger(live=credential(2))),)
