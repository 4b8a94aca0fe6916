"""`spec.disabled`: whose choice it is whether Harbor accepts a robot's logins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.robot.actions import Action, SwitchRobot, WriteSecret
from harbor_operator.core.robot.facts import Desired, Observed, Target, TargetState
from harbor_operator.core.robot.ledger import Attempt, Cause, Ledger, Revokes
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.robot.proof import PROOF_GAP
from harbor_operator.core.robot.protocol import next_actions
from tests.support.robots import (
    AT_REST,
    DESIRED,
    NOW,
    ROTATED,
    ROTATING,
    STRANGER,
    UNMADE,
    beginning,
    credential,
    noted,
    robot,
    view,
)

DAY = timedelta(days=1)
NOTHING: tuple[Action, ...] = ()
OFF, ON = replace(DESIRED, disabled=True), replace(DESIRED, disabled=False)
USER = replace(AT_REST, can_update=True)


def off(n: int = 1) -> Observed:
    """Robot n is disabled in Harbor, and serves."""
    return replace(USER, robots=(replace(robot(n), disabled=True),), handshakes={})


SWITCHES = [
    pytest.param(USER, OFF, (SwitchRobot(robot(1), disabled=True),), id="it is switched off"),
    pytest.param(
        off(),
        ON,
        (SwitchRobot(replace(robot(1), disabled=True), disabled=False),),
        id="it is switched on",
    ),
    pytest.param(off(), OFF, NOTHING, id="it is off already"),
    pytest.param(USER, ON, NOTHING, id="it is on already"),
    pytest.param(off(), DESIRED, NOTHING, id="without a wish a person's choice stays"),
    pytest.param(
        replace(ROTATED, can_update=True, recorded=noted(NOW)),
        OFF,
        (SwitchRobot(robot(1), disabled=True), SwitchRobot(robot(2), disabled=True)),
        id="those in their overlap too",
    ),
    pytest.param(
        replace(ROTATING, can_update=True),
        OFF,
        (SwitchRobot(robot(1), disabled=True), SwitchRobot(robot(2), disabled=True)),
        id="and one that is being tried",
    ),
    pytest.param(
        replace(USER, robots=(robot(1), replace(robot(2), description=STRANGER.text()))),
        OFF,
        (SwitchRobot(robot(1), disabled=True),),
        id="but no stranger's",
    ),
    pytest.param(
        replace(USER, target=Target(TargetState.ABSENT)),
        OFF,
        (SwitchRobot(robot(1), disabled=True),),
        id="it goes before everything else",
    ),
    pytest.param(
        replace(USER, target=Target(TargetState.ABSENT)),
        ON,
        (WriteSecret(credential(1)),),
        id="a robot that is on is served as ever",
    ),
    pytest.param(AT_REST, OFF, NOTHING, id="a login that is a robot cannot switch"),
]


@pytest.mark.parametrize(("seen", "desired", "expected"), SWITCHES)
def test_the_switch(seen: Observed, desired: Desired, expected: tuple[Action, ...]) -> None:
    assert next_actions(view(seen, desired)) == expected


CAUSES = [
    pytest.param(off(), replace(OFF, request="again"), id="a request"),
    pytest.param(off(), replace(OFF, revoke="leak"), id="a revoke"),
    pytest.param(replace(USER, robots=()), OFF, id="a robot that is gone"),
    pytest.param(
        replace(USER, robots=(replace(robot(1), expires_at=NOW, disabled=True),)),
        OFF,
        id="an expiry",
    ),
    pytest.param(
        replace(off(), robots=(replace(robot(1), disabled=True, created_at=NOW - 80 * DAY),)),
        OFF,
        id="a due time",
    ),
    pytest.param(off(), replace(OFF, lifetime_days=30), id="another lifetime"),
    pytest.param(
        replace(ROTATING, can_update=True, robots=(replace(robot(1), disabled=True),)),
        OFF,
        id="a new robot that is gone",
    ),
]


@pytest.mark.parametrize(("seen", "desired"), CAUSES)
def test_nothing_is_rotated_while_it_is_off_on_purpose(seen: Observed, desired: Desired) -> None:
    resting = plan(desired, seen, NOW)

    assert (resting.actions, resting.recheck_at) == (NOTHING, None)


def test_what_was_asked_for_meanwhile_follows_when_it_is_on_again() -> None:
    asked = replace(DESIRED, disabled=False, request="again")

    actions = next_actions(view(USER, asked))

    assert actions == beginning(
        Ledger(live=credential(1), attempt=Attempt(2, Cause.REQUESTED, "again"))
    )


def test_what_was_revoked_meanwhile_is_not_switched_on_for_that() -> None:
    attempt = Attempt(2, Cause.REVOKED, revokes=Revokes(own="leak"))

    actions = next_actions(view(off(), replace(ON, revoke="leak")))

    assert actions == beginning(Ledger(live=credential(1), attempt=attempt))


def test_a_new_robot_is_made_before_it_is_switched_off() -> None:
    actions = next_actions(view(replace(UNMADE, can_update=True), OFF))

    assert actions == beginning(Ledger(attempt=Attempt(1)))


TRUE, FALSE = ConditionStatus.TRUE, ConditionStatus.FALSE

Told = tuple[ConditionStatus, Reason, ConditionStatus]
"""Ready, its reason, and CredentialValid."""

OFF_AS_WANTED: Told = (TRUE, Reason.ROBOT_DISABLED, FALSE)
NEEDS_A_USER = "spec.disabled needs a connection that logs in to Harbor as a user"

VERDICTS = [
    pytest.param(off(), OFF, OFF_AS_WANTED, "as spec.disabled says", id="off as wanted"),
    pytest.param(replace(USER, robots=()), OFF, OFF_AS_WANTED, "is gone", id="gone while off"),
    pytest.param(
        off(),
        DESIRED,
        (FALSE, Reason.ROBOT_DISABLED, FALSE),
        "set spec.disabled to false",
        id="off by a person",
    ),
    pytest.param(
        AT_REST,
        OFF,
        (FALSE, Reason.PERMISSION_DENIED, TRUE),
        NEEDS_A_USER,
        id="a login that cannot switch it off",
    ),
    pytest.param(
        replace(off(), can_update=False),
        ON,
        (FALSE, Reason.PERMISSION_DENIED, FALSE),
        NEEDS_A_USER,
        id="a login that cannot switch it on",
    ),
    pytest.param(
        AT_REST, ON, (TRUE, Reason.SUCCEEDED, TRUE), "works", id="one that need not switch it on"
    ),
    pytest.param(
        replace(AT_REST, handshakes={}),
        ON,
        (FALSE, Reason.CREDENTIAL_REFUSED, ConditionStatus.UNKNOWN),
        "asking again",
        id="a new one, which is on by itself",
    ),
    pytest.param(replace(off(), can_update=False), OFF, OFF_AS_WANTED, "is disabled", id="nor off"),
]


@pytest.mark.parametrize(("seen", "desired", "told", "words"), VERDICTS)
def test_what_is_told(seen: Observed, desired: Desired, told: Told, words: str) -> None:
    verdicts = {verdict.type: verdict for verdict in plan(desired, seen, NOW).verdicts}

    summary, valid = verdicts[ConditionType.READY], verdicts[ConditionType.CREDENTIAL_VALID]
    assert (summary.status, summary.reason, valid.status) == told
    assert words in summary.message


def test_a_new_robot_is_on_by_itself_so_that_no_user_is_needed() -> None:
    assert plan(ON, UNMADE, NOW).actions == beginning(Ledger(attempt=Attempt(1)))


def test_a_persons_choice_is_looked_at_again() -> None:
    assert plan(DESIRED, off(), NOW).recheck_at == NOW + PROOF_GAP


def test_no_rotation_is_told_while_it_is_off() -> None:
    assert plan(OFF, off(), NOW).report["nextRotationAt"] is None
