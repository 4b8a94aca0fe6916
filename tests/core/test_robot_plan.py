"""What a robot's plan says: refusals, verdicts, and when to look again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.plan import RECONCILING, STALLED, is_true
from harbor_operator.core.robot.actions import (
    Hold,
    Mint,
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
from harbor_operator.core.robot.ledger import Attempt, Ledger
from harbor_operator.core.robot.plan import overlap_of, plan
from harbor_operator.core.robot.proof import PROOF_GAP
from harbor_operator.core.robot.protocol import REPAIR_PAUSE
from harbor_operator.core.robot.rights import ProjectState
from harbor_operator.core.tenancy import AccessLevel, access_to
from tests.support.robots import (
    AT_REST,
    DESIRED,
    ENDLESS,
    NOW,
    OVERLAP,
    PULL_PUSH,
    ROTATED,
    ROTATING,
    RULE,
    TEAM_PROJECT,
    UNCLEAR,
    UNMADE,
    WORKS,
    credential,
    noted,
    robot,
)

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN
FOREIGN = Target(TargetState.FOREIGN, "somebody")


def limited(**limits: Any) -> Observed:  # noqa: ANN401 -- fields of a rule, checked by it
    rule = replace(RULE, **limits)
    allowed = access_to("team", "team", Namespace("team"), rule, ())
    return replace(UNMADE, rule=rule, projects=(replace(TEAM_PROJECT, allowed=allowed),))


REFUSALS = [
    pytest.param(
        DESIRED,
        replace(UNMADE, rule=None),
        Reason.NOT_ALLOWED_NAMESPACE,
        STALLED,
        id="no tenant rule matches",
    ),
    pytest.param(
        DESIRED,
        limited(projects=("other",)),
        Reason.NOT_ALLOWED_NAMESPACE,
        STALLED,
        id="the rule does not give the project",
    ),
    pytest.param(
        replace(DESIRED, grants=PULL_PUSH),
        limited(max_access=AccessLevel.PULL),
        Reason.ACCESS_NOT_ALLOWED,
        STALLED,
        id="more access than the rule allows",
    ),
    pytest.param(
        DESIRED,
        limited(max_lifetime_days=89),
        Reason.ACCESS_NOT_ALLOWED,
        STALLED,
        id="a longer life than the rule allows",
    ),
    pytest.param(
        replace(DESIRED, lifetime_days=-1),
        AT_REST,
        Reason.ACCESS_NOT_ALLOWED,
        STALLED,
        id="an endless life where the rule allows none",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, target=FOREIGN),
        Reason.SECRET_NOT_OWNED,
        STALLED,
        id="the user's Secret is somebody else's",
    ),
    pytest.param(
        DESIRED,
        replace(UNMADE, ledger_foreign=True),
        Reason.SECRET_NOT_OWNED,
        STALLED,
        id="the ledger's name is taken",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, project=ProjectState.MISSING),
        Reason.WAITING_FOR_PROJECT,
        RECONCILING,
        id="the project is not there",
    ),
    pytest.param(
        DESIRED,
        replace(UNMADE, project=ProjectState.NOT_READY),
        Reason.WAITING_FOR_PROJECT,
        RECONCILING,
        id="the project is not Ready and no robot was made",
    ),
    pytest.param(
        DESIRED,
        replace(UNMADE, name=None),
        Reason.WAITING_FOR_PROJECT,
        RECONCILING,
        id="the project's name in Harbor is not known",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "reason", "condition"), REFUSALS)
def test_a_refusal(
    desired: Desired, seen: Observed, reason: Reason, condition: ConditionType
) -> None:
    refused = plan(desired, seen, NOW)

    assert refused.actions == ()
    assert refused.verdicts[0].status is FALSE
    assert refused.verdicts[0].reason is reason
    assert is_true(refused.verdicts, condition)


def test_the_finalizer_goes_before_everything_else() -> None:
    actions = plan(DESIRED, replace(UNMADE, held=False), NOW).actions

    assert [type(action) for action in actions] == [Hold, WriteLedger, Mint]


def test_the_finalizer_goes_alone_where_nothing_else_is_to_do() -> None:
    assert plan(DESIRED, replace(AT_REST, held=False), NOW).actions == (Hold(),)


def test_a_robot_that_serves_goes_on_while_its_project_is_not_ready() -> None:
    seen = replace(AT_REST, project=ProjectState.NOT_READY, target=Target(TargetState.ABSENT))

    assert plan(DESIRED, seen, NOW).actions == (WriteSecret(credential(1)),)


def test_an_action_comes_without_verdicts() -> None:
    acting = plan(DESIRED, UNMADE, NOW)

    assert acting.actions
    assert acting.verdicts == ()


def refused_since(instant: datetime) -> dict[int, Handshake]:
    return {101: Handshake(Answer.REFUSED, instant)}


JUST_MADE = Ledger(live=replace(credential(1), minted_at=NOW - SECOND))

VERDICTS = [
    pytest.param(
        AT_REST, TRUE, Reason.SUCCEEDED, TRUE, FALSE, id="a robot at rest is ready and valid"
    ),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), disabled=True),)),
        FALSE,
        Reason.ROBOT_DISABLED,
        FALSE,
        FALSE,
        id="a disabled robot is blocked",
    ),
    pytest.param(
        replace(AT_REST, handshakes={101: UNCLEAR}),
        FALSE,
        Reason.CREDENTIAL_REFUSED,
        UNKNOWN,
        FALSE,
        id="an unclear answer is told as unknown validity",
    ),
    pytest.param(
        replace(AT_REST, ledger=JUST_MADE, robots=()),
        FALSE,
        Reason.ROBOT_MISSING,
        FALSE,
        FALSE,
        id="a robot that is gone waits for its replacement",
    ),
    pytest.param(
        replace(AT_REST, ledger=JUST_MADE, robots=(replace(robot(1), expires_at=NOW),)),
        FALSE,
        Reason.ROBOT_EXPIRED,
        FALSE,
        FALSE,
        id="an expired robot waits for its replacement",
    ),
    pytest.param(
        replace(AT_REST, ledger=JUST_MADE, handshakes=refused_since(NOW - DAY)),
        FALSE,
        Reason.CREDENTIAL_REFUSED,
        FALSE,
        FALSE,
        id="a refused credential waits for its replacement",
    ),
    pytest.param(
        replace(ROTATING, handshakes={101: WORKS, 102: UNCLEAR}),
        TRUE,
        Reason.SUCCEEDED,
        TRUE,
        TRUE,
        id="a rotation in doubt leaves the object ready",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW)),
        TRUE,
        Reason.SUCCEEDED,
        TRUE,
        TRUE,
        id="an old robot in its overlap is told as rotating",
    ),
]


@pytest.mark.parametrize(("seen", "ready", "reason", "valid", "rotating"), VERDICTS)
def test_verdicts(
    seen: Observed,
    ready: ConditionStatus,
    reason: Reason,
    valid: ConditionStatus,
    rotating: ConditionStatus,
) -> None:
    verdicts = {v.type: v for v in plan(DESIRED, seen, NOW).verdicts}

    assert verdicts[ConditionType.READY].status is ready
    assert verdicts[ConditionType.READY].reason is reason
    assert verdicts[ConditionType.CREDENTIAL_VALID].status is valid
    assert verdicts[ConditionType.ROTATING].status is rotating


def test_a_rotation_that_waits_for_the_overlap_says_so() -> None:
    seen = replace(ROTATED, recorded=noted(NOW))

    verdicts = plan(replace(DESIRED, request="again"), seen, NOW).verdicts

    rotating = next(v for v in verdicts if v.type is ConditionType.ROTATING)
    assert rotating.reason is Reason.WAITING_FOR_OVERLAP
    assert "Another rotation waits" in rotating.message


RECHECKS = [
    pytest.param(AT_REST, robot(1).created_at + 60 * DAY, id="when the rotation is due"),
    pytest.param(
        replace(AT_REST, robots=(replace(robot(1), expires_at=NOW + DAY),)),
        NOW + DAY,
        id="when it expires, where that is sooner",
    ),
    pytest.param(
        replace(ROTATED, recorded=noted(NOW - 20 * SECOND)),
        NOW - 20 * SECOND + OVERLAP,
        id="when the overlap is over",
    ),
    pytest.param(
        replace(ROTATING, handshakes={101: WORKS, 102: UNCLEAR}),
        NOW + PROOF_GAP,
        id="in a minute while pending is in doubt",
    ),
    pytest.param(
        replace(AT_REST, handshakes={101: UNCLEAR}),
        NOW + PROOF_GAP,
        id="in a minute while live is in doubt",
    ),
    pytest.param(
        replace(AT_REST, ledger=JUST_MADE, robots=()),
        NOW - SECOND + REPAIR_PAUSE,
        id="when the pause before a repair is over",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), RECHECKS)
def test_when_to_look_again(seen: Observed, expected: datetime) -> None:
    assert plan(DESIRED, seen, NOW).recheck_at == expected


def test_a_robot_that_time_cannot_change_is_looked_at_when_drift_is_due() -> None:
    endless = replace(robot(1), lifetime_days=-1, expires_at=None)
    seen = replace(AT_REST, rule=replace(RULE, allow_never_expire=True), robots=(endless,))

    assert plan(ENDLESS, seen, NOW).recheck_at is None


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        pytest.param(timedelta(hours=1), timedelta(hours=1), id="the stated one"),
        pytest.param(timedelta(minutes=1), timedelta(minutes=30), id="the token's, if longer"),
    ],
)
def test_the_overlap(stated: timedelta, expected: timedelta) -> None:
    assert overlap_of(stated, timedelta(minutes=30)) == expected


def test_a_pending_credential_is_told_as_a_rotation_under_way() -> None:
    seen = replace(
        ROTATING,
        ledger=Ledger(live=credential(1), pending=credential(2), attempt=Attempt(2)),
        handshakes={101: WORKS},
    )

    verdicts = plan(DESIRED, seen, NOW).verdicts

    rotating = next(v for v in verdicts if v.type is ConditionType.ROTATING)
    assert rotating.reason is Reason.PROGRESSING
