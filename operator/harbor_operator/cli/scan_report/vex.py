"""Writes a report as a CycloneDX 1.6 document of vulnerabilities (VEX), in JSON.

A scanner tells what it found, and nobody has told whether it can be exploited there: each
analysis says `in_triage`. A CVE allowlist is a decision to live with a vulnerability, not an
analysis of it: it adds the response `will_not_fix` and a sentence, and changes no state.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from harbor_operator.cli.scan_report.model import Finding, ScannedArtifact, ScanReport, Severity
from harbor_operator.cli.scan_report.ordering import Place, gravity
from harbor_operator.cli.scan_report.sentences import said_of, tolerated_by
from harbor_operator.kube.resources import JsonObject

_SEVERITIES: Final = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
    Severity.LOW: "low",
    Severity.NEGLIGIBLE: "info",
    Severity.UNKNOWN: "unknown",
}
_METHODS: Final = {
    "CVSS:4.": "CVSSv4",
    "CVSS:3.1": "CVSSv31",
    "CVSS:3.0": "CVSSv3",
    "AV:": "CVSSv2",
}
"""How vectors begin."""

_OTHERWISE: Final = "other"
_PROPERTY: Final = "harbor"


def write_vex(report: ScanReport, version: str) -> JsonObject:
    """The whole report as one document; the same report makes the same document.

    Args:
        report: What was found.
        version: The plugin's.
    """
    seed = f"{report.registry} {report.scope} {_moment(report.created)}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, seed)}",
        "version": 1,
        "metadata": {
            "timestamp": _moment(report.created),
            "tools": {
                "components": [
                    {"type": "application", "name": "kubectl-harbor", "version": version}
                ]
            },
            "properties": [
                _property("scope", report.scope),
                *(_property("note", note) for note in report.notes),
                *(_property("outOfScope", entry.image) for entry in report.foreign),
            ],
        },
        "components": [_image(artifact) for artifact in report.artifacts],
        "vulnerabilities": [
            _vulnerability(places, report) for places in _by_decision(report).values()
        ],
    }


def _by_decision(report: ScanReport) -> dict[tuple[str, str], list[Place]]:
    """Findings by vulnerability and by the project whose allowlist tolerates it, if one does."""
    found: dict[tuple[str, str], list[Place]] = {}
    for artifact in report.artifacts:
        for finding in artifact.findings:
            key = (finding.id, artifact.project if finding.allowed else "")
            found.setdefault(key, []).append(Place(artifact, finding))
    return dict(sorted(found.items()))


def _image(artifact: ScannedArtifact) -> JsonObject:
    """An image with the packages of it that something was found in."""
    component: JsonObject = {
        "type": "container",
        "bom-ref": artifact.reference,
        "name": f"{artifact.registry}/{artifact.repository}",
        "version": artifact.digest,
        "properties": [*_facts(artifact)],
    }
    if artifact.digest:
        algorithm, _, content = artifact.digest.partition(":")
        component["purl"] = _purl(artifact)
        if algorithm == "sha256":
            component["hashes"] = [{"alg": "SHA-256", "content": content}]
    packages = {_package_ref(artifact, finding): finding for finding in artifact.findings}
    if packages:
        component["components"] = [
            {
                "type": "library",
                "bom-ref": ref,
                "name": finding.package,
                "version": finding.version,
            }
            for ref, finding in packages.items()
        ]
    return component


def _facts(artifact: ScannedArtifact) -> Iterator[JsonObject]:
    yield _property("scan", said_of(artifact))
    if artifact.scanner:
        yield _property("scanner", artifact.scanner)
    if artifact.scanned_at:
        yield _property("scannedAt", _moment(artifact.scanned_at))
    yield from (_property("tag", tag) for tag in artifact.tags)
    yield from (_property("usedBy", pod) for pod in artifact.used_by)


def _purl(artifact: ScannedArtifact) -> str:
    """As the package-url types define `oci`: the name is the last part of the repository."""
    path, _, name = artifact.repository.rpartition("/")
    place = quote("/".join(part for part in (artifact.registry, path, name) if part), safe="/:")
    tag = f"&tag={quote(artifact.tags[0], safe='')}" if artifact.tags else ""
    digest = quote(artifact.digest, safe="")
    return f"pkg:oci/{quote(name, safe='')}@{digest}?repository_url={place}{tag}"


def _package_ref(artifact: ScannedArtifact, finding: Finding) -> str:
    return f"{artifact.reference}#{finding.package}@{finding.version}"


def _vulnerability(places: list[Place], report: ScanReport) -> JsonObject:
    worst = min((place.finding for place in places), key=gravity)
    stated: JsonObject = {
        "id": worst.id,
        "source": {"name": _source_of(worst.id)},
        "ratings": [_rating(worst)],
        "cwes": sorted({number for place in places for number in place.finding.cwes}),
        "description": worst.description,
        "recommendation": _recommendation(places),
        "advisories": [{"url": link} for link in worst.links],
        "analysis": _analysis(places[0], report),
        "affects": [*_affected(places)],
    }
    return {key: value for key, value in stated.items() if value}


def _source_of(vulnerability: str) -> str:
    """Who gives such ids; the scanner does not say which database it read."""
    known = {"CVE": "NVD", "GHSA": "GitHub Advisories"}
    return known.get(vulnerability.partition("-")[0], "scanner")


def _rating(finding: Finding) -> JsonObject:
    rating: JsonObject = {"severity": _SEVERITIES[finding.severity]}
    if finding.score is not None:
        rating["score"] = finding.score
        rating["method"] = _method(finding.vector)
    if finding.vector:
        rating["vector"] = finding.vector
    return rating


def _method(vector: str) -> str:
    for beginning, method in _METHODS.items():
        if vector.startswith(beginning):
            return method
    return _OTHERWISE


def _recommendation(places: list[Place]) -> str:
    updates = {
        f"Update {place.finding.package} to {place.finding.fix_version}."
        for place in places
        if place.finding.fixable
    }
    return " ".join(sorted(updates))


def _analysis(place: Place, report: ScanReport) -> JsonObject:
    if not place.finding.allowed:
        return {"state": "in_triage"}
    reason = tolerated_by(report.allowlists.get(place.artifact.project))
    detail = f"Project {place.artifact.project}: {reason}. That is no judgement of its effect."
    return {"state": "in_triage", "response": ["will_not_fix"], "detail": detail}


def _affected(places: list[Place]) -> Iterator[JsonObject]:
    refs = {_package_ref(place.artifact, place.finding): place.finding for place in places}
    for ref, finding in refs.items():
        yield {
            "ref": ref,
            "versions": [{"version": finding.version or "unknown", "status": "affected"}],
        }


def _property(name: str, value: str) -> JsonObject:
    return {"name": f"{_PROPERTY}:{name}", "value": value}


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
