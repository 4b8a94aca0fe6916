"""A plan as text and as a comment for a pull request."""

import re

import pytest

from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.planning.markdown import MARKER, MOST_CHARACTERS, write_markdown
from harbor_operator.cli.planning.report import (
    Entry,
    Field,
    ObjectPlan,
    Obstacle,
    Outcome,
    PlanReport,
    entries_of,
    exit_code,
    report_on,
)
from harbor_operator.cli.planning.screen import draw_plan
from harbor_operator.cli.printing import Paper
from harbor_operator.core.steps import Change, Step, Verb

LABEL = Entry("Create", "labels", "tier-1", (Field("color", None, "#c0392b"),))
GONE = Entry("Delete", "labels", "old", (Field("color", "#FFFFFF", None),))
SCAN = Entry("Update", "scanning", "", (Field("onPush", "false", "true"),))
REFUSAL = Obstacle("NotAllowedNamespace", "No tenant rule gives it.")


def plan_of(
    outcome: Outcome,
    *entries: Entry,
    name: str = "web",
    obstacle: Obstacle | None = None,
    notes: tuple[str, ...] = (),
) -> ObjectPlan:
    obstacles = () if obstacle is None else (obstacle,)
    return ObjectPlan(
        "HarborProject",
        "shop",
        name,
        "web.yaml",
        f"shop.{name}",
        outcome,
        entries,
        obstacles,
        notes,
    )


def report(*plans: ObjectPlan, notes: tuple[str, ...] = ()) -> PlanReport:
    return report_on("default", "https://h.example", plans, {"Deployment": 2}, notes)


FULL = report(
    plan_of(Outcome.CHANGE, SCAN, LABEL, GONE),
    plan_of(Outcome.NONE, name="fine"),
    plan_of(Outcome.REFUSED, name="no", obstacle=REFUSAL),
    plan_of(Outcome.OBSERVED, name="seen"),
    plan_of(Outcome.OBSERVED, SCAN, name="seen-other"),
    plan_of(Outcome.SUSPENDED, name="off", notes=("it sleeps",)),
    notes=("tenant rules were not checked",),
)


def test_the_text_lists_what_is_not_as_it_should_be() -> None:
    assert draw_plan(FULL, Paper()).splitlines() == [
        "HarborProject shop/no (shop.no) would be refused",
        "  ! NotAllowedNamespace: No tenant rule gives it.",
        "",
        "HarborProject shop/seen-other (shop.seen-other) is only observed, nothing is written",
        "  ~ scanning",
        "      onPush: false -> true",
        "",
        "HarborProject shop/web (shop.web) would be changed",
        "  ~ scanning",
        "      onPush: false -> true",
        "  + labels tier-1",
        "      color: - -> #c0392b",
        "  - labels old",
        "      color: #FFFFFF -> -",
        "",
        "note: tenant rules were not checked",
        "",
        (
            "Harbor https://h.example: 0 to create, 1 to change, 1 as they should be, 2 observed,"
            " 1 suspended, 1 refused; 2 documents of other kinds ignored"
        ),
    ]


def test_the_comment_has_a_line_to_read_and_details_to_unfold() -> None:
    text = write_markdown(report(plan_of(Outcome.CHANGE, SCAN, LABEL)))

    assert text.splitlines() == [
        MARKER,
        "### Harbor plan",
        "",
        (
            r"Harbor https://h.example: 0 to create, 1 to change, 0 as they should be; 2 documents"
            r" of other kinds ignored"
        ),
        "",
        ("<details><summary>HarborProject shop/web (shop.web) would be changed</summary>")
        .replace("(", r"\(")
        .replace(")", r"\)"),
        "",
        "| | what | field | from | to |",
        "|---|---|---|---|---|",
        "| `~` | `scanning` | `onPush` | `false` | `true` |",
        "| `+` | `labels tier-1` | `color` | `-` | `#c0392b` |",
        "",
        r"- web.yaml",
        "",
        "</details>",
    ]


@pytest.mark.parametrize(
    "value",
    ["a|b", "`a``", "x\n| y |", "<script>", "@everybody", "](http://x)", "\x1b[31m", "a\\|b"],
)
def test_no_value_breaks_out_of_its_cell(value: str) -> None:
    entry = Entry("Update", "labels", value, (Field("description", value, value),))

    text = write_markdown(report(plan_of(Outcome.CHANGE, entry)))

    (row,) = [line for line in text.splitlines() if line.startswith("| `~`")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert "\x1b" not in text


def test_no_message_is_markup_or_calls_somebody() -> None:
    hostile = Obstacle("InvalidSpec", "<img src=x> @team **bold** [a](b)")

    text = write_markdown(report(plan_of(Outcome.REFUSED, obstacle=hostile)))

    assert "<img" not in text
    assert "@team" not in text
    assert "**bold**" not in text
    assert "[a](b)" not in text


def test_a_comment_that_is_too_long_is_cut_at_an_object_and_says_so() -> None:
    entry = Entry("Update", "labels", "x" * 600, (Field("description", "y" * 600, "z" * 600),) * 4)
    plans = [plan_of(Outcome.CHANGE, entry, name=f"web-{number}") for number in range(60)]

    text = write_markdown(report(*plans))

    assert len(text) <= MOST_CHARACTERS
    assert text.count("<details>") == text.count("</details>")
    missing = 60 - text.count("<details>")
    assert 0 < missing < 60
    assert f"**{missing} more objects do not fit into a comment**" in text


@pytest.mark.parametrize(
    ("plans", "exit_zero", "code"),
    [
        ((), False, ExitCode.FINE),
        ((plan_of(Outcome.OBSERVED, SCAN), plan_of(Outcome.SUSPENDED)), False, ExitCode.FINE),
        ((plan_of(Outcome.CHANGE, SCAN),), False, ExitCode.NOT_SO),
        ((plan_of(Outcome.CREATE, LABEL),), True, ExitCode.FINE),
        ((plan_of(Outcome.REFUSED, obstacle=REFUSAL),), True, ExitCode.NOT_SO),
        ((plan_of(Outcome.HIDDEN), plan_of(Outcome.CHANGE)), True, ExitCode.NO_ACCESS),
    ],
    ids=["nothing", "left alone", "a change", "told to be calm", "a refusal", "hidden"],
)
def test_the_exit_code_says_what_matters_most(
    *, plans: tuple[ObjectPlan, ...], exit_zero: bool, code: ExitCode
) -> None:
    assert exit_code(report(*plans), exit_zero=exit_zero) is code


def test_a_step_about_two_blocks_is_two_entries() -> None:
    changes = (Change("scanning", "onPush", "false", "true"), Change("visibility", "", "a", "b"))
    step = Step("metadata", Verb.UPDATE, "", changes, write=None)

    assert entries_of([step]) == (
        SCAN,
        Entry("Update", "visibility", "", (Field("visibility", "a", "b"),)),
    )
