"""Puts findings in order: what can be fixed first, then the worst."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from harbor_operator.cli.scan_report.model import (
    Filter,
    Finding,
    ScannedArtifact,
    ScanReport,
    Severity,
)

_NO_SCORE: Final = -1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a vulnerability of a package is."""

    artifact: ScannedArtifact
    finding: Finding


@dataclass(frozen=True, slots=True)
class Group:
    """A vulnerability of a package, and all artifacts that have it.

    Attributes:
        worst: The finding that speaks for all: scanners may rate places differently.
        places: By artifact, in the report's order.
    """

    worst: Finding
    places: tuple[Place, ...]

    @property
    def fixable(self) -> bool:
        """Whether there is a fix for one of the places at least."""
        return any(place.finding.fixable for place in self.places)

    @property
    def allowed(self) -> bool:
        """Whether an allowlist tolerates it everywhere."""
        return all(place.finding.allowed for place in self.places)

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that are installed."""
        return _once(place.finding.version for place in self.places)

    @property
    def fixes(self) -> tuple[str, ...]:
        """The versions that are free of it."""
        return _once(place.finding.fix_version for place in self.places)

    @property
    def artifacts(self) -> tuple[ScannedArtifact, ...]:
        """The artifacts that have it, each once."""
        seen = {(p.artifact.repository, p.artifact.digest): p.artifact for p in self.places}
        return tuple(seen.values())


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings there are of a severity, and how many of them can be fixed."""

    total: int = 0
    fixable: int = 0


def narrowed(report: ScanReport, wanted: Filter) -> ScanReport:
    """Leave out of a report what is not wanted, and count it; the worst artifacts come first."""
    artifacts = [
        replace(artifact, findings=tuple(filter(wanted.takes, artifact.findings)))
        for artifact in report.artifacts
    ]
    before = sum(len(artifact.findings) for artifact in report.artifacts)
    return replace(
        report,
        artifacts=tuple(sorted(artifacts, key=_badness)),
        narrowed=wanted,
        left_out=before - sum(len(artifact.findings) for artifact in artifacts),
    )


def grouped(report: ScanReport) -> list[Group]:
    """The findings by vulnerability and package: fixable first, then by severity and CVSS."""
    places: dict[tuple[str, str], list[Place]] = {}
    for artifact in report.artifacts:
        for finding in artifact.findings:
            places.setdefault((finding.id, finding.package), []).append(Place(artifact, finding))
    groups = [
        Group(min((place.finding for place in of_one), key=gravity), tuple(of_one))
        for of_one in places.values()
    ]
    return sorted(groups, key=lambda group: (not group.fixable, gravity(group.worst)))


def gravity(finding: Finding) -> tuple[int, float, str, str]:
    """Sorts findings: the worst severity first, then the highest score."""
    score = _NO_SCORE if finding.score is None else finding.score
    return (finding.severity.rank, -score, finding.id, finding.package)


def urgency(finding: Finding) -> tuple[bool, tuple[int, float, str, str]]:
    """Sorts findings: fixable first, then by gravity."""
    return (not finding.fixable, gravity(finding))


def tallies(findings: Iterable[Finding]) -> dict[Severity, Tally]:
    """Count findings by severity; every severity is there."""
    total: Counter[Severity] = Counter()
    fixable: Counter[Severity] = Counter()
    for finding in findings:
        total[finding.severity] += 1
        fixable[finding.severity] += finding.fixable
    return {severity: Tally(total[severity], fixable[severity]) for severity in Severity}


def all_findings(report: ScanReport) -> list[Finding]:
    """The findings of all artifacts."""
    return [finding for artifact in report.artifacts for finding in artifact.findings]


def offences(report: ScanReport, lowest: Severity) -> list[Finding]:
    """The findings that reach a severity and that no allowlist tolerates, as Harbor counts them."""
    return [
        finding
        for finding in all_findings(report)
        if finding.severity.reaches(lowest) and not finding.allowed
    ]


def _badness(artifact: ScannedArtifact) -> tuple[bool, tuple[int, ...], str, str]:
    counts = tallies(artifact.findings)
    by_severity = tuple(-counts[severity].total for severity in Severity)
    return (
        not artifact.counted,
        by_severity,
        artifact.name,
        artifact.digest,
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
