"""The rotation protocol: for each state of the world, the one next effect."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    Mint,
    NotePrevious,
    UpdateRobot,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import (
    Answer,
    Desired,
    Handshake,
    Observed,
    Previous,
    Recorded,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import Attempt, Cause, Ledger
from harbor_operator.core.robot.protocol import HOLDER_PATIENCE, REPAIR_PAUSE, next_actions
from tests.support.robots import (
    AT_REST,
    DESIRED,
    IN_LINE,
    NAME,
    NOW,
    OVERLAP,
    OWN,
    PULL,
    PULL_PUSH,
    REFUSED_LONG_AGO,
    ROTATED,
    ROTATING,
    STRANGER,
    UNCLEAR,
    UNMADE,
    WORKS,
    attempting,
    credential,
    full_name,
    noted,
    robot,
    view,
)

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NOTHING: tuple[Action, ...] = ()


def mint(ledger: Ledger) -> Mint:
    """The robot of the ledger's attempt, as the spec wants it."""
    assert ledger.attempt is not None
    return Mint(
        attempt=ledger.attempt,
        ledger=ledger,
        local_name=NAME.local(ledger.attempt.n),
        project="team",
        description=OWN.text(),
        grants=PULL,
        lifetime_days=90,
    )


def beginning(ledger: Ledger) -> tuple[Action, ...]:
    """The intent, and the robot after it."""
    return (WriteLedger(ledger), mint(ledger))


def begun(n: int, cause: Cause, token: str | None = None) -> Ledger:
    """Robot 1 stays live while robot n is made."""
    return Ledger(live=credential(1), attempt=Attempt(n, cause, token))


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
        (UpdateRobot(robot=replace(robot(1), grants=PULL_PUSH), project="team", grants=PULL),),
        id="other permissions are updated where the connection may",
    ),
]


CLEANING = [
    pytest.param(
        ROTATED,
        (NotePrevious(102, (Previous(1, 101, full_name(1), NOW),)),),
        id="an old robot is noted first",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW - OVERLAP + SECOND)),
        NOTHING,
        id="within the overlap it lives",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW - OVERLAP)),
        (DeleteRobot(robot(1)),),
        id="after the overlap it goes",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW + SECOND)),
        (NotePrevious(102, (Previous(1, 101, full_name(1), NOW),)),),
        id="a note from the future starts over",
    ),
    pytest.param(
        replace(ROTATED, recorded=replace(noted(NOW - 2 * OVERLAP), robot_id=101)),
        (NotePrevious(102, (Previous(1, 101, full_name(1), NOW),)),),
        id="a note of another live robot starts over",
    ),
    pytest.param(
        replace(
            ROTATED,
            recorded=noted(NOW - OVERLAP),
            robots=(replace(robot(1), description=STRANGER.text()), robot(2)),
        ),
        NOTHING,
        id="a robot that lost our mark is nobody's to delete, whatever the note says",
    ),
    pytest.param(
        replace(ROTATED, target=Target(TargetState.BEHIND, full_name(1))),
        (WriteSecret(credential(2)),),
        id="the user's Secret goes first",
    ),
    pytest.param(
        replace(
            ROTATED,
            ledger=Ledger(live=replace(credential(2), minted_at=NOW - HOLDER_PATIENCE + SECOND)),
            recorded=noted(NOW - OVERLAP),
            followers=(full_name(2), full_name(1)),
        ),
        NOTHING,
        id="a pull secret that is behind keeps it alive",
    ),
    pytest.param(
        replace(
            ROTATED,
            ledger=Ledger(live=replace(credential(2), minted_at=NOW - SECOND)),
            recorded=noted(NOW - OVERLAP),
            followers=(None,),
        ),
        NOTHING,
        id="a pull secret that cannot be read keeps it alive",
    ),
    pytest.param(
        replace(
            ROTATED,
            ledger=Ledger(live=replace(credential(2), minted_at=NOW - HOLDER_PATIENCE)),
            recorded=noted(NOW - OVERLAP),
            followers=(full_name(1),),
        ),
        (DeleteRobot(robot(1)),),
        id="but for a day at most",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW - OVERLAP), handshakes={102: UNCLEAR}),
        NOTHING,
        id="nothing is deleted while the new one is in doubt",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW - OVERLAP), robots=(robot(1), robot(2), robot(3))),
        (
            NotePrevious(
                102,
                (
                    Previous(1, 101, full_name(1), NOW - OVERLAP),
                    Previous(3, 103, full_name(3), NOW),
                ),
            ),
        ),
        id="a stray robot gets its own time, the note of the other stays",
    ),
]

