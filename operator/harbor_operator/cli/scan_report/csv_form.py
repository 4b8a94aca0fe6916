"""Writes a report as CSV (RFC 4180), a row for each finding."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from harbor_operator.cli.scan_report.model import Finding, ScannedArtifact, ScanReport
from harbor_operator.cli.scan_report.ordering import urgency

COLUMNS: Final = (
    "registry",
    "repository",
    "tags",
    "digest",
    "state",
    "scanner",
    "scanned_at",
    "id",
    "severity",
    "cvss",
    "package",
    "version",
    "fix_version",
    "allowlisted",
    "cwes",
    "links",
    "description",
    "used_by",
)
_OF_A_FINDING: Final = COLUMNS.index("used_by") - COLUMNS.index("id")
_STEERING: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With what a cell begins that a spreadsheet takes for a formula."""

_GUARD: Final = "'"


def write_csv(report: ScanReport) -> str:
    """All findings, fixable first in each artifact; an artifact without any has a row, too."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for artifact in report.artifacts:
        findings: list[Finding | None] = [*sorted(artifact.findings, key=urgency)]
        for finding in findings or [None]:
            writer.writerow(guarded(cell) for cell in _cells(artifact, finding))
    for foreign in report.foreign:
        cells = dict.fromkeys(COLUMNS, "")
        cells |= {"repository": foreign.image, "state": "OtherRegistry"}
        cells["used_by"] = " ".join(foreign.used_by)
        writer.writerow(guarded(cell) for cell in cells.values())
    return file.getvalue()


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would calculate, and before an apostrophe."""
    return _GUARD + cell if cell.startswith((*_STEERING, _GUARD)) else cell


def unguarded(cell: str) -> str:
    """Take the apostrophe away again: for programs that read such a file."""
    return cell.removeprefix(_GUARD)


def _cells(artifact: ScannedArtifact, finding: Finding | None) -> Iterator[str]:
    yield artifact.registry
    yield artifact.repository
    yield " ".join(artifact.tags)
    yield artifact.digest
    yield artifact.state
    yield artifact.scanner
    yield f"{artifact.scanned_at:%Y-%m-%dT%H:%M:%SZ}" if artifact.scanned_at else ""
    yield from _found(finding) if finding else ("",) * _OF_A_FINDING
    yield " ".join(artifact.used_by)


def _found(finding: Finding) -> Iterator[str]:
    yield finding.id
    yield finding.severity
    yield "" if finding.score is None else f"{finding.score:.1f}"
    yield finding.package
    yield finding.version
    yield finding.fix_version
    yield "yes" if finding.allowed else "no"
    yield " ".join(f"CWE-{number}" for number in finding.cwes)
    yield " ".join(finding.links)
    yield finding.description
