"""Draws a report of scans as text."""

from datetime import datetime
from typing import Final

from harbor_operator.cli.printing import Cell, Colour, Paper, Part, Row, page, when
from harbor_operator.cli.scan_report.model import ScannedArtifact, ScanReport, Severity
from harbor_operator.cli.scan_report.ordering import Group, all_findings, grouped, tallies
from harbor_operator.cli.scan_report.sentences import caveats, said_of, summary

_SHOWN: Final = tuple(severity for severity in Severity)
_ARTIFACTS: Final = ("ARTIFACT", *(severity.upper() for severity in _SHOWN), "FIXABLE", "SCAN")
_FINDINGS: Final = ("SEVERITY", "CVSS", "ID", "PACKAGE", "INSTALLED", "FIXED IN", "ARTIFACTS")
_FOREIGN: Final = ("IMAGE", "PODS")
_COLOURS: Final = {
    Severity.CRITICAL: Colour.BAD,
    Severity.HIGH: Colour.BAD,
    Severity.MEDIUM: Colour.WARNING,
}


def draw_scans(report: ScanReport, now: datetime, paper: Paper) -> str:
    """Severities over artifacts, then the findings, the fixable first."""
    groups = grouped(report)
    parts = [
        Part("", _ARTIFACTS, [_artifact(artifact, now) for artifact in report.artifacts]),
        Part("Findings, fixable first", _FINDINGS, [_finding(group) for group in groups]),
        Part(
            "Out of scope",
            _FOREIGN,
            [(entry.image, ", ".join(entry.used_by)) for entry in report.foreign],
        ),
    ]
    clean = not report.unjudged and not all_findings(report)
    colour = Colour.GOOD if clean else Colour.WARNING
    return page(parts, caveats(report), paper.paint(summary(report), colour), paper)


def _artifact(artifact: ScannedArtifact, now: datetime) -> Row:
    if not artifact.counted:
        return (artifact.name, *("?" for _ in _SHOWN), "?", Cell(said_of(artifact), Colour.WARNING))
    counts = tallies(artifact.findings)
    fixable = sum(counted.fixable for counted in counts.values())
    numbers = (
        Cell(
            str(counts[severity].total), _COLOURS.get(severity) if counts[severity].total else None
        )
        for severity in _SHOWN
    )
    scan = when(artifact.scanned_at, now)
    if not artifact.judged:
        scan = f"{scan}, {said_of(artifact)}"
    return (artifact.name, *numbers, str(fixable), scan)


def _finding(group: Group) -> Row:
    worst = group.worst
    return (
        Cell(worst.severity, _COLOURS.get(worst.severity)),
        "-" if worst.score is None else f"{worst.score:.1f}",
        f"{worst.id} (allowlisted)" if group.allowed else worst.id,
        worst.package,
        ", ".join(group.versions) or "-",
        ", ".join(group.fixes) or "-",
        ", ".join(artifact.name for artifact in group.artifacts),
    )
