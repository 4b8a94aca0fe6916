"""Which scanner looks into a project's artifacts."""

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.project.blocks.scanner import SCANNER, ChooseScanner, ScannersSeen
from harbor_operator.core.steps import Change, Comparison, Step, Verb
from tests.support.project_settings import compared, stated

BOTH = {"Trivy": "uuid-1", "Other": "uuid-2"}
SPEC = {"scanning": {"scanner": "Trivy"}}


@pytest.mark.parametrize(
    "current",
    [
        pytest.param("Other", id="another one"),
        pytest.param(None, id="policies 78: none, answered by 200 and nothing"),
    ],
)
def test_the_scanner_is_chosen_by_its_uuid(current: str | None) -> None:
    change = Change("scanning", "scanner", current, "Trivy")
    step = Step("scanner", Verb.UPDATE, "", (change,), ChooseScanner("uuid-1"))

    assert compared(SCANNER, SPEC, ScannersSeen(current, BOTH)) == Comparison((step,))


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(ScannersSeen("Trivy", BOTH), id="the chosen one"),
        pytest.param(ScannersSeen("Trivy", {}), id="the default, which is no candidate"),
    ],
)
def test_the_wanted_scanner_is_in_line(seen: ScannersSeen) -> None:
    assert compared(SCANNER, SPEC, seen) == Comparison()


@pytest.mark.parametrize(
    ("candidates", "words"),
    [
        pytest.param({"Other": "uuid-2", "Clair": "uuid-3"}, "(it has: Clair, Other)", id="others"),
        pytest.param({}, "(it has: none)", id="none"),
    ],
)
def test_an_unknown_scanner_is_told_and_not_written(candidates: dict[str, str], words: str) -> None:
    """Policies 79: Harbor accepts an unknown uuid, so a guess would look like success."""
    comparison = compared(SCANNER, SPEC, ScannersSeen("Other", candidates))

    (trouble,) = comparison.troubles
    assert comparison.steps == ()
    assert trouble.reason is Reason.SCANNER_NOT_FOUND
    assert f"no scanner Trivy {words}" in trouble.message


def test_scans_without_a_scanner_leave_the_choice_alone() -> None:
    assert stated(SCANNER, {"scanning": {"onPush": True}}) is None


def test_a_blank_project_has_none_chosen() -> None:
    comparison = compared(SCANNER, SPEC, SCANNER.blank("Trivy"))

    assert [step.changes for step in comparison.steps] == [
        (Change("scanning", "scanner", None, "Trivy"),)
    ]
