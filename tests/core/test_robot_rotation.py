"""The rotation protocol: when an old robot goes, and when a new one is made."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    NotePrevious,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import (
    Answer,
    Desired,
    Handshake,
    Observed,
    Previous,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import Attempt, Cause, Ledger
from harbor_operator.core.robot.protocol import HOLDER_PATIENCE, REPAIR_PAUSE, next_actions
from tests.support.robots import (
    AT_REST,
    DESIRED,
    NOW,
    OVERLAP,
    PULL_PUSH,
    REFUSED_LONG_AGO,
    ROTATED,
    STRANGER,
    UNCLEAR,
    UNMADE,
    attempting,
    beginning,
    begun,
    credential,
    full_name,
    noted,
    robot,
    view,
)

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
TOKEN_LIFETIME = ROTATED.token_lifetime
NOTHING: tuple[Action, ...] = ()

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
        replace(
            ROTATED,
            recorded=noted(NOW - TOKEN_LIFETIME),
            robots=(replace(robot(1), grants=PULL_PUSH), robot(2)),
        ),
        (DeleteRobot(replace(robot(1), grants=PULL_PUSH)),),
        id="one that may do more than is asked for now goes when its tokens have run out",
    ),
    pytest.param(
        replace(
            ROTATED,
            recorded=noted(NOW - TOKEN_LIFETIME + SECOND),
            robots=(replace(robot(1), grants=PULL_PUSH), robot(2)),
        ),
        NOTHING,
        id="and no sooner",
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
    [*CLEANING, *ROTATING_ON],
)
def test_the_next_effect(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen)) == expected


def test_an_old_robot_is_noted_with_its_end() -> None:
    [note] = next_actions(view(ROTATED)) or ()

    assert isinstance(note, NotePrevious)
    assert [previous.remove_after for previous in note.previous] == [NOW + OVERLAP]


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


def every(period: timedelta) -> Desired:
    return replace(DESIRED, schedule=replace(DESIRED.schedule, every=period))


@pytest.mark.parametrize(
    ("desired", "age", "expected"),
    [
        pytest.param(every(9 * DAY), 10 * DAY, True, id="a shorter period is due sooner"),
        pytest.param(every(11 * DAY), 10 * DAY, False, id="a longer one is not"),
    ],
)
def test_the_stated_period(desired: Desired, age: timedelta, *, expected: bool) -> None:
    seen = replace(AT_REST, robots=(replace(robot(1), created_at=NOW - age),))

    assert bool(next_actions(view(seen, desired))) is expected


def test_a_robot_that_never_expires_is_never_due_by_itself() -> None:
    desired = replace(DESIRED, lifetime_days=-1, schedule=replace(DESIRED.schedule, lifetime=None))
    ancient = replace(robot(1), created_at=NOW - 4000 * DAY, lifetime_days=-1, expires_at=None)

    assert next_actions(view(replace(AT_REST, robots=(ancient,)), desired)) == NOTHING