ROTATING_ON = [
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), created_at=NOW - 60 * DAY),)),
        beginning(begun(2, Cause.DUE)),
        id="it is due, counted from the robot's creation in Harbor",
    ),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), created_at=NOW - 60 * DAY + SECOND),)),
        NOTHING,
        id="a second before it is not",
    ),
    pytest.param(
        replace(AT_REST, robots=()),
        beginning(begun(2, Cause.INVALID)),
        id="the robot is gone",
    ),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), expires_at=NOW),)),
        beginning(begun(2, Cause.INVALID)),
        id="the robot has expired",
    ),
    pytest.param(
        replace(AT_REST, handshakes={101: REFUSED_LONG_AGO}),
        beginning(begun(2, Cause.INVALID)),
        id="the credential is refused",
    ),
    pytest.param(
        replace(AT_REST, handshakes={101: Handshake(Answer.REFUSED, NOW)}),
        NOTHING,
        id="one refusal proves nothing",
    ),
    pytest.param(
        replace(AT_REST, handshakes={101: UNCLEAR}), NOTHING, id="no clear answer proves nothing"
    ),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), disabled=True),)),
        NOTHING,
        id="a disabled robot is not replaced",
    ),
    pytest.param(
        replace(
            AT_REST,
            ledger=Ledger(live=replace(credential(1), minted_at=NOW - REPAIR_PAUSE + SECOND)),
            robots=(),
        ),
        NOTHING,
        id="a robot that was lost right after it was made is not replaced at once",
    ),
    pytest.param(
        replace(AT_REST, robots=(robot(3),)),
        beginning(Ledger(live=credential(1), attempt=Attempt(4, Cause.INVALID))),
        id="a proven failure does not wait for an old robot's end",
    ),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), grants=PULL_PUSH),)),
        beginning(begun(2, Cause.CHANGED)),
        id="other permissions make another robot where no update is possible",
    ),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), lifetime_days=30),)),
        beginning(begun(2, Cause.CHANGED)),
        id="another lifetime makes another robot",
    ),
    pytest.param(
        replace(
            AT_REST,
            robots=(replace(robot(1), lifetime_days=30, grants=PULL_PUSH),),
            can_update=True,
        ),
        beginning(begun(2, Cause.CHANGED)),
        id="another lifetime makes another robot also where updates are possible",
    ),
    pytest.param(
        replace(
            ROTATED,
            recorded=noted(NOW),
            robots=(robot(1), replace(robot(2), created_at=NOW - 60 * DAY)),
        ),
        NOTHING,
        id="a planned rotation waits while an old robot lives",
    ),
]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [*OPENING, *SETTLING, *ATTEMPTS, *SERVING, *CLEANING, *ROTATING_ON],
)
def test_the_next_effect(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen)) == expected


REQUEST = replace(DESIRED, request="again")

REQUESTS = [
    pytest.param(
        AT_REST, beginning(begun(2, Cause.REQUESTED, "again")), id="a new request is followed"
    ),
    pytest.param(
        replace(AT_REST, ledger=Ledger(live=credential(1), handled="again")),
        NOTHING,
        id="a handled request is not followed again",
    ),
    pytest.param(
        replace(AT_REST, ledger=Ledger(live=credential(1), handled="before")),
        beginning(
            Ledger(
                live=credential(1), attempt=Attempt(2, Cause.REQUESTED, "again"), handled="before"
            )
        ),
        id="a request after a handled one is followed",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW)),
        NOTHING,
        id="a request waits while an old robot lives",
    ),
    pytest.param(
        replace(AT_REST, handshakes={101: UNCLEAR}), NOTHING, id="a request waits while in doubt"
    ),
    pytest.param(
        UNMADE,
        beginning(Ledger(attempt=Attempt(1, Cause.CREATED, "again"))),
        id="a request before the first robot is met by the first robot",
    ),
    pytest.param(
        replace(attempting(2), robots=(robot(1), robot(2))),
        (WriteLedger(Ledger(live=credential(1), attempt=Attempt(3, token="again", lost=(2,)))),),
        id="a fenced attempt takes on the newest request",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), REQUESTS)
def test_a_request(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen, REQUEST)) == expected


@pytest.mark.parametrize(
    ("desired", "age", "expected"),
    [
        pytest.param(
            replace(DESIRED, every=9 * DAY), 10 * DAY, True, id="a shorter period is due sooner"
        ),
        pytest.param(replace(DESIRED, every=11 * DAY), 10 * DAY, False, id="a longer one is not"),
    ],
)
def test_the_stated_period(desired: Desired, age: timedelta, *, expected: bool) -> None:
    seen = replace(AT_REST, robots=(replace(robot(1), created_at=NOW - age),))

    assert bool(next_actions(view(seen, desired))) is expected


def test_a_robot_that_never_expires_is_never_due_by_itself() -> None:
    desired = replace(DESIRED, lifetime_days=-1)
    ancient = replace(robot(1), created_at=NOW - 4000 * DAY, lifetime_days=-1, expires_at=None)

    assert next_actions(view(replace(AT_REST, robots=(ancient,)), desired)) == NOTHING


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
