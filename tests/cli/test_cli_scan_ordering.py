"""What stands first in a report of scans, and what is left out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.cli.scan_report.model import (
    Allowlist,
    Filter,
    Finding,
    ScanReport,
    ScanState,
    Severity,
    severity_of,
)
from harbor_operator.cli.scan_report.ordering import Tally, grouped, narrowed, offences, tallies
from harbor_operator.cli.scan_report.sentences import objections
from tests.support.scan_reports import (
    CREATED,
    REGISTRY,
    TOLERATED,
    artifact,
    large_report,
    team_report,
)


def finding(name: str, severity: Severity, score: float | None = None, fix: str = "") -> Finding:
    return Finding(name, "libc6", "1.0", fix, severity, score)


def report_on(*findings: Finding) -> ScanReport:
    return ScanReport("image", REGISTRY, CREATED, (artifact("team/app", "1", findings=findings),))


def test_what_can_be_fixed_comes_first_then_severity_then_the_score() -> None:
    report = report_on(
        finding("CVE-1", Severity.CRITICAL, 9.9),
        finding("CVE-2", Severity.LOW, 2.0, fix="1.1"),
        finding("CVE-3", Severity.HIGH, None, fix="1.1"),
        finding("CVE-4", Severity.HIGH, 7.1, fix="1.1"),
        finding("CVE-5", Severity.HIGH, 8.8, fix="1.1"),
        finding("CVE-6", Severity.UNKNOWN, None),
    )

    names = [group.worst.id for group in grouped(report)]

    assert names == ["CVE-5", "CVE-4", "CVE-3", "CVE-2", "CVE-1", "CVE-6"]


def test_a_vulnerability_of_a_package_is_one_group_over_artifacts() -> None:
    mild = finding("CVE-1", Severity.LOW, 3.0, fix="1.1")
    bad = replace(finding("CVE-1", Severity.HIGH, 8.0), version="0.9")
    images = (artifact("team/a", "1", findings=(mild,)), artifact("team/b", "2", findings=(bad,)))

    [group] = grouped(ScanReport("project team", REGISTRY, CREATED, images))

    assert group.worst == bad
    assert group.fixable
    assert group.versions == ("1.0", "0.9")
    assert group.fixes == ("1.1",)
    assert [entry.name for entry in group.artifacts] == ["team/a:1", "team/b:2"]


def test_a_group_is_allowed_only_where_all_its_places_are() -> None:
    allowed = replace(finding("CVE-1", Severity.HIGH), allowed=True)
    other = finding("CVE-1", Severity.HIGH)
    images = (artifact("a/x", "1", findings=(allowed,)), artifact("b/y", "1", findings=(other,)))

    [group] = grouped(ScanReport("images", REGISTRY, CREATED, images))

    assert not group.allowed


def test_the_worst_artifacts_come_first_and_those_without_a_result_last() -> None:
    report = team_report()

    names = [entry.repository for entry in report.artifacts]

    assert names == [
        "payments/api",
        "payments/worker",
        "payments/web",
        "payments/base",
        "payments/legacy",
        "payments/reports",
    ]


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (Filter(), {"CVE-1", "CVE-2", "CVE-3"}),
        (Filter(Severity.HIGH), {"CVE-1", "CVE-2"}),
        (Filter(Severity.CRITICAL), {"CVE-1"}),
        (Filter(fixable=True), {"CVE-2"}),
        (Filter(Severity.CRITICAL, fixable=True), set()),
    ],
)
def test_what_is_left_out_is_counted(wanted: Filter, kept: set[str]) -> None:
    report = report_on(
        finding("CVE-1", Severity.CRITICAL),
        finding("CVE-2", Severity.HIGH, fix="2"),
        finding("CVE-3", Severity.UNKNOWN),
    )

    left = narrowed(report, wanted)

    assert {found.id for found in left.artifacts[0].findings} == kept
    assert left.left_out == 3 - len(kept)


def test_what_an_allowlist_tolerates_is_no_offence() -> None:
    report = team_report()

    found = {offence.id for offence in offences(report, Severity.HIGH)}

    assert TOLERATED not in found
    assert "CVE-2023-44487" in found
    assert "CVE-2024-37371" not in found


@pytest.mark.parametrize(
    ("lowest", "state", "reasons"),
    [
        (Severity.CRITICAL, ScanState.SCANNED, []),
        (Severity.HIGH, ScanState.SCANNED, ["1 finding of High or worse"]),
        (Severity.LOW, ScanState.SCANNED, ["2 findings of Low or worse"]),
        (
            Severity.HIGH,
            ScanState.PARTIAL,
            ["1 finding of High or worse", "no scan result for 1 artifact"],
        ),
        (Severity.CRITICAL, ScanState.UNSCANNED, ["no scan result for 1 artifact"]),
        (Severity.CRITICAL, ScanState.NOT_SCANNABLE, []),
    ],
)
def test_an_image_is_refused_for_what_is_found_and_for_what_is_not_known(
    lowest: Severity, state: ScanState, reasons: list[str]
) -> None:
    report = report_on(
        finding("CVE-1", Severity.HIGH),
        finding("CVE-2", Severity.LOW),
        replace(finding("CVE-3", Severity.CRITICAL), allowed=True),
    )
    [image] = report.artifacts

    assert objections(replace(report, artifacts=(replace(image, state=state),)), lowest) == reasons


def test_findings_are_counted_with_those_that_can_be_fixed() -> None:
    counts = tallies([finding("CVE-1", Severity.LOW), finding("CVE-2", Severity.LOW, fix="2")])

    assert counts[Severity.LOW] == Tally(2, 1)
    assert counts[Severity.HIGH] == Tally()


@given(st.integers(0, 60), st.sampled_from([None, *Severity]), st.booleans())
def test_no_finding_gets_lost(size: int, lowest: Severity | None, fixable: bool) -> None:  # noqa: FBT001
    report = large_report(size)
    before = sum(len(entry.findings) for entry in report.artifacts)

    left = narrowed(report, Filter(lowest, fixable))

    in_groups = sum(len(group.places) for group in grouped(left))
    assert in_groups + left.left_out == before


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("Critical", Severity.CRITICAL),
        ("high", Severity.HIGH),
        ("None", Severity.UNKNOWN),
        ("Moderate", Severity.UNKNOWN),
        ("", Severity.UNKNOWN),
    ],
)
def test_a_severity_is_read_in_any_case(word: str, severity: Severity) -> None:
    assert severity_of(word) is severity


@pytest.mark.parametrize(
    ("state", "judged"),
    [(state, state in {ScanState.SCANNED, ScanState.NOT_SCANNABLE}) for state in ScanState],
)
def test_only_a_finished_scan_judges_an_image(state: ScanState, *, judged: bool) -> None:
    assert replace(artifact("a/b"), state=state).judged is judged


def test_an_allowlist_ends_when_it_expires() -> None:
    listed = Allowlist(frozenset({"CVE-1"}), expires=CREATED)

    assert not listed.allows("CVE-1", CREATED)
    assert listed.allows("CVE-1", CREATED.replace(year=2025))
    assert not Allowlist(frozenset({"CVE-1"})).allows("CVE-2", CREATED)


def test_an_image_is_named_by_its_tag_and_without_one_by_its_digest() -> None:
    tagged, bare = artifact("team/app", "1.0", "latest"), artifact("team/app")

    assert tagged.name == "team/app:1.0"
    assert bare.name == f"team/app@{bare.digest[:19]}"
    assert tagged.reference == f"{REGISTRY}/team/app@{tagged.digest}"
