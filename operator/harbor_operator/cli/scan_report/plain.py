"""A report as plain data, for JSON and YAML."""

import dataclasses
from collections.abc import Iterable

from harbor_operator.cli.scan_report.model import (
    Allowlist,
    Finding,
    ScannedArtifact,
    ScanReport,
    Severity,
)
from harbor_operator.cli.scan_report.ordering import all_findings, tallies, urgency
from harbor_operator.kube.resources import JsonObject


def plain(report: ScanReport) -> JsonObject:
    """The whole report, with the numbers by severity of all and of each artifact."""
    return {
        "scope": report.scope,
        "registry": report.registry,
        "created": report.created,
        "narrowed": {
            "lowest": report.narrowed.lowest,
            "fixable": report.narrowed.fixable,
            "left_out": report.left_out,
        },
        "complete": not report.unjudged,
        "summary": _numbers(all_findings(report)),
        "allowlists": {name: _list(entry) for name, entry in sorted(report.allowlists.items())},
        "artifacts": [_artifact(artifact) for artifact in report.artifacts],
        "out_of_scope": [dataclasses.asdict(entry) for entry in report.foreign],
        "notes": [*report.notes],
    }


def _artifact(artifact: ScannedArtifact) -> JsonObject:
    ordered = sorted(artifact.findings, key=urgency)
    return {
        **dataclasses.asdict(dataclasses.replace(artifact, findings=())),
        "summary": _numbers(artifact.findings),
        "findings": [dataclasses.asdict(finding) for finding in ordered],
    }


def _numbers(findings: Iterable[Finding]) -> JsonObject:
    counts = tallies(findings)
    return {
        **{severity.lower(): counts[severity].total for severity in Severity},
        "fixable": sum(count.fixable for count in counts.values()),
    }


def _list(allowlist: Allowlist) -> JsonObject:
    return {
        "ids": sorted(allowlist.ids),
        "of_system": allowlist.of_system,
        "expires": allowlist.expires,
    }
