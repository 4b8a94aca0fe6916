"""A revoke: another credential at once, and an end for every one that was made before it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.api.conditions import ConditionType, Reason
from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    JoinLine,
    NewSecret,
    NotePrevious,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import (
    Desired,
    FleetRevoke,
    Observed,
    Previous,
    Recorded,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import Attempt, Cause, Ledger, Revokes
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.robot.protocol import REVOKE_PATIENCE, next_actions
from harbor_operator.core.secret import Secret
from tests.support.robots import (
    AT_REST,
    DESIRED,
    NOW,
    REFUSED_LONG_AGO,
    ROTATED,
    ROTATING,
    UNCLEAR,
    UNMADE,
    WORKS,
    attempting,
    beginning,
    credential,
    full_name,
    mint,
    noted,
    robot,
    view,
)

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NOTHING: tuple[Action, ...] = ()
REVOKE = replace(DESIRED, revoke="leak")
OWN = Revokes(own="leak")
LIVE = Ledger(live=credential(1))
HANDLED = replace(LIVE, revoked=OWN)
DISABLED = replace(AT_REST, robots=(replace(robot(1), disabled=True),), handshakes={})


def revoking(n: int = 2, ledger: Ledger = LIVE) -> Ledger:
    """Robot n is made to end all before it."""
    return ledger.begin(Attempt(n, Cause.REVOKED, revokes=OWN))


def replaced(n: int = 2) -> Ledger:
    """Robot n was made to end all before it, half a minute ago."""
    live = replace(credential(n), cause=Cause.REVOKED, minted_at=NOW - REVOKE_PATIENCE / 2)
    return Ledger(live=live, revoked=OWN)


BEGINNINGS = [
    pytest.param(AT_REST, beginning(revoking()), id="at rest: another robot at once"),
    pytest.param(replace(AT_REST, ledger=HANDLED), NOTHING, id="a handled request is not repeated"),
    pytest.param(
        replace(AT_REST, ledger=replace(LIVE, revoked=Revokes(own="before"))),
        beginning(revoking(ledger=replace(LIVE, revoked=Revokes(own="before")))),
        id="a request after a handled one is followed",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW), handshakes={101: WORKS, 102: WORKS}),
        beginning(revoking(3, ledger=Ledger(live=credential(2)))),
        id="it waits for no overlap",
    ),
    pytest.param(
        replace(AT_REST, handshakes={101: UNCLEAR}),
        beginning(revoking()),
        id="nor for a clear answer about the old credential",
    ),
    pytest.param(
        replace(AT_REST, robots=()),
        beginning(revoking()),
        id="a robot that is gone is replaced for the revoke, and for nothing else",
    ),
    pytest.param(
        DISABLED,
        beginning(revoking()),
        id="a robot that a person disabled is replaced too: it was the first thing to do",
    ),
    pytest.param(
        ROTATING,
        (WriteLedger(Ledger(live=credential(2))),),
        id="a rotation under way ends first",
    ),
    pytest.param(
        replace(ROTATING, handshakes={101: WORKS, 102: REFUSED_LONG_AGO}),
        beginning(revoking(3)),
        id="one whose new robot fails goes on as a revoke",
    ),
    pytest.param(
        replace(ROTATING, robots=(robot(1), replace(robot(2), disabled=True))),
        beginning(revoking(3)),
        id="nor does a new robot that a person disabled hold it up",
    ),
    pytest.param(
        replace(
            DISABLED,
            can_update=True,
            ledger=LIVE.refresh(Attempt(1, Cause.REQUESTED), Secret("the-new-One-1"), NOW),
        ),
        beginning(revoking()),
        id="nor a new secret of one",
    ),
    pytest.param(
        attempting(2),
        (mint(LIVE.begin(Attempt(2))),),
        id="an attempt keeps the requests that were there when it began",
    ),
    pytest.param(
        replace(attempting(2), robots=(robot(1), robot(2))),
        (
            WriteLedger(
                LIVE.begin(Attempt(3, Cause.REVOKED, lost=(2,), revokes=OWN)),
            ),
        ),
        id="a fenced attempt takes on the newest request",
    ),
    pytest.param(
        UNMADE,
        beginning(Ledger().begin(Attempt(1, Cause.CREATED, revokes=OWN))),
        id="a request before the first robot is met by the first robot",
    ),
    pytest.param(
        replace(UNMADE, ledger_lost=True, robots=(robot(1),)),
        beginning(Ledger().begin(Attempt(2, Cause.REVOKED, revokes=OWN))),
        id="without a ledger, a request that the status does not know is followed",
    ),
    pytest.param(
        replace(UNMADE, ledger_lost=True, robots=(robot(1),), recorded=Recorded(revoked=OWN)),
        beginning(Ledger().begin(Attempt(2, Cause.LEDGER_LOST, revokes=OWN))),
        id="one that it calls handled is not",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), BEGINNINGS)
def test_how_a_revoke_begins(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen, REVOKE)) == expected


def test_the_request_is_handled_when_its_robot_is_live_and_stays_handled() -> None:
    pending = replace(credential(2), cause=Cause.REVOKED)
    ledger = replace(revoking(), pending=pending)
    seen = replace(ROTATING, ledger=ledger)

    assert next_actions(view(seen, REVOKE)) == (WriteLedger(Ledger(live=pending, revoked=OWN)),)


NEW_SERVES = replace(ROTATED, ledger=replaced())
"""Robot 2 was made for a revoke and is everywhere; robot 1 still lives."""

JUST_MINTED = replace(
    replaced(),
    live=replace(credential(2), cause=Cause.REVOKED, minted_at=NOW + timedelta(milliseconds=900)),
)
"""Harbor says when a robot was made to the millisecond, and what time it is to the second."""

ENDINGS = [
    pytest.param(
        NEW_SERVES, (DeleteRobot(robot(1)),), id="once every Secret has the new one, the old goes"
    ),
    pytest.param(
        replace(
            NEW_SERVES,
            ledger=replaced(3),
            target=Target(TargetState.IN_LINE, full_name(3)),
            robots=(robot(1), robot(2), robot(3)),
            handshakes={103: WORKS},
            recorded=noted(NOW),
        ),
        (DeleteRobot(robot(1)), DeleteRobot(robot(2))),
        id="and with it those in their overlap",
    ),
    pytest.param(
        replace(NEW_SERVES, target=Target(TargetState.BEHIND, full_name(1))),
        (WriteSecret(replaced().live or credential(2)),),
        id="the user's Secret goes first",
    ),
    pytest.param(
        replace(NEW_SERVES, followers=(full_name(1),)),
        NOTHING,
        id="pull secrets have a minute to follow",
    ),
    pytest.param(
        replace(
            NEW_SERVES,
            followers=(full_name(1), None),
            ledger=replace(
                replaced(),
                live=replace(credential(2), cause=Cause.REVOKED, minted_at=NOW - REVOKE_PATIENCE),
            ),
        ),
        (DeleteRobot(robot(1)),),
        id="and not longer",
    ),
    pytest.param(
        replace(
            NEW_SERVES,
            target=Target(TargetState.BEHIND, full_name(1)),
            ledger=replace(
                replaced(),
                live=replace(credential(2), cause=Cause.REVOKED, minted_at=NOW - REVOKE_PATIENCE),
            ),
        ),
        (DeleteRobot(robot(1)),),
        id="a user's Secret that cannot be written keeps nothing alive either",
    ),
    pytest.param(
        replace(
            NEW_SERVES,
            followers=(full_name(1),),
            ledger=replace(
                replaced(),
                live=replace(credential(2), cause=Cause.REVOKED, minted_at=NOW + DAY),
            ),
        ),
        (DeleteRobot(robot(1)),),
        id="nor does a clock that stepped back",
    ),
    pytest.param(
        replace(NEW_SERVES, followers=(full_name(1),), ledger=JUST_MINTED),
        NOTHING,
        id="a clock that knows whole seconds only has not stepped back",
    ),
    pytest.param(
        replace(NEW_SERVES, handshakes={102: UNCLEAR}),
        NOTHING,
        id="nothing is deleted while the new one is in doubt",
    ),
    pytest.param(
        replace(NEW_SERVES, robots=(robot(2), robot(3))),
        (NotePrevious(102, (Previous(3, 103, full_name(3), NOW),)),),
        id="a robot that came after the revoke gets its overlap",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), ENDINGS)
def test_how_a_revoke_ends(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen, REVOKE)) == expected


def test_the_last_number_counts_as_any_other() -> None:
    """After the last number comes a free one; which robot is older, its id tells."""
    last = replace(robot(999_999_999), id=90)
    seen = replace(NEW_SERVES, robots=(last, robot(2)))

    assert next_actions(view(seen, REVOKE)) == (DeleteRobot(last),)


def test_the_next_rotation_has_an_overlap_again() -> None:
    due = replace(
        ROTATED,
        ledger=Ledger(live=replace(credential(2), cause=Cause.DUE), revoked=OWN),
        recorded=noted(NOW),
    )

    assert next_actions(view(due, REVOKE)) == NOTHING


REFRESH = replace(REVOKE, strategy=RotationStrategy.REFRESH)
NEW_SECRET = (NewSecret(Attempt(1, Cause.REVOKED, revokes=OWN), LIVE, NOW),)

REFRESHES = [
    pytest.param(AT_REST, True, NEW_SECRET, id="Refresh: another secret at once"),
    pytest.param(
        replace(AT_REST, handshakes={101: REFUSED_LONG_AGO}),
        True,
        NEW_SECRET,
        id="also when the old one is refused",
    ),
    pytest.param(DISABLED, True, beginning(revoking()), id="a disabled robot is replaced"),
    pytest.param(
        AT_REST, False, beginning(revoking()), id="a login that cannot refresh replaces the robot"
    ),
]


@pytest.mark.parametrize(("seen", "can_update", "expected"), REFRESHES)
def test_a_revoke_with_refresh(
    seen: Observed, *, can_update: bool, expected: tuple[Action, ...]
) -> None:
    assert next_actions(view(replace(seen, can_update=can_update), REFRESH)) == expected


def test_a_refreshed_secret_ends_the_robots_before_it_too() -> None:
    ledger = Ledger(live=replace(credential(2), cause=Cause.REVOKED, edition=2), revoked=OWN)
    seen = replace(ROTATED, ledger=ledger, recorded=noted(NOW))

    assert next_actions(view(seen, REFRESH)) == (DeleteRobot(robot(1)),)


def test_a_refresh_waits_until_the_robots_that_a_revoke_ends_are_gone() -> None:
    seen = replace(ROTATED, ledger=replaced(), followers=(full_name(1),), can_update=True)

    assert next_actions(view(seen, replace(REFRESH, request="again"))) == NOTHING


FLEET = Revokes(fleet="all")


def of_connection(seen: Observed, *, admitted: bool) -> Observed:
    return replace(seen, fleet=FleetRevoke("all", admitted))


FLEETS = [
    pytest.param(
        of_connection(AT_REST, admitted=True),
        beginning(LIVE.begin(Attempt(2, Cause.REVOKED, revokes=FLEET))),
        id="its turn has come",
    ),
    pytest.param(of_connection(AT_REST, admitted=False), NOTHING, id="its turn has not come"),
    pytest.param(
        of_connection(replace(AT_REST, ledger=replace(LIVE, revoked=FLEET)), admitted=True),
        NOTHING,
        id="it has answered already",
    ),
    pytest.param(
        of_connection(DISABLED, admitted=True),
        NOTHING,
        id="a person disabled it, and nobody asks for another one by name",
    ),
    pytest.param(
        of_connection(UNMADE, admitted=False),
        beginning(Ledger().begin(Attempt(1, revokes=FLEET))),
        id="a new robot is younger than the request",
    ),
    pytest.param(
        of_connection(replace(AT_REST, robots=()), admitted=False),
        beginning(LIVE.begin(Attempt(2, Cause.INVALID))),
        id="a failed one is replaced before its turn, and again in its turn",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), FLEETS)
def test_a_revoke_of_all_robots(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen)) == expected


@pytest.mark.parametrize(
    "seen", [pytest.param(AT_REST, id="that works"), pytest.param(DISABLED, id="that is disabled")]
)
def test_both_requests_are_answered_by_one_robot(seen: Observed) -> None:
    both = Revokes("leak", "all")

    actions = next_actions(view(of_connection(seen, admitted=True), REVOKE))

    assert actions == beginning(LIVE.begin(Attempt(2, Cause.REVOKED, revokes=both)))


LINE = [
    pytest.param(replace(AT_REST, place=None), REVOKE, (JoinLine("1"),), id="a revoke"),
    pytest.param(
        replace(AT_REST, place=None, robots=()), DESIRED, (JoinLine("1"),), id="a proven failure"
    ),
    pytest.param(
        replace(UNMADE, place=None, ledger_lost=True, recorded=Recorded(robot_id=101)),
        DESIRED,
        (JoinLine("after 101"),),
        id="a lost ledger",
    ),
    pytest.param(
        replace(ROTATING, place=None, robots=(robot(1),)),
        DESIRED,
        (JoinLine("2"),),
        id="a new robot that failed",
    ),
    pytest.param(
        replace(AT_REST, place=NOW + SECOND), REVOKE, NOTHING, id="a place that has not come"
    ),
    pytest.param(
        replace(UNMADE, place=None),
        DESIRED,
        beginning(Ledger().begin(Attempt(1))),
        id="not a creation",
    ),
    pytest.param(
        replace(AT_REST, place=None),
        replace(DESIRED, request="again"),
        beginning(LIVE.begin(Attempt(2, Cause.REQUESTED, "again"))),
        id="not a request",
    ),
]


@pytest.mark.parametrize(("seen", "desired", "expected"), LINE)
def test_what_takes_a_place_in_the_line(
    seen: Observed, desired: Desired, expected: tuple[Action, ...]
) -> None:
    assert next_actions(view(seen, desired)) == expected


def test_what_waits_in_the_line_is_looked_at_in_time() -> None:
    waiting = plan(REVOKE, replace(AT_REST, place=NOW + SECOND), NOW)

    rotating = next(v for v in waiting.verdicts if v.type is ConditionType.ROTATING)
    assert waiting.recheck_at == NOW + SECOND
    assert (rotating.reason, rotating.message) == (
        Reason.PROGRESSING,
        "A revoke was asked for and waits for its turn.",
    )


def test_what_waits_for_pull_secrets_is_looked_at_in_time() -> None:
    waiting = plan(REVOKE, replace(NEW_SERVES, followers=(full_name(1),)), NOW)

    rotating = next(v for v in waiting.verdicts if v.type is ConditionType.ROTATING)
    assert waiting.recheck_at == NOW + REVOKE_PATIENCE / 2
    assert (rotating.reason, waiting.verdicts[0].reason) == (Reason.PROGRESSING, Reason.SUCCEEDED)


def test_the_report_echoes_what_was_handled() -> None:
    seen = replace(AT_REST, ledger=replace(LIVE, revoked=Revokes("leak", "all")))

    report = plan(REVOKE, seen, NOW).report

    assert report["lastHandledRevokeAt"] == "leak"
    assert report["lastHandledConnectionRevokeAt"] == "all"
