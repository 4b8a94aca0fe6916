"""Strategy Refresh: another secret for the same robot, from wherever it was left."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.core.plan import STALLED, is_true
from harbor_operator.core.robot.actions import (
    Action,
    JoinLine,
    NewSecret,
    SetSecret,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import (
    Answer,
    Desired,
    Handshake,
    Observed,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import Attempt, Cause, Ledger
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.robot.proof import PROOF_GAP
from harbor_operator.core.robot.protocol import REPAIR_PAUSE, next_actions
from harbor_operator.core.secret import Secret
from tests.support.robots import (
    AT_REST,
    DESIRED,
    NOW,
    OVERLAP,
    PULL_PUSH,
    REFUSED_LONG_AGO,
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

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NOTHING: tuple[Action, ...] = ()
NEW = Secret("the-new-One-1")
LIVE = Ledger(live=credential(1))
USER = replace(AT_REST, can_update=True)
"""Robot 1 at rest, on a connection that logs in as a user."""


def refresh_every(period: timedelta, lifetime: timedelta | None = 90 * DAY) -> Desired:
    schedule = replace(DESIRED.schedule, every=period, lifetime=lifetime)
    return replace(DESIRED, strategy=RotationStrategy.REFRESH, schedule=schedule)


REFRESH = refresh_every(30 * DAY)
"""Every thirty days another secret, of a robot that lives for ninety."""
REQUEST = replace(REFRESH, request="again")


def refreshing() -> Ledger:
    """Robot 1 serves, and its next secret, which was asked for, is in the ledger."""
    return LIVE.refresh(Attempt(1, Cause.REQUESTED, "again"), NEW, NOW)


def new_secret(cause: Cause, token: str | None = None, ledger: Ledger = LIVE) -> tuple[Action, ...]:
    return (NewSecret(Attempt(1, cause, token), ledger, NOW),)


def set_secret(ledger: Ledger) -> tuple[Action, ...]:
    assert ledger.pending is not None
    return (SetSecret(robot(1), ledger.pending),)


def aged(age: timedelta, secret_age: timedelta | None = None) -> Observed:
    """Robot 1, made so long ago, with a secret that may be younger."""
    made = NOW - age
    old = replace(robot(1), created_at=made, expires_at=made + 90 * DAY)
    minted_at = made if secret_age is None else NOW - secret_age
    live = replace(credential(1), minted_at=minted_at)
    return replace(USER, robots=(old,), ledger=Ledger(live=live))


def test_a_request_makes_another_secret_of_the_same_robot() -> None:
    assert next_actions(view(USER, REQUEST)) == new_secret(Cause.REQUESTED, "again")


def test_the_robot_keeps_its_number() -> None:
    live = Ledger(live=credential(2))
    seen = replace(USER, ledger=live, robots=(robot(2),))

    actions = next_actions(view(seen, REQUEST))

    assert actions == (NewSecret(Attempt(2, Cause.REQUESTED, "again"), live, NOW),)


def test_it_waits_for_no_old_robot_since_it_makes_none() -> None:
    ledger = Ledger(live=replace(credential(1), minted_at=NOW - DAY + SECOND))
    seen = replace(
        USER, ledger=ledger, robots=(robot(1), robot(2)), followers=(full_name(1), full_name(2))
    )

    actions = next_actions(view(seen, REQUEST))

    assert actions == new_secret(Cause.REQUESTED, "again", ledger)


PENDING = replace(USER, ledger=refreshing())
"""The next secret is stored, and nobody knows whether Harbor has been told."""
TOLD = replace(PENDING, secret_set=True, handshakes={})

STEPS = [
    pytest.param(PENDING, set_secret(refreshing()), id="what is stored is told to Harbor"),
    pytest.param(
        replace(PENDING, handshakes={101: REFUSED_LONG_AGO}),
        set_secret(refreshing()),
        id="after a crash it is told again, whatever became of the old secret",
    ),
    pytest.param(
        replace(PENDING, handshakes={101: UNCLEAR}),
        set_secret(refreshing()),
        id="and also when Harbor does not answer clearly",
    ),
    pytest.param(
        replace(TOLD, refreshed=WORKS),
        (WriteLedger(refreshing().promote()),),
        id="once it works it is live, and the request is handled",
    ),
    pytest.param(
        replace(TOLD, refreshed=UNCLEAR), NOTHING, id="told once, and not clear yet: wait"
    ),
    pytest.param(
        replace(TOLD, refreshed=REFUSED_LONG_AGO),
        NOTHING,
        id="told once, and refused all the same: wait, and tell it again later",
    ),
    pytest.param(
        replace(PENDING, target=Target(TargetState.ABSENT)),
        set_secret(refreshing()),
        id="the refresh goes before the user's Secret, which would get the old one",
    ),
    pytest.param(
        replace(PENDING, robots=(replace(robot(1), disabled=True),)),
        NOTHING,
        id="a person disabled the robot: wait",
    ),
    pytest.param(
        replace(PENDING, robots=(replace(robot(1), name="bot-team+ci-0a1b2-1"),)),
        (WriteLedger(refreshing().renamed("bot-team+ci-0a1b2-1")),),
        id="the prefix changed: both secrets follow",
    ),
    pytest.param(
        replace(PENDING, can_update=False),
        (WriteLedger(LIVE),),
        id="the login may not change robots any more, and the old secret works: give up",
    ),
    pytest.param(
        replace(PENDING, can_update=False, handshakes={101: UNCLEAR}),
        NOTHING,
        id="the login may not change robots any more, and nothing is clear: wait",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), STEPS)
@pytest.mark.parametrize(
    "desired",
    [
        pytest.param(REQUEST, id="as the spec says"),
        pytest.param(
            replace(REQUEST, strategy=RotationStrategy.REPLACE),
            id="though the spec says Replace now",
        ),
    ],
)
def test_a_refresh_under_way(
    desired: Desired, seen: Observed, expected: tuple[Action, ...]
) -> None:
    assert next_actions(view(seen, desired)) == expected


PAUSE_OVER = refreshing().pending
assert PAUSE_OVER is not None
OLD_REFRESH = replace(refreshing(), pending=replace(PAUSE_OVER, minted_at=NOW - REPAIR_PAUSE))


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(replace(PENDING, robots=()), id="the robot is gone"),
        pytest.param(
            replace(PENDING, robots=(replace(robot(1), expires_at=NOW),)), id="it has expired"
        ),
        pytest.param(
            replace(PENDING, robots=(replace(robot(1), description=STRANGER.text()),)),
            id="it carries another's mark, and is not touched",
        ),
        pytest.param(
            replace(PENDING, can_update=False, handshakes={101: REFUSED_LONG_AGO}),
            id="the login may not change robots any more, and the old secret is refused",
        ),
    ],
)
def test_a_refresh_that_cannot_end_becomes_another_robot(seen: Observed) -> None:
    young = next_actions(view(seen, REQUEST))
    old = next_actions(view(replace(seen, ledger=OLD_REFRESH), REQUEST))

    n = 2
    assert young == NOTHING
    assert old == beginning(replace(begun(n, Cause.REQUESTED, "again")))


def test_a_disabled_robot_whose_refresh_cannot_end_gets_no_successor() -> None:
    seen = replace(PENDING, ledger=OLD_REFRESH, robots=())

    assert next_actions(view(seen, replace(REQUEST, disabled=True))) == NOTHING


def test_an_attempt_to_make_a_robot_is_finished_though_the_spec_says_refresh_now() -> None:
    seen = replace(attempting(2), can_update=True)

    assert next_actions(view(seen, REFRESH)) == (
        mint(Ledger(live=credential(1), attempt=Attempt(2))),
    )


DUE = [
    pytest.param(aged(29 * DAY), NOTHING, id="not due yet"),
    pytest.param(
        aged(30 * DAY),
        new_secret(Cause.DUE, ledger=aged(30 * DAY).ledger or LIVE),
        id="due, and due again before the robot expires",
    ),
    pytest.param(
        aged(59 * DAY, secret_age=29 * DAY), NOTHING, id="counted from the secret, not the robot"
    ),
    pytest.param(
        aged(62 * DAY, secret_age=30 * DAY),
        beginning(
            replace(aged(62 * DAY, secret_age=30 * DAY).ledger or LIVE).begin(Attempt(2, Cause.DUE))
        ),
        id="due, and the robot expires before the time after it: another robot, with an overlap",
    ),
    pytest.param(
        aged(90 * DAY - OVERLAP, secret_age=DAY),
        beginning(
            replace(aged(90 * DAY - OVERLAP, secret_age=DAY).ledger or LIVE).begin(
                Attempt(2, Cause.DUE)
            )
        ),
        id="the robot expires before the secret is due: another robot in time",
    ),
    pytest.param(
        aged(90 * DAY - OVERLAP - SECOND, secret_age=DAY), NOTHING, id="and not a second sooner"
    ),
]


@pytest.mark.parametrize(("seen", "expected"), DUE)
def test_when_secret_and_robot_are_due(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen, REFRESH)) == expected


def test_a_robot_without_a_stated_period_is_replaced_at_two_thirds_of_its_life() -> None:
    """Its next secret would be due after its end, so there is never time for a refresh."""
    desired = replace(DESIRED, strategy=RotationStrategy.REFRESH)

    actions = next_actions(view(aged(60 * DAY), desired))

    assert isinstance(actions[0], WriteLedger)


def test_a_robot_that_never_expires_is_refreshed_for_ever() -> None:
    desired = refresh_every(30 * DAY, lifetime=None)
    desired = replace(desired, lifetime_days=-1)
    ancient = replace(robot(1), created_at=NOW - 4000 * DAY, lifetime_days=-1, expires_at=None)
    ledger = Ledger(live=replace(credential(1), minted_at=NOW - 30 * DAY))
    seen = replace(USER, robots=(ancient,), ledger=ledger)

    assert next_actions(view(seen, desired)) == new_secret(Cause.DUE, ledger=ledger)


REPLACED = [
    pytest.param(
        replace(USER, robots=()), begun(2, Cause.INVALID), id="a robot that is gone is replaced"
    ),
    pytest.param(
        replace(USER, robots=(replace(robot(1), expires_at=NOW),)),
        begun(2, Cause.INVALID),
        id="an expired one too: a refresh would not revive it",
    ),
    pytest.param(
        replace(USER, robots=(replace(robot(1), lifetime_days=30),)),
        begun(2, Cause.CHANGED),
        id="another lifetime makes another robot",
    ),
]


@pytest.mark.parametrize(("seen", "ledger"), REPLACED)
def test_what_a_refresh_cannot_mend_is_replaced(seen: Observed, ledger: Ledger) -> None:
    assert next_actions(view(seen, REFRESH)) == beginning(ledger)


def test_a_request_right_before_the_expiry_makes_another_robot() -> None:
    ends = replace(robot(1), expires_at=NOW + OVERLAP)

    actions = next_actions(view(replace(USER, robots=(ends,)), REQUEST))

    assert actions == beginning(begun(2, Cause.REQUESTED, "again"))


CHANGED_SECRET = [
    pytest.param(
        REFUSED_LONG_AGO,
        (SetSecret(robot(1), credential(1)),),
        id="proven refused: the ledger's secret is set again, no robot is made",
    ),
    pytest.param(Handshake(Answer.REFUSED, NOW), NOTHING, id="one refusal proves nothing"),
]


@pytest.mark.parametrize(("handshake", "expected"), CHANGED_SECRET)
def test_a_secret_that_was_changed_in_harbor(
    handshake: Handshake, expected: tuple[Action, ...]
) -> None:
    """By a person, by a restored backup, or by a frozen operator that finished an old refresh."""
    seen = replace(USER, handshakes={101: handshake})

    assert next_actions(view(seen, REFRESH)) == expected


def test_it_is_set_once_in_a_reconcile_and_again_in_the_next() -> None:
    seen = replace(USER, handshakes={101: REFUSED_LONG_AGO}, secret_set=True)

    resting = plan(REFRESH, seen, NOW)

    assert (resting.actions, resting.recheck_at) == (NOTHING, NOW + PROOF_GAP)
    assert resting.verdicts[0].reason is Reason.CREDENTIAL_REFUSED


def test_with_replace_a_changed_secret_costs_a_robot() -> None:
    seen = replace(USER, handshakes={101: REFUSED_LONG_AGO})

    assert next_actions(view(seen)) == beginning(begun(2, Cause.INVALID))


ROBOTS_LOGIN = [
    pytest.param(AT_REST, REQUEST, NOTHING, id="a request is not followed"),
    pytest.param(replace(aged(31 * DAY), can_update=False), REFRESH, NOTHING, id="nor a due time"),
    pytest.param(
        replace(AT_REST, target=Target(TargetState.ABSENT)),
        REQUEST,
        (WriteSecret(credential(1)),),
        id="but what serves goes on",
    ),
    pytest.param(
        replace(AT_REST, robots=()),
        REFRESH,
        beginning(begun(2, Cause.INVALID)),
        id="and is replaced when it fails",
    ),
    pytest.param(
        replace(aged(90 * DAY - OVERLAP), can_update=False),
        REFRESH,
        beginning((aged(90 * DAY - OVERLAP).ledger or LIVE).begin(Attempt(2, Cause.DUE))),
        id="and before it expires",
    ),
    pytest.param(
        AT_REST,
        replace(REFRESH, grants=PULL_PUSH),
        beginning(begun(2, Cause.CHANGED), grants=PULL_PUSH),
        id="and when its access changes",
    ),
]


@pytest.mark.parametrize(("seen", "desired", "expected"), ROBOTS_LOGIN)
def test_a_connection_that_is_a_robot_cannot_refresh(
    seen: Observed, desired: Desired, expected: tuple[Action, ...]
) -> None:
    assert next_actions(view(seen, desired)) == expected


@pytest.mark.parametrize(
    "seen", [pytest.param(AT_REST, id="in service"), pytest.param(UNMADE, id="not made yet")]
)
def test_and_it_is_stalled_from_the_first_look_on(seen: Observed) -> None:
    stalled = plan(REFRESH, seen, NOW)

    assert stalled.actions == NOTHING
    assert is_true(stalled.verdicts, STALLED)
    assert stalled.verdicts[0].reason is Reason.PERMISSION_DENIED
    assert "Refresh needs a connection that logs in to Harbor as a user" in (
        stalled.verdicts[0].message
    )


def test_the_next_rotation_is_told_from_the_secret_on() -> None:
    report = plan(REFRESH, aged(45 * DAY, secret_age=10 * DAY), NOW).report

    assert datetime.fromisoformat(report["nextRotationAt"]) == NOW + 20 * DAY


def test_a_lost_robot_takes_its_place_in_the_line() -> None:
    seen = replace(USER, robots=(), place=None)

    assert next_actions(view(seen, REFRESH)) == (JoinLine("1"),)
