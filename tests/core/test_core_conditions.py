"""Verdicts meet the conditions of the past, by the rules that kstatus readers rely on."""

from datetime import UTC, datetime

import pytest

from harbor_operator.api.conditions import Condition, ConditionStatus, ConditionType, Reason
from harbor_operator.core.conditions import is_ready, merge, suspended
from harbor_operator.core.plan import Verdict, blocked, broken, is_true, ready, waiting
from tests.support.sentences import is_sentence

THEN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 2, tzinfo=UTC)
TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN
READY = ConditionType.READY
RECONCILING = ConditionType.RECONCILING
STALLED = ConditionType.STALLED


def old(type_: ConditionType, status: ConditionStatus, generation: int = 1) -> Condition:
    return Condition(
        type=type_.value,
        status=status,
        reason="Succeeded",
        message="Before.",
        last_transition_time=THEN,
        observed_generation=generation,
    )


SYNCED = Verdict(ConditionType.SYNCED, TRUE, Reason.SUCCEEDED, "In sync.")

MERGES = [
    pytest.param(
        [], ready(Reason.SUCCEEDED, "ok"), [("Ready", TRUE, NOW)], id="the first verdict starts now"
    ),
    pytest.param(
        [old(READY, TRUE)],
        ready(Reason.SUCCEEDED, "ok"),
        [("Ready", TRUE, THEN)],
        id="an unchanged status keeps its transition time",
    ),
    pytest.param(
        [old(READY, TRUE)],
        waiting(Reason.PROGRESSING, "later"),
        [("Ready", FALSE, NOW), ("Reconciling", TRUE, NOW)],
        id="a changed status moves its transition time",
    ),
    pytest.param(
        [old(READY, FALSE), old(RECONCILING, TRUE)],
        ready(Reason.SUCCEEDED, "ok"),
        [("Ready", TRUE, NOW)],
        id="Reconciling leaves when it is over",
    ),
    pytest.param(
        [old(READY, FALSE), old(STALLED, TRUE)],
        ready(Reason.SUCCEEDED, "ok"),
        [("Ready", TRUE, NOW)],
        id="Stalled leaves when it is over",
    ),
    pytest.param(
        [old(READY, FALSE), old(RECONCILING, TRUE)],
        blocked(Reason.INVALID_SPEC, "no"),
        [("Ready", FALSE, THEN), ("Stalled", TRUE, NOW)],
        id="Stalled takes the place of Reconciling",
    ),
    pytest.param(
        [old(READY, TRUE), old(ConditionType.SYNCED, TRUE)],
        waiting(Reason.PROGRESSING, "later"),
        [("Ready", FALSE, NOW), ("Reconciling", TRUE, NOW), ("Synced", TRUE, THEN)],
        id="a condition that is not spoken of stays",
    ),
    pytest.param(
        [],
        (SYNCED, *ready(Reason.SUCCEEDED, "ok")),
        [("Ready", TRUE, NOW), ("Synced", TRUE, NOW)],
        id="Ready comes first whatever the order of the verdicts",
    ),
    pytest.param(
        [old(ConditionType.DISTRIBUTED, TRUE), old(ConditionType.SYNCED, TRUE)],
        ready(Reason.SUCCEEDED, "ok"),
        [("Ready", TRUE, NOW), ("Distributed", TRUE, THEN), ("Synced", TRUE, THEN)],
        id="Ready comes first and the others by their names",
    ),
    pytest.param(
        [old(READY, TRUE), old(STALLED, TRUE)],
        broken("defect"),
        [("Ready", UNKNOWN, NOW)],
        id="a defect of the operator is neither Stalled nor Reconciling",
    ),
]


@pytest.mark.parametrize(("before", "verdicts", "expected"), MERGES)
def test_merge(
    before: list[Condition],
    verdicts: tuple[Verdict, ...],
    expected: list[tuple[str, ConditionStatus, datetime]],
) -> None:
    merged = merge(before, verdicts, generation=2, now=NOW)

    assert [(c.type, c.status, c.last_transition_time) for c in merged] == expected


def test_a_spoken_condition_carries_the_new_generation_reason_and_message() -> None:
    verdicts = waiting(Reason.HARBOR_UNREACHABLE, "No answer.")

    merged = merge([old(READY, FALSE)], verdicts, generation=7, now=NOW)

    assert [(c.observed_generation, c.reason, c.message) for c in merged] == [
        (7, "HarborUnreachable", "No answer."),
        (7, "HarborUnreachable", "No answer."),
    ]


def test_a_condition_that_is_not_spoken_of_keeps_the_generation_it_speaks_of() -> None:
    before = [old(ConditionType.SYNCED, TRUE, generation=1)]

    merged = merge(before, ready(Reason.SUCCEEDED, "ok"), generation=7, now=NOW)

    assert [(c.type, c.observed_generation) for c in merged] == [("Ready", 7), ("Synced", 1)]


@pytest.mark.parametrize(
    ("before", "status"),
    [
        pytest.param([], UNKNOWN, id="an object that was never looked at is Unknown"),
        pytest.param([old(READY, TRUE)], TRUE, id="what was Ready stays Ready"),
        pytest.param([old(READY, FALSE)], FALSE, id="what was not Ready stays so"),
        pytest.param([old(STALLED, TRUE)], UNKNOWN, id="other conditions do not stand for Ready"),
    ],
)
def test_suspending(before: list[Condition], status: ConditionStatus) -> None:
    (verdict,) = suspended(before)

    assert (verdict.type, verdict.status, verdict.reason) == (READY, status, Reason.SUSPENDED)
    assert "spec.suspend" in verdict.message
    assert is_sentence(verdict.message)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        pytest.param([old(READY, TRUE, 3)], True, id="True for this generation is ready"),
        pytest.param([old(READY, TRUE, 2)], False, id="True for an older generation is not"),
        pytest.param([old(READY, FALSE, 3)], False, id="False is not"),
        pytest.param([old(READY, UNKNOWN, 3)], False, id="Unknown is not"),
        pytest.param([old(ConditionType.SYNCED, TRUE, 3)], False, id="another condition is not"),
        pytest.param([], False, id="no condition is not"),
    ],
)
def test_is_ready(conditions: list[Condition], *, expected: bool) -> None:
    assert is_ready(conditions, 3) is expected


@pytest.mark.parametrize(
    ("verdicts", "type_", "expected"),
    [
        pytest.param(ready(Reason.SUCCEEDED, ""), READY, True, id="ready says Ready"),
        pytest.param(waiting(Reason.PROGRESSING, ""), READY, False, id="waiting denies Ready"),
        pytest.param(
            waiting(Reason.PROGRESSING, ""), RECONCILING, True, id="waiting says Reconciling"
        ),
        pytest.param(waiting(Reason.PROGRESSING, ""), STALLED, False, id="waiting is not Stalled"),
        pytest.param(blocked(Reason.INVALID_SPEC, ""), STALLED, True, id="blocked says Stalled"),
        pytest.param(
            blocked(Reason.INVALID_SPEC, ""), RECONCILING, False, id="blocked is not Reconciling"
        ),
        pytest.param(broken(""), READY, False, id="broken does not say Ready"),
    ],
)
def test_what_verdicts_say(
    verdicts: tuple[Verdict, ...], type_: ConditionType, *, expected: bool
) -> None:
    assert is_true(verdicts, type_) is expected
