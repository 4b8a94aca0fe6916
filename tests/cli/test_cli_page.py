"""The plugin's page says what the plugin does."""

import re

from harbor_operator.cli.arguments import make_parser
from harbor_operator.cli.audit import usage
from harbor_operator.cli.audit.usage import Audit, Usage
from harbor_operator.cli.command import FORMATS
from harbor_operator.cli.completion import candidates
from harbor_operator.cli.doctor.checks import Check, Diagnosis, State
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.kinds import KINDS, Action
from harbor_operator.cli.orphans.arguments import OFFERED
from harbor_operator.cli.orphans.findings import Finding, Orphans, Standing
from harbor_operator.cli.printing import MOST_LINES
from harbor_operator.cli.radius.dependents import Radius
from harbor_operator.cli.removal.tasks import Removal
from harbor_operator.cli.status.report import SOON, Report
from harbor_operator.cli.status.screen import MOST_ROTATIONS
from harbor_operator.cli.table import all_commands
from harbor_operator.cli.why.explaining import Answer
from testbed.docs.blocks import Run, acts_of
from tests.support.deployed import ROOT

NO_FILES = ":4"
PAGE = (ROOT / "docs" / "kubectl-harbor.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> list[str]:
    """The first column of the table below a heading."""
    _, _, rest = PAGE.partition(f"\n## {heading}\n")
    _, *cells = re.findall(r"^\| ([^|]+) \|", rest.partition("\n## ")[0], re.MULTILINE)
    return cells


def test_every_exit_code_is_told() -> None:
    assert first_cells("Exit codes") == [str(code.value) for code in ExitCode]


def test_every_action_is_told() -> None:
    assert {cell.split()[0] for cell in first_cells("Actions")} == {*Action}
    assert all(f"`{kind.word}`" in PAGE for kind in KINDS)


def test_every_command_has_its_section() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    told = {heading.lower().replace(" ", "-") for heading in headings}
    under_others = {*Action, "why", "completion"}

    assert {command.name for command in all_commands()} - under_others - told == set()


def test_every_option_that_commands_share_is_told() -> None:
    of_harbor = {*candidates(["why", "-"])} & {*candidates(["plan", "-"])}
    shared = {*candidates(["-"]), *candidates(["status", "-"]), *of_harbor}
    offered = shared - {NO_FILES, "-h", "--help"}

    assert {*re.findall(r"`(-[-a-zA-Z]+)`", " ".join(first_cells("Options")))} == offered


def test_every_way_to_print_is_told() -> None:
    printing = [
        command.name for command in all_commands() if "-o" in candidates([command.name, "-o"])
    ]
    forms = {form for name in printing for form in candidates([name, "-o", ""])} - {NO_FILES}
    row = next(line for line in PAGE.splitlines() if line.startswith("| `-o`"))

    assert {*FORMATS} < forms
    assert all(f"`{form}`" in row for form in forms)


def test_every_field_and_limit_is_told() -> None:
    diagnosed = (Orphans, Finding, Diagnosis, Check, Audit, Usage)
    for report in (Report, Radius, Removal, Answer, *diagnosed):
        assert all(f"`{name}`" in PAGE for name in report.__dataclass_fields__)
    assert f"within {SOON.days} days" in PAGE
    assert f"shows {MOST_LINES} lines of each and {MOST_ROTATIONS} rotations" in PAGE


def test_every_command_of_the_page_is_one() -> None:
    scripts = [step.script for act in acts_of(PAGE) for step in act.steps if isinstance(step, Run)]
    lines = re.findall(r"^kubectl harbor (.+)$", "".join(scripts), re.MULTILINE)

    assert len(lines) > 5
    for line in lines:
        if line != "--version":
            make_parser().parse_args(line.partition(" |")[0].split())


def test_every_orphan_and_standing_is_told() -> None:
    cells = first_cells("Orphans")

    assert {cell for cell in cells if "`" not in cell} - {"standing"} == {*Standing}
    assert {cell.strip("`").partition("/")[0] + "/" for cell in cells if "`" in cell} == {*OFFERED}


def test_every_state_of_a_check_is_told() -> None:
    assert [cell for cell in first_cells("Doctor") if cell in {*State}] == [*State]


def test_every_standing_of_a_robot_is_told() -> None:
    assert [cell for cell in first_cells("Audit") if cell != "standing"] == [*usage.Standing]
    assert f"At most {usage.MOST_ENTRIES:,} entries" in PAGE
