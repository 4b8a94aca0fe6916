"""Tags that cannot be overwritten or deleted."""

import pytest

from harbor_operator.core.project.blocks.immutable_tags import (
    IMMUTABLE_TAGS,
    CreateRule,
    DeleteRule,
    EnableRule,
    RuleSeen,
    Seen,
    removals,
)
from harbor_operator.core.project.blocks.selectors import Pattern, Reach
from harbor_operator.core.steps import Change, Comparison, Step, Verb
from tests.support.harbor_settings import carried_out
from tests.support.project_settings import Fields, compared, outline, wanted

V = Reach(tags=Pattern("v*"))
W = Reach(tags=Pattern("w*"))
V_WORDS = "repositories: **, tags: v*"
W_WORDS = "repositories: **, tags: w*"
BARE = RuleSeen(3, reach=None)


def rules(*tags: str) -> Fields:
    return {"immutableTags": [{"tags": pattern} for pattern in tags]}


DIFFERENCES = [
    pytest.param(
        rules("v*"), (), [(Verb.CREATE, V_WORDS, CreateRule(V))], id="a missing rule is made"
    ),
    pytest.param(
        rules("v*"),
        (RuleSeen(1, V, disabled=True),),
        [(Verb.UPDATE, V_WORDS, EnableRule(1, V))],
        id="policies 4-6: a PUT that enables changes nothing else, so it enables what is right",
    ),
    pytest.param(
        rules("w*"),
        (RuleSeen(1, V, disabled=True),),
        [(Verb.CREATE, W_WORDS, CreateRule(W)), (Verb.DELETE, "1", DeleteRule(1))],
        id="policies 5-7: a rule that says something else is replaced, not rewritten",
    ),
    pytest.param(
        rules("v*"),
        (RuleSeen(1, V), BARE),
        [(Verb.DELETE, "3", DeleteRule(3))],
        id="policies 9-10: a rule without selectors protects nothing and goes",
    ),
    pytest.param(
        {"immutableTags": []},
        (RuleSeen(1, V),),
        [(Verb.DELETE, "1", DeleteRule(1))],
        id="an empty list is none",
    ),
    pytest.param(
        rules("v*"),
        (RuleSeen(1, V, disabled=True), RuleSeen(2, V)),
        [(Verb.DELETE, "1", DeleteRule(1))],
        id="of two that say the same the one in force stays",
    ),
    pytest.param(
        rules("v*"),
        (RuleSeen(2, V), RuleSeen(1, V)),
        [(Verb.DELETE, "2", DeleteRule(2))],
        id="of two in force the older one",
    ),
    pytest.param(
        rules("v*"),
        (RuleSeen(2, V, disabled=True), RuleSeen(1, V, disabled=True)),
        [(Verb.UPDATE, V_WORDS, EnableRule(1, V)), (Verb.DELETE, "2", DeleteRule(2))],
        id="of two that are disabled the older one is enabled",
    ),
]


@pytest.mark.parametrize(("spec", "seen", "steps"), DIFFERENCES)
def test_differences(spec: Fields, seen: Seen, steps: list[tuple[Verb, str, object]]) -> None:
    comparison = compared(IMMUTABLE_TAGS, spec, seen)

    assert outline(comparison.steps) == steps
    assert comparison.troubles == ()


IN_LINE = [
    pytest.param(rules("v*"), (RuleSeen(1, V),), id="the same rule"),
    pytest.param(rules("w*", "v*"), (RuleSeen(1, V), RuleSeen(2, W)), id="in another order"),
    pytest.param(
        {"immutableTags": [{}, {"repositories": "**", "tags": "**"}]},
        (RuleSeen(1, Reach()),),
        id="policies 2: one rule said twice is one",
    ),
    pytest.param({"immutableTags": []}, (), id="none"),
]


@pytest.mark.parametrize(("spec", "seen"), IN_LINE)
def test_without_a_difference_nothing_is_written(spec: Fields, seen: Seen) -> None:
    assert compared(IMMUTABLE_TAGS, spec, seen) == Comparison()


SHOWN = [
    pytest.param(rules("v*"), (), ("", None, V_WORDS), id="a new rule"),
    pytest.param(
        rules("v*"), (RuleSeen(1, V, disabled=True),), ("disabled", "true", "false"), id="a switch"
    ),
    pytest.param(rules(), (RuleSeen(1, V),), ("", V_WORDS, None), id="a rule that goes"),
    pytest.param(rules(), (BARE,), ("", "nothing", None), id="a rule about nothing"),
]


@pytest.mark.parametrize(("spec", "seen", "row"), SHOWN)
def test_what_a_step_shows(
    spec: Fields, seen: Seen, row: tuple[str, str | None, str | None]
) -> None:
    (step,) = compared(IMMUTABLE_TAGS, spec, seen).steps

    assert step.changes == (Change("immutableTags", *row),)
    assert step.source == "immutableTags"


def test_a_put_that_enables_leaves_the_rest_of_a_rule() -> None:
    """Policies 5-6: the pattern of the request is dropped while the flag differs."""
    step = Step("immutableTags", Verb.UPDATE, "", (), EnableRule(1, W))

    assert carried_out(step, (RuleSeen(1, V, disabled=True),)) == (RuleSeen(1, V),)


def test_a_deletion_takes_only_the_rules_of_the_spec_out_of_the_way() -> None:
    own = wanted(IMMUTABLE_TAGS, rules("v*"))

    steps = removals(own, (RuleSeen(1, V), RuleSeen(2, W), BARE, RuleSeen(4, V, disabled=True)))

    assert outline(steps) == [
        (Verb.DELETE, "1", DeleteRule(1)),
        (Verb.DELETE, "4", DeleteRule(4)),
    ]
