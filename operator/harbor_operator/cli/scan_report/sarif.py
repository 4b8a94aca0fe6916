"""Writes a report as SARIF 2.1.0, as GitHub's code scanning takes it.

A vulnerability is a rule, a finding is a result whose place is the image. What an allowlist
tolerates is a suppressed result, and what was not scanned a notification of the tool.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from harbor_operator.cli.scan_report.model import Finding, ScannedArtifact, ScanReport, Severity
from harbor_operator.cli.scan_report.ordering import gravity, urgency
from harbor_operator.cli.scan_report.sentences import said_of, tolerated_by
from harbor_operator.kube.resources import JsonObject

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_HARBOR: Final = "https://goharbor.io"
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
}
_OTHERWISE: Final = "note"
_SCORES: Final = {
    Severity.CRITICAL: 9.5,
    Severity.HIGH: 8.0,
    Severity.MEDIUM: 5.5,
    Severity.LOW: 2.0,
}
"""The middle of the bands in which GitHub reads a score, for what has no CVSS."""

_MOST_TAGS: Final = 20
"""As many as GitHub takes."""

_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:/@])")
"""What means something in GitHub's Markdown, the beginnings of links and mentions included."""


def write_sarif(report: ScanReport, version: str) -> JsonObject:
    """The whole report as one run.

    Args:
        report: What was found.
        version: The plugin's.
    """
    findings = [
        (artifact, finding)
        for artifact in report.artifacts
        for finding in sorted(artifact.findings, key=urgency)
    ]
    by_id: dict[str, list[Finding]] = {}
    for _, finding in findings:
        by_id.setdefault(finding.id, []).append(finding)
    places = {name: index for index, name in enumerate(by_id)}
    results = [
        _result(artifact, finding, places[finding.id], report) for artifact, finding in findings
    ]
    _add_fingerprints(results, findings)
    run = {
        "tool": {
            "driver": {
                "name": "Harbor",
                "fullName": f"kubectl harbor {version}",
                "version": version,
                "informationUri": _HARBOR,
                "rules": [_rule(of_one) for of_one in by_id.values()],
            }
        },
        "automationDetails": {"id": f"harbor/{quote(report.scope, safe='/')}/"},
        "columnKind": "utf16CodeUnits",
        "invocations": [_invocation(report)],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def in_markdown(text: str) -> str:
    """A text of a stranger in Markdown: what steers is taken literally."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _rule(findings: list[Finding]) -> JsonObject:
    worst = min(findings, key=gravity)
    most = max(findings, key=lambda finding: finding.score or 0.0)
    packages = sorted({finding.package for finding in findings})
    title = f"{worst.id} in {', '.join(packages)}"
    rule: JsonObject = {
        "id": worst.id,
        "name": "Vulnerability",
        "shortDescription": {"text": title},
        "fullDescription": {"text": worst.description or title},
        "defaultConfiguration": {"level": _level(worst.severity)},
        "help": {"text": _help(findings), "markdown": _help_in_markdown(findings)},
        "properties": {
            "precision": "very-high",
            "security-severity": f"{_score(worst.severity, most.score):.1f}",
            "tags": [*_tags(worst.severity, findings)][:_MOST_TAGS],
        },
    }
    if worst.links:
        rule["helpUri"] = worst.links[0]
    return rule


def _score(severity: Severity, score: float | None) -> float:
    return _SCORES.get(severity, 0.0) if score is None else score


def _level(severity: Severity) -> str:
    return _LEVELS.get(severity, _OTHERWISE)


def _tags(severity: Severity, findings: Iterable[Finding]) -> Iterator[str]:
    yield from ("security", "vulnerability", severity)
    numbers = sorted({number for finding in findings for number in finding.cwes})
    yield from (f"external/cwe/cwe-{number:03}" for number in numbers)


def _help(findings: Iterable[Finding]) -> str:
    worst = min(findings, key=gravity)
    lines = [worst.description] if worst.description else []
    lines += [_fix(finding) for finding in _packages(findings)]
    return "\n".join([*lines, *worst.links])


def _help_in_markdown(findings: Iterable[Finding]) -> str:
    worst = min(findings, key=gravity)
    parts = [in_markdown(worst.description)] if worst.description else []
    parts.append("\n".join(f"- {in_markdown(_fix(finding))}" for finding in _packages(findings)))
    parts.append("\n".join(f"- <{link}>" for link in worst.links))
    return "\n\n".join(part for part in parts if part)


def _packages(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each package, version and fix."""
    return [*{(f.package, f.version, f.fix_version): f for f in findings}.values()]


def _fix(finding: Finding) -> str:
    fix = f"fixed in {finding.fix_version}" if finding.fixable else "no fix yet"
    return f"{finding.package} {finding.version}: {fix}"


def _result(
    artifact: ScannedArtifact, finding: Finding, index: int, report: ScanReport
) -> JsonObject:
    result: JsonObject = {
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": _level(finding.severity),
        "message": {"text": f"{finding.id} ({finding.severity}) in {_fix(finding)}"},
        "locations": [_location(artifact)],
        "properties": {"digest": artifact.digest, "package": finding.package},
    }
    if finding.allowed:
        reason = tolerated_by(report.allowlists.get(artifact.project))
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": reason}
        ]
    return result


def _location(artifact: ScannedArtifact) -> JsonObject:
    """An image has no lines, but GitHub shows nothing without one."""
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(artifact)},
            "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        },
        "logicalLocations": [{"name": artifact.name, "fullyQualifiedName": artifact.reference}],
        "message": {"text": artifact.reference},
    }


def _uri(artifact: ScannedArtifact) -> str:
    """The image without its host: an address with a host would not be one within a checkout."""
    reference = f":{artifact.tags[0]}" if artifact.tags else f"@{artifact.digest}"
    return quote(f"{artifact.repository}{reference}", safe="/:@")


def _add_fingerprints(
    results: Iterable[JsonObject], findings: Iterable[tuple[ScannedArtifact, Finding]]
) -> None:
    """Say by what a finding is the same one in the next report, also after a new build of a tag.

    Versions change with builds, so that two of a package in one image are told apart by number.
    """
    seen: Counter[str] = Counter()
    for result, (artifact, finding) in zip(results, findings, strict=True):
        place = artifact.tags[0] if artifact.tags else artifact.digest
        parts = (artifact.registry, artifact.repository, place, finding.package, finding.id)
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        seen[digest] += 1
        result["partialFingerprints"] = {"primaryLocationLineHash": f"{digest}:{seen[digest]}"}


def _invocation(report: ScanReport) -> JsonObject:
    notifications = [
        {
            "level": "warning",
            "message": {"text": f"{artifact.reference}: {said_of(artifact)}"},
            "locations": [_location(artifact)],
        }
        for artifact in report.unjudged
    ]
    notifications += [
        {"level": "note", "message": {"text": f"{entry.image}: an image of another registry"}}
        for entry in report.foreign
    ]
    notifications += [{"level": "note", "message": {"text": note}} for note in report.notes]
    return {
        "executionSuccessful": not report.unjudged,
        "endTimeUtc": f"{report.created:%Y-%m-%dT%H:%M:%SZ}",
        "toolExecutionNotifications": notifications,
    }
