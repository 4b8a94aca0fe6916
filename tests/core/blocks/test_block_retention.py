"""Which artifacts are kept, and when the others go."""

from typing import Any

import pytest

from harbor_operator.core.cron import six_fields
from harbor_operator.core.project.blocks.retention import (
    RETENTION,
    CreatePolicy,
    ForgetPolicy,
    PolicySeen,
    ReplacePolicy,
    Rule,
    Wanted,
)
from harbor_operator.core.project.blocks.selectors import Pattern, Reach
from harbor_operator.core.steps import Comparison, Step, Verb
from tests.support.harbor_settings import RefusedWriteError, carried_out
from tests.support.project_settings import Fields, changes_of, compared, outline, wanted
from tests.support.project_world import PROXY_POLICY

TEN = Rule("latestPushedK", 10, Reach(), untagged=True)
WEEK = Rule("nDaysSinceLastPull", 7, Reach(), untagged=True)
TEN_WORDS = "keep mostRecentlyPushed 10 (repositories: **, tags: **, untagged: true)"
WEEK_WORDS = "keep pulledWithinDays 7 (repositories: **, tags: **, untagged: true)"
AT_THREE = "0 0 3 * * *"
SEEN = PolicySeen(1, AT_THREE, frozenset({TEN}))
KEEP_TEN = {"keep": {"mostRecentlyPushed": 10}}
KEEP_WEEK = {"keep": {"pulledWithinDays": 7}}


def retention(*rules: Fields, **fields: Any) -> Fields:  # noqa: ANN401 -- fields of a spec
    return {"retention": {"rules": list(rules), **fields}}


RULES = [
    pytest.param(KEEP_TEN, TEN, id="policies 13: the most recently pushed"),
    pytest.param(
        {"keep": {"mostRecentlyPulled": 2}},
        Rule("latestPulledN", 2, Reach(), untagged=True),
        id="the most recently pulled",
    ),
    pytest.param(
        {"keep": {"pushedWithinDays": 30}},
        Rule("nDaysSinceLastPush", 30, Reach(), untagged=True),
        id="policies 26: pushed within days",
    ),
    pytest.param(KEEP_WEEK, WEEK, id="pulled within days"),
    pytest.param(
        {"keep": {"all": True}},
        Rule("always", None, Reach(), untagged=True),
        id="policies 27: all, without a parameter",
    ),
    pytest.param(
        {**KEEP_TEN, "untagged": False},
        Rule("latestPushedK", 10, Reach(), untagged=False),
        id="without the untagged",
    ),
    pytest.param(
        {**KEEP_TEN, "excludeTags": "v*"},
        Rule("latestPushedK", 10, Reach(tags=Pattern("v*", excludes=True)), untagged=False),
        id="excluding some tags leaves the untagged out",
    ),
    pytest.param(
        {**KEEP_TEN, "excludeTags": "v*", "untagged": True},
        Rule("latestPushedK", 10, Reach(tags=Pattern("v*", excludes=True)), untagged=True),
        id="unless they are stated",
    ),
    pytest.param(
        {**KEEP_TEN, "excludeRepositories": "x", "tags": "v*"},
        Rule("latestPushedK", 10, Reach(Pattern("x", excludes=True), Pattern("v*")), untagged=True),
        id="excluding some repositories does not",
    ),
]


@pytest.mark.parametrize(("fields", "rule"), RULES)
def test_a_rule_in_harbors_words(fields: Fields, rule: Rule) -> None:
    assert wanted(RETENTION, retention(fields)) == Wanted(None, (rule,))


SCHEDULES = [
    pytest.param("0 3 * * *", "0 0 3 * * *", id="policies 17-18: six fields, the first one 0"),
    pytest.param("*/5 * * * *", "0 */5 * * * *", id="policies 22: every five minutes"),
]


