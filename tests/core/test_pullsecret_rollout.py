"""Another credential reaches the canary first, and the others only when it works there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.namespaces import Selection
from harbor_operator.core.plan import READY, is_true
from harbor_operator.core.pullsecret.actions import Action, Deliver, TryCanary
from harbor_operator.core.pullsecret.facts import Delivered, Desired, Memory, Observed
from harbor_operator.core.pullsecret.plan import RETRY_PAUSE, plan
from harbor_operator.core.pullsecret.rollout import MARGIN
from harbor_operator.core.robot.protocol import HOLDER_PATIENCE
from tests.support.pull_secrets import (
    DISTRIBUTED,
    EVERYWHERE,
    HOSTS,
    LOGIN,
    NOW,
    USERNAME,
)

NEW_NAME = "robot$team+ci-2"
NEW = replace(LOGIN, username=NEW_NAME, revision="2", minted_at=NOW)
OLD_HELD = Delivered("uid-s", in_line=False, username=USERNAME, robot_uid="uid-r")
NEW_HELD = replace(OLD_HELD, in_line=True, username=NEW_NAME)
BROKEN = replace(OLD_HELD, username=None)
STAGED = replace(EVERYWHERE, canary=Selection(names=("shop-a",)))
ROTATED = replace(
    DISTRIBUTED,
    login=NEW,
    delivered=dict.fromkeys(("team", "shop-a", "shop-b"), OLD_HELD),
    harbor_time=NOW,
)
TO_CANARY = Deliver("shop-a", OLD_HELD, HOSTS)
TO_OTHERS = (Deliver("shop-b", OLD_HELD, HOSTS), Deliver("team", OLD_HELD, HOSTS))
AFTER_CANARY = replace(ROTATED, delivered={**ROTATED.delivered, "shop-a": NEW_HELD})
FAILED = replace(AFTER_CANARY, trial=False)
ANYWHERE_ELSE = replace(EVERYWHERE, canary=Selection(names=("elsewhere",)))

STAGES = [
    pytest.param(EVERYWHERE, ROTATED, (TO_CANARY, *TO_OTHERS), id="without a canary all at once"),
    pytest.param(STAGED, ROTATED, (TO_CANARY,), id="the canary comes first"),
    pytest.param(STAGED, AFTER_CANARY, (TryCanary("shop-a"),), id="then what it holds is tried"),
    pytest.param(
        STAGED, replace(AFTER_CANARY, trial=True), TO_OTHERS, id="when it works, all others follow"
    ),
    pytest.param(STAGED, FAILED, (), id="when it fails, they keep what they have"),
    pytest.param(
        STAGED,
        replace(FAILED, delivered={"shop-a": NEW_HELD, "shop-b": OLD_HELD}),
        (Deliver("team", None, HOSTS),),
        id="a namespace that is new meanwhile gets the newest one",
    ),
    pytest.param(
        STAGED,
        replace(FAILED, delivered={**FAILED.delivered, "team": BROKEN}),
        (Deliver("team", BROKEN, HOSTS),),
        id="so does one whose Secret was damaged",
    ),
    pytest.param(
        replace(STAGED, pause_on_failure=False), FAILED, TO_OTHERS, id="unless it need not stop"
    ),
    pytest.param(
        replace(STAGED, verify=False), AFTER_CANARY, TO_OTHERS, id="nothing is tried, nothing fails"
    ),
    pytest.param(replace(STAGED, resume="today"), FAILED, TO_OTHERS, id="a person lets it go on"),
    pytest.param(
        replace(STAGED, resume="today"),
        replace(FAILED, memory=Memory(handled_resume="today")),
        (),
        id="but not by a token that is handled",
    ),
    pytest.param(
        STAGED,
        replace(FAILED, memory=Memory(resumed=NEW_NAME)),
        TO_OTHERS,
        id="what a person let go on stays so",
    ),
    pytest.param(
        STAGED,
        replace(FAILED, memory=Memory(resumed=USERNAME)),
        (),
        id="for that credential alone",
    ),
    pytest.param(
        STAGED,
        replace(FAILED, memory=Memory(expires_at=NOW + MARGIN)),
        TO_OTHERS,
        id="the pause ends before the credential before expires",
    ),
    pytest.param(
        STAGED,
        replace(FAILED, login=replace(NEW, minted_at=NOW - HOLDER_PATIENCE + MARGIN)),
        TO_OTHERS,
        id="and before the robot lets the account before go",
    ),
    pytest.param(
        STAGED,
        replace(
            FAILED,
            login=replace(NEW, robot_uid="uid-other", minted_at=NOW - timedelta(days=30)),
        ),
        (),
        id="which another robot's account does not do",
    ),
    pytest.param(
        STAGED,
        replace(ROTATED, login=replace(NEW, urgent=True)),
        (TO_CANARY, *TO_OTHERS),
        id="one that replaces a broken one reaches all at once",
    ),
    pytest.param(
        ANYWHERE_ELSE,
        ROTATED,
        (TO_CANARY, *TO_OTHERS),
        id="a canary that is no target holds nobody up",
    ),
    pytest.param(
        STAGED,
        replace(ROTATED, failures={"shop-a": Reason.TARGET_FAILED}),
        (),
        id="a canary that cannot be written has failed",
    ),
    pytest.param(
        STAGED,
        replace(AFTER_CANARY, failures={"shop-a": Reason.TARGET_FAILED}),
        (TryCanary("shop-a"),),
        id="unless only its ServiceAccounts could not be changed",
    ),
    pytest.param(
        STAGED,
        replace(
            ROTATED,
            delivered={"shop-b": OLD_HELD, "team": OLD_HELD},
            taken=frozenset({"shop-a"}),
        ),
        (),
        id="one whose Secret is another object's has failed too",
    ),
    pytest.param(
        STAGED,
        replace(DISTRIBUTED, delivered={}),
        (
            Deliver("shop-a", None, HOSTS),
            Deliver("shop-b", None, HOSTS),
            Deliver("team", None, HOSTS),
        ),
        id="the first credential of all has nothing to wait for",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "expected"), STAGES)
def test_how_far_a_rollout_goes(
    desired: Desired, seen: Observed, expected: tuple[Action, ...]
) -> None:
    assert plan(desired, seen, NOW).actions == expected


def test_a_pause_is_told_and_what_serves_stays_ready() -> None:
    paused = plan(STAGED, FAILED, NOW)

    [told] = [v for v in paused.verdicts if v.type is ConditionType.ROLLOUT_PAUSED]
    assert (told.status, told.reason) == (ConditionStatus.TRUE, Reason.VERIFICATION_FAILED)
    assert "2 namespaces keep the one before" in told.message
    assert is_true(paused.verdicts, READY)
    assert not is_true(paused.verdicts, ConditionType.VERIFIED)
    assert paused.recheck_at == NOW + RETRY_PAUSE


def test_during_a_pause_the_status_reports_what_most_hold() -> None:
    report = plan(STAGED, FAILED, NOW).report

    assert report["rollout"] == {"robotName": NEW_NAME, "state": "Paused"}
    assert "robotName" not in report
    assert report["targets"]["ready"] == 3


def test_a_canary_that_cannot_be_written_is_told_as_such() -> None:
    paused = plan(STAGED, replace(ROTATED, failures={"shop-a": Reason.TARGET_FAILED}), NOW)

    [told] = [v for v in paused.verdicts if v.type is ConditionType.ROLLOUT_PAUSED]
    assert told.reason is Reason.TARGET_FAILED


def test_a_rollout_that_a_person_let_go_on_is_reported_until_all_have_it() -> None:
    behind = replace(
        FAILED,
        delivered={**FAILED.delivered, "team": NEW_HELD},
        failures={"shop-b": Reason.TARGET_FAILED},
    )

    report = plan(replace(STAGED, resume="today"), behind, NOW).report

    assert report["rollout"] == {"robotName": NEW_NAME, "state": "Resumed"}
    assert report["lastHandledResumeAt"] == "today"


def test_a_finished_rollout_is_reported_with_the_end_of_its_credential() -> None:
    done = replace(
        ROTATED,
        login=replace(NEW, expires_at=NOW + timedelta(days=90)),
        delivered=dict.fromkeys(ROTATED.delivered, NEW_HELD),
    )

    finished = plan(STAGED, done, NOW)

    assert finished.actions == ()
    assert finished.report["robotName"] == NEW_NAME
    assert finished.report["credentialExpiresAt"] == "2026-05-30T12:00:00Z"
    assert finished.report["rollout"] is None


def test_a_credential_that_fails_where_nothing_is_kept_is_told_by_ready() -> None:
    everywhere = replace(
        ROTATED, delivered=dict.fromkeys(ROTATED.delivered, NEW_HELD), verified=False
    )

    failing = plan(STAGED, everywhere, NOW)

    assert failing.verdicts[0].reason is Reason.VERIFICATION_FAILED
    assert not is_true(failing.verdicts, READY)
