"""Drift: put right, counted, and slowed down where somebody else keeps changing things back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.values import format_time
from harbor_operator.core.plan import Verdict
from harbor_operator.core.project import drift
from harbor_operator.core.project.actions import Action, ChangeSetting, Hold, NoteRepair
from harbor_operator.core.project.blocks.quota import QUOTA as QUOTA_BLOCK
from harbor_operator.core.project.facts import Observed, Recorded
from harbor_operator.core.project.plan import plan
from harbor_operator.core.steps import Attempts
from tests.support.projects import AT_REST, NOW, QUOTA, showing, wanting

MINUTE = timedelta(minutes=1)
WANTED = wanting(visibility="Private", scanning_onPush="true")
DESIRED = replace(WANTED, settings={**WANTED.settings, "storageQuota": 50})
CHANGED = showing(replace(AT_REST, settings={"storageQuota": QUOTA}), public="true")
IN_LINE = showing(
    replace(AT_REST, settings={"storageQuota": replace(QUOTA, hard=50)}), auto_scan="true"
)
REASON = Reason.REPEATED_DRIFT
BLOCKS = ("visibility", "scanning", "storageQuota")


def minutes_ago(*minutes: int) -> tuple[datetime, ...]:
    return tuple(NOW - MINUTE * number for number in minutes)


def with_repairs(seen: Observed, *minutes: int, in_sync: bool = True) -> Observed:
    recorded = Recorded(project_id=7, in_sync=in_sync, repairs=minutes_ago(*minutes))
    return replace(seen, recorded=recorded)


def kinds(actions: tuple[Action, ...]) -> list[type[Action]]:
    return [type(action) for action in actions]


def test_a_repair_is_noted_before_it_is_made() -> None:
    actions = plan(DESIRED, with_repairs(CHANGED, 90, 2), NOW).actions

    assert actions[0] == NoteRepair((*minutes_ago(2), NOW), BLOCKS)
    assert kinds(actions[1:]) == [ChangeSetting, ChangeSetting]


def test_the_finalizer_is_put_back_before_a_repair() -> None:
    seen = replace(with_repairs(CHANGED), held=False)

    assert kinds(plan(DESIRED, seen, NOW).actions)[:2] == [Hold, NoteRepair]


NO_DRIFT = [
    pytest.param(with_repairs(CHANGED, in_sync=False), id="a generation that was never in line"),
    pytest.param(with_repairs(CHANGED, 5, 4, 3, 2, 1, in_sync=False), id="also after a fight"),
]


@pytest.mark.parametrize("seen", NO_DRIFT)
def test_a_difference_that_is_no_drift_is_no_repair(seen: Observed) -> None:
    assert kinds(plan(DESIRED, seen, NOW).actions) == [ChangeSetting, ChangeSetting]


def test_one_reconcile_notes_one_repair() -> None:
    (step,) = QUOTA_BLOCK.compare(1, QUOTA).steps
    seen = replace(with_repairs(CHANGED, 0), attempts=Attempts(written=(step,)))

    assert kinds(plan(DESIRED, seen, NOW).actions) == [ChangeSetting, ChangeSetting]


def test_a_fight_waits_and_says_so() -> None:
    fought = plan(DESIRED, with_repairs(CHANGED, 50, 40, 30, 20, 10), NOW)

    due = NOW + MINUTE * 2
    message = (
        "Somebody else keeps changing visibility, scanning, storageQuota in Harbor; the next"
        f" repair is made at {format_time(due)}."
    )
    ready, synced, fight = fought.verdicts
    assert fought.actions == ()
    assert fought.recheck_at == due
    assert ready == Verdict(ConditionType.READY, ConditionStatus.TRUE, REASON, message)
    assert synced == Verdict(ConditionType.SYNCED, ConditionStatus.FALSE, REASON, message)
    assert (fight.type, fight.status) == (ConditionType.DRIFT_FIGHT, ConditionStatus.TRUE)
    assert fought.report["repairs"] == [format_time(at) for at in minutes_ago(50, 40, 30, 20, 10)]


PACE = [
    pytest.param((), True, id="the first repair"),
    pytest.param((4, 3, 2, 1), True, id="the fifth"),
    pytest.param((5, 4, 3, 2, 1), False, id="a sixth within an hour waits"),
    pytest.param((50, 40, 30, 20, 12), True, id="until the pause is over"),
    pytest.param((50, 40, 30, 20, 11), False, id="and no sooner"),
    pytest.param((60, 4, 3, 2, 1), True, id="after an hour a repair counts no more"),
    pytest.param((59, 4, 3, 2, 1), False, id="and until then it does"),
]


@pytest.mark.parametrize(("minutes", "repaired"), PACE)
def test_the_pace_of_repairs(minutes: tuple[int, ...], *, repaired: bool) -> None:
    actions = plan(DESIRED, with_repairs(CHANGED, *minutes), NOW).actions

    assert bool(actions) is repaired


def test_a_fight_that_goes_on_stays_one() -> None:
    repairs = minutes_ago(4, 3, 2, 1, 0)
    now = NOW

    for _ in range(20):
        now = drift.next_repair(repairs, now) or now
        repairs = drift.with_repair(repairs, now)

        assert drift.is_fight(repairs, now)
        assert len(repairs) == drift.FIGHT


def test_a_fight_shows_while_all_is_in_line() -> None:
    at_rest = plan(DESIRED, with_repairs(IN_LINE, 5, 4, 3, 2, 1), NOW)

    assert at_rest.actions == ()
    ready, synced, fight = at_rest.verdicts
    assert (ready.reason, synced.reason) == (Reason.SUCCEEDED, Reason.SUCCEEDED)
    assert fight == Verdict(
        ConditionType.DRIFT_FIGHT,
        ConditionStatus.TRUE,
        REASON,
        "Harbor was put right 5 times within an hour: somebody else writes other settings. Find"
        " out who, by Harbor's audit log, or set managementPolicy to Observe.",
    )


def test_a_fight_ends() -> None:
    at_rest = plan(DESIRED, with_repairs(IN_LINE, 60, 4, 3, 2, 1), NOW)

    assert [verdict.type for verdict in at_rest.verdicts] == [
        ConditionType.READY,
        ConditionType.SYNCED,
    ]
    assert at_rest.report["repairs"] == [format_time(at) for at in minutes_ago(4, 3, 2, 1)]
    assert at_rest.recheck_at is None


def test_a_fight_is_looked_at_when_it_may_be_over() -> None:
    at_rest = plan(DESIRED, with_repairs(IN_LINE, 59, 4, 3, 2, 1), NOW)

    assert at_rest.recheck_at == NOW + MINUTE