@pytest.mark.parametrize(("stated", "stored"), SCHEDULES)
def test_a_schedule_gets_the_seconds_that_harbor_wants(stated: str, stored: str) -> None:
    assert six_fields(stated) == stored
    assert wanted(RETENTION, retention(schedule=stated)) == Wanted(stored, ())


@pytest.mark.parametrize("cron", ["0 3 * * *", "30 0 3 * * *", "bogus"])
def test_other_schedules_are_refused(cron: str) -> None:
    """Policies 17, 18 and 20."""
    step = Step("retention", Verb.UPDATE, "", (), ReplacePolicy(1, cron, (TEN,)))

    with pytest.raises(RefusedWriteError):
        carried_out(step, SEEN)


DANGLING = PolicySeen(7, dangling=True)

DIFFERENCES = [
    pytest.param(
        retention(KEEP_TEN, schedule="0 3 * * *"),
        None,
        [(Verb.CREATE, "", CreatePolicy(AT_THREE, (TEN,)))],
        id="policies 13: a project without a policy gets one",
    ),
    pytest.param(
        retention(KEEP_TEN),
        None,
        [(Verb.CREATE, "", CreatePolicy("", (TEN,)))],
        id="policies 19: without a schedule it never runs by itself",
    ),
    pytest.param(
        retention(schedule="0 3 * * *"),
        None,
        [(Verb.CREATE, "", CreatePolicy(AT_THREE, ()))],
        id="a schedule without rules",
    ),
    pytest.param(
        retention(KEEP_WEEK),
        SEEN,
        [(Verb.UPDATE, "", ReplacePolicy(1, AT_THREE, (WEEK,)))],
        id="policies 17-21: a PUT needs all fields, so it repeats the schedule that stays",
    ),
    pytest.param(
        retention(KEEP_TEN, schedule="0 4 * * *"),
        SEEN,
        [(Verb.UPDATE, "", ReplacePolicy(1, "0 0 4 * * *", (TEN,)))],
        id="and the rules where only the schedule differs",
    ),
    pytest.param(
        retention(),
        SEEN,
        [(Verb.UPDATE, "", ReplacePolicy(1, AT_THREE, ()))],
        id="policies 29: no rules are an empty list, not a deletion",
    ),
    pytest.param(
        retention(KEEP_TEN),
        PolicySeen(1, AT_THREE, frozenset({TEN}), unreadable=1),
        [(Verb.UPDATE, "", ReplacePolicy(1, AT_THREE, (TEN,)))],
        id="policies 23: a rule of a shape that no spec can state goes",
    ),
    pytest.param(
        retention(KEEP_TEN),
        DANGLING,
        [(Verb.DELETE, "", ForgetPolicy(7)), (Verb.CREATE, "", CreatePolicy("", (TEN,)))],
        id="policies 14 and 32: an id that dangles stands in the way of a new policy",
    ),
    pytest.param(
        retention(schedule="0 3 * * *"),
        DANGLING,
        [(Verb.DELETE, "", ForgetPolicy(7)), (Verb.CREATE, "", CreatePolicy(AT_THREE, ()))],
        id="also of one without rules",
    ),
    pytest.param(
        retention(),
        DANGLING,
        [(Verb.DELETE, "", ForgetPolicy(7))],
        id="without rules and schedule it is only forgotten",
    ),
    pytest.param(
        retention(KEEP_TEN),
        PROXY_POLICY,
        [(Verb.UPDATE, "", ReplacePolicy(3, "0 0 0 * * *", (TEN,)))],
        id="policies 71-72: a proxy project has a policy by itself, which is replaced",
    ),
]


@pytest.mark.parametrize(("spec", "seen", "steps"), DIFFERENCES)
def test_differences(
    spec: Fields, seen: PolicySeen | None, steps: list[tuple[Verb, str, object]]
) -> None:
    comparison = compared(RETENTION, spec, seen)

    assert outline(comparison.steps) == steps
    assert {step.source for step in comparison.steps} == {"retention"}
    assert comparison.troubles == ()


