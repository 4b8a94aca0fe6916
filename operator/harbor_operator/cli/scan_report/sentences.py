"""Sentences that several forms of a report have in common."""

from collections.abc import Iterator
from typing import Final

from harbor_operator.cli.scan_report.model import (
    Allowlist,
    ScannedArtifact,
    ScanReport,
    ScanState,
    Severity,
)
from harbor_operator.cli.scan_report.ordering import Tally, all_findings, offences, tallies

_STATES: Final = {
    ScanState.SCANNED: "scanned",
    ScanState.PARTIAL: "scanned in part",
    ScanState.RUNNING: "is being scanned, there is no result yet",
    ScanState.FAILED: "the last scan failed",
    ScanState.UNSCANNED: "not scanned",
    ScanState.NOT_SCANNABLE: "no image that a scanner reads",
    ScanState.MISSING: "not in Harbor",
    ScanState.UNREADABLE: "may not be read",
}


def said_of(artifact: ScannedArtifact) -> str:
    """What is known of an artifact, in words."""
    words = _STATES[artifact.state]
    return f"{words}: {artifact.problem}" if artifact.problem else words


def tolerated_by(allowlist: Allowlist | None) -> str:
    """Who tolerates a vulnerability, and until when."""
    whose = "the project's" if allowlist is None or not allowlist.of_system else "the system's"
    sentence = f"{whose} CVE allowlist tolerates it"
    if allowlist is None or allowlist.expires is None:
        return sentence
    return f"{sentence} until {allowlist.expires:%Y-%m-%d}"


def counted(counts: dict[Severity, Tally]) -> str:
    """Numbers by severity in words, of those that there are."""
    words = [
        f"{counts[severity].total} {severity}" for severity in Severity if counts[severity].total
    ]
    return ", ".join(words) or "nothing"


def summary(report: ScanReport) -> str:
    """The whole in one sentence; what nobody knows is part of it."""
    findings = all_findings(report)
    scanned = sum(artifact.state is ScanState.SCANNED for artifact in report.artifacts)
    fixable = sum(finding.fixable for finding in findings)
    sentence = (
        f"{scanned} of {len(report.artifacts)} artifacts scanned: {counted(tallies(findings))}"
    )
    if findings:
        sentence += f"; {fixable} of {len(findings)} fixable"
    allowed = sum(finding.allowed for finding in findings)
    return f"{sentence}, {allowed} allowlisted" if allowed else sentence


def caveats(report: ScanReport) -> Iterator[str]:
    """What a reader must know before relying on the numbers."""
    if report.unjudged:
        without = f"{number(len(report.unjudged), 'artifact')} of {len(report.artifacts)}"
        yield f"no scan result for {without}: that is not the same as clean"
    if report.foreign:
        images = number(len(report.foreign), "running image")
        yield f"{images} of other registries: nothing is known of what is in them"
    if report.left_out:
        yield f"{number(report.left_out, 'finding')} left out: {narrowing(report)}"
    yield from report.notes


def objections(report: ScanReport, lowest: Severity) -> list[str]:
    """Why images may not go on: what reaches a severity, and what nobody has judged."""
    found = len(offences(report, lowest))
    reasons = [f"{number(found, 'finding')} of {lowest} or worse"] if found else []
    if report.unjudged:
        reasons.append(f"no scan result for {number(len(report.unjudged), 'artifact')}")
    return reasons


def number(count: int, thing: str) -> str:
    """So many of something."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def narrowing(report: ScanReport) -> str:
    """What the report is narrowed to, in words; empty for nothing."""
    wanted = report.narrowed
    words = [f"{wanted.lowest} and worse"] if wanted.lowest is not None else []
    if wanted.fixable:
        words.append("fixable")
    return f"only {', '.join(words)}" if words else ""
