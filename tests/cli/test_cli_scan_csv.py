"""A report as CSV: whole, and no program for a spreadsheet."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harbor_operator.cli.scan_report.csv_form import COLUMNS, guarded, unguarded, write_csv
from harbor_operator.cli.scan_report.model import Finding, ScanReport
from tests.support.scan_reports import (
    CREATED,
    REGISTRY,
    artifact,
    hostile_report,
    namespace_report,
    team_report,
)

TEXTS = st.text(st.characters(codec="utf-8"))


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows as a program reads them."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_artifact_has_a_row_also_without_a_finding() -> None:
    report = team_report()

    rows = rows_of(write_csv(report))

    states = {row["repository"]: row["state"] for row in rows}
    assert states["payments/base"] == "Scanned"
    assert states["payments/reports"] == "Unscanned"
    assert states["payments/legacy"] == "Failed"
    assert sum(row["id"] != "" for row in rows) == 25


def test_a_row_says_all_of_a_finding() -> None:
    row = rows_of(write_csv(team_report()))[3]

    assert row == {
        "registry": "harbor.example.com",
        "repository": "payments/api",
        "tags": "2.14.0 latest",
        "digest": team_report().artifacts[0].digest,
        "state": "Scanned",
        "scanner": "Trivy v0.65.0",
        "scanned_at": "2026-11-30T03:15:00Z",
        "id": "CVE-2023-4911",
        "severity": "High",
        "cvss": "7.8",
        "package": "libc6",
        "version": "2.36-9",
        "fix_version": "2.36-9+deb12u3",
        "allowlisted": "yes",
        "cwes": "CWE-122 CWE-787",
        "links": "https://nvd.nist.gov/vuln/detail/CVE-2023-4911",
        "description": row["description"],
        "used_by": "",
    }
    assert row["description"].startswith("The dynamic loader")


def test_images_of_other_registries_are_rows_too() -> None:
    row = rows_of(write_csv(namespace_report()))[-1]

    assert (row["repository"], row["state"]) == ("docker.io/library/redis:7", "OtherRegistry")
    assert row["used_by"] == "cache-0 cache-1"


def test_lines_end_as_rfc_4180_has_it() -> None:
    text = write_csv(team_report())

    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert text.endswith("\r\n")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_spreadsheet_calculates_nothing(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


def test_no_cell_of_a_hostile_report_is_a_formula() -> None:
    text = write_csv(hostile_report())

    cells = [cell for row in rows_of(text) for cell in row.values()]
    assert cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


@given(TEXTS)
@example("'=1")
@example("'")
def test_what_is_guarded_can_be_had_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(TEXTS, TEXTS)
def test_any_text_comes_through(package: str, description: str) -> None:
    finding = replace(Finding("CVE-1", package, "1"), description=description)
    report = ScanReport("x", REGISTRY, CREATED, (artifact("a/b", findings=(finding,)),))

    [row] = rows_of(write_csv(report))

    assert unguarded(row["package"]) == package
    assert unguarded(row["description"]) == description