IN_LINE = [
    pytest.param(retention(KEEP_TEN), SEEN, id="the same rule and any schedule"),
    pytest.param(retention(KEEP_TEN, schedule="0 3 * * *"), SEEN, id="the same schedule"),
    pytest.param(
        retention(KEEP_WEEK, KEEP_TEN),
        PolicySeen(1, AT_THREE, frozenset({TEN, WEEK})),
        id="rules are a set",
    ),
    pytest.param(
        retention(KEEP_TEN, {**KEEP_TEN, "untagged": True, "tags": "**"}),
        SEEN,
        id="policies 24: one rule said twice is one, since Harbor refuses two",
    ),
    pytest.param(retention(), None, id="no rules and no policy"),
    pytest.param(retention(KEEP_WEEK), PROXY_POLICY, id="policies 71-72: the policy of a proxy"),
]


@pytest.mark.parametrize(("spec", "seen"), IN_LINE)
def test_without_a_difference_nothing_is_written(spec: Fields, seen: PolicySeen | None) -> None:
    assert compared(RETENTION, spec, seen) == Comparison()


Rows = list[tuple[str, str, str | None, str | None]]

SHOWN = [
    pytest.param(
        retention(KEEP_TEN, schedule="0 3 * * *"),
        None,
        [
            ("retention", "schedule", None, "0 3 * * *"),
            ("retention", "rules", None, TEN_WORDS),
        ],
        id="a new policy",
    ),
    pytest.param(
        retention(KEEP_TEN),
        DANGLING,
        [("retention", "policy", "7", None), ("retention", "rules", None, TEN_WORDS)],
        id="one in the place of another that is gone",
    ),
    pytest.param(
        retention(KEEP_WEEK, KEEP_TEN, schedule="0 4 * * *"),
        SEEN,
        [
            ("retention", "schedule", "0 3 * * *", "0 4 * * *"),
            ("retention", "rules", TEN_WORDS, f"{TEN_WORDS}; {WEEK_WORDS}"),
        ],
        id="both, in the words of the spec",
    ),
    pytest.param(
        retention(),
        SEEN,
        [("retention", "rules", TEN_WORDS, None)],
        id="no rules any more",
    ),
    pytest.param(
        retention(KEEP_TEN),
        PolicySeen(1, "", frozenset({TEN}), unreadable=2),
        [("retention", "rules", f"{TEN_WORDS}; 2 other rules", TEN_WORDS)],
        id="rules that cannot be read",
    ),
    pytest.param(
        retention(schedule="0 3 * * *"),
        PolicySeen(1, "", unreadable=1),
        [
            ("retention", "schedule", None, "0 3 * * *"),
            ("retention", "rules", "1 other rules", None),
        ],
        id="only such",
    ),
]


@pytest.mark.parametrize(("spec", "seen", "changes"), SHOWN)
def test_what_the_steps_show(spec: Fields, seen: PolicySeen | None, changes: Rows) -> None:
    assert changes_of(compared(RETENTION, spec, seen)) == changes


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param(
            Rule("always", None, Reach(), untagged=False),
            "keep all (repositories: **, tags: **, untagged: false)",
            id="without a number",
        ),
        pytest.param(
            Rule("bogus", 3, Reach(), untagged=True),
            "keep bogus 3 (repositories: **, tags: **, untagged: true)",
            id="policies 23: a template that only Harbor knows",
        ),
        pytest.param(
            Rule("latestPulledN", 3, Reach(), untagged=True),
            "keep mostRecentlyPulled 3 (repositories: **, tags: **, untagged: true)",
            id="the most recently pulled",
        ),
        pytest.param(
            Rule("nDaysSinceLastPush", 3, Reach(), untagged=True),
            "keep pushedWithinDays 3 (repositories: **, tags: **, untagged: true)",
            id="pushed within days",
        ),
    ],
)
def test_a_rule_in_the_words_of_the_spec(rule: Rule, words: str) -> None:
    assert rule.words() == words
