"""What the pages of docs/reference take from models, enumerations and the plugin."""

import re
from enum import StrEnum

import pytest

from harbor_operator.api.conditions import ConditionType, Reason
from harbor_operator.api.crds import KINDS
from harbor_operator.cli.completion import candidates
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.table import all_commands
from harbor_operator.cli.why.causes import CAUSES
from harbor_operator.cli.why.sayings import SAYINGS
from harbor_operator.cli.why.spoken import Symptom, understand
from harbor_operator.engine.events import EventReason
from testbed.docs.commands import commands_page
from testbed.docs.conditions import advice_of
from testbed.docs.enums import docstrings
from testbed.docs.kinds import PAGES, kind_pages
from testbed.docs.markdown import escaped, paragraph, rows_below, table
from testbed.docs.pull_errors import Text, pull_errors_page, texts
from testbed.docs.reference import DOCS
from testbed.docs.schema import immutable_fields, parts
from tests.support.custom_resources import AnyKind

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)


class Taste(StrEnum):
    """An enumeration."""

    SWEET = "Sweet"
    """Like sugar,
    as one says."""

    SALTY = "Salty"


def test_docstrings_of_members_are_found_and_may_be_missing() -> None:
    assert docstrings(Taste) == {"Sweet": "Like sugar,\n    as one says.", "Salty": ""}


@pytest.mark.parametrize("enumeration", [ConditionType, Reason, EventReason])
def test_every_word_of_conditions_and_events_has_a_meaning(enumeration: type[StrEnum]) -> None:
    assert [word for word, meaning in docstrings(enumeration).items() if not meaning] == []


@each_kind
def test_every_field_of_a_kind_is_on_its_page(kind: AnyKind) -> None:
    page = kind_pages()[PAGES[kind.kind].file]

    for model in (kind.spec, kind.status):
        for part in parts(model):
            for field in part.fields:
                assert f"| `{field.name}` | " in page, part.name
                assert field.description or model is not kind.spec, field.name


@each_kind
def test_every_rules_message_is_on_the_page_of_its_kind(kind: AnyKind) -> None:
    page = kind_pages()[PAGES[kind.kind].file]

    messages = [rule.message for rule in kind.rules]
    messages += [check.message for part in parts(kind.spec) for check in part.checks]

    assert [message for message in messages if escaped(message) not in page] == []


def test_defaults_limits_and_immutability_of_a_robot_are_stated() -> None:
    spec, *others = parts(next(kind for kind in KINDS if kind.kind == "HarborRobot").spec)
    fields = {field.name: field for field in spec.fields}
    rotation = next(part for part in others if part.name == "Rotation")

    assert (fields["suspend"].default, fields["suspend"].stored) == ("false", False)
    assert fields["connectionRef"].stored
    assert fields["access"].type == "list of [ProjectAccess](#projectaccess)"
    assert fields["access"].limits == ("at most 16 entries",)
    assert immutable_fields(spec.checks) == {"connectionRef", "robotName"}
    assert {field.name: field.default for field in rotation.fields}["overlap"] == "1h"


def test_advice_keeps_its_links_one_folder_deeper() -> None:
    page = (
        "# T\n\n## Reasons\n\n| reason | on | what to do |\n|---|---|---|\n"
        "| InUse | robot | see [it](robots.md#x), [here](#y) |\n\n## Events\n\n| No | a | b |\n"
    )

    assert dict(advice_of(page)) == {
        "InUse": ("robot", "see [it](../robots.md#x), [here](#y)"),
    }


def test_every_command_and_option_is_on_the_page() -> None:
    page = commands_page((DOCS / "kubectl-harbor.md").read_text(encoding="utf-8"))

    for command in all_commands():
        assert f"\n## {command.name}\n\n`kubectl harbor {command.name}" in page
    offered = {option for name in all_commands() for option in candidates([name.name, "-"])}
    assert [option for option in offered - {":4"} if f"`{option}" not in page] == []


def test_a_command_is_spelled_with_its_arguments() -> None:
    page = commands_page((DOCS / "kubectl-harbor.md").read_text(encoding="utf-8"))

    assert "`kubectl harbor rotate KIND/NAME`: replace" in page
    assert "| `--timeout TIMEOUT` |  |  | how long to wait, " in page
    assert "| `-o`, `--output` | `table`, `json`, `yaml` | `table` | how to print |" in page
    assert "| `-f`, `--filename PATH` |  | required | " in page


def test_exit_codes_and_causes_are_on_the_page_of_commands() -> None:
    page = commands_page((DOCS / "kubectl-harbor.md").read_text(encoding="utf-8"))

    _, *codes = rows_below(page, "Exit codes")
    _, *causes = rows_below(page, "Causes of failed pulls")

    assert [(code, bool(meaning)) for code, meaning in codes] == [
        (str(code.value), True) for code in ExitCode
    ]
    assert [re.sub(r"\[(\w+)\].*", r"\1", cause) for cause, _ in causes] == [
        cause.name for cause in CAUSES
    ]


@pytest.mark.parametrize("text", texts(), ids=lambda text: text.text[:40])
def test_the_plugin_understands_each_text_as_the_page_does(text: Text) -> None:
    spoken = understand([f"Failed to pull image HOST/a/b: rpc error: {text.text}"], "HOST/a/b")

    assert spoken is not None
    assert spoken.symptom is text.symptom


def test_every_symptom_has_a_text_and_a_section() -> None:
    page = pull_errors_page()

    assert {text.symptom for text in texts()} == {*Symptom} == {*SAYINGS}
    assert [symptom for symptom in Symptom if f"\n## {symptom}\n" not in page] == []


def test_markdown_of_a_text_shows_the_text() -> None:
    assert escaped("a | b <c>\n  *d* `e*|f`") == r"a \| b \<c> \*d\* `e*\|f`"
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    assert table(("a",), []) == ""
    assert max(map(len, paragraph("word " * 100).splitlines())) <= 110
