"""Scans as the API shows them: overviews of artifacts, and reports in the shape of Trivy's."""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from testbed.harbor.call import without_empty
from testbed.harbor.clock import ZERO_TIME, rfc3339, rfc3339_micros
from testbed.harbor.scan_state import Finding, Scan, ScanStatus, Severity

NATIVE_REPORT = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
GENERIC_REPORT = "application/vnd.security.vulnerability.report; version=1.1"
ACCEPT_HEADER = "X-Accept-Vulnerabilities"
_KNOWN = (GENERIC_REPORT, NATIVE_REPORT)
_MERGING = (ScanStatus.RUNNING, ScanStatus.STOPPED, ScanStatus.SUCCESS)
"""The statuses that decide for an index of images, in this order, whichever part has them."""


def accepted_reports(header: str | None) -> tuple[str, ...]:
    """The kinds of reports that a caller takes, best first; both where the header is absent."""
    if header is None:
        return _KNOWN
    given = tuple(part.strip() for part in header.split(",") if part.strip() in _KNOWN)
    return given or (NATIVE_REPORT,)


def merged_status(scans: Sequence[Scan], now: datetime) -> ScanStatus:
    """The one status of an artifact whose parts were scanned apart."""
    statuses = [scan.status(now) for scan in scans]
    decisive = next((status for status in _MERGING if status in statuses), None)
    return decisive or next((status for status in statuses if status.final), statuses[0])


def found(scans: Iterable[Scan], now: datetime) -> list[tuple[Finding, list[str]]]:
    """What finished scans found, each vulnerability once with all artifacts that have it."""
    merged: dict[tuple[str, str, str], tuple[Finding, list[str]]] = {}
    for scan in scans:
        if scan.status(now) is not ScanStatus.SUCCESS:
            continue
        for finding in scan.findings:
            key = (finding.id, finding.package, finding.version)
            merged.setdefault(key, (finding, []))[1].append(scan.digest)
    return list(merged.values())


def overview(scans: Sequence[Scan], now: datetime) -> dict[str, object]:
    """What an artifact shows of its report; zero values are left out, but for the two times."""
    status = merged_status(scans, now)
    started = [scan.starts for scan in scans if now >= scan.starts]
    ended = [moment for scan in scans if (moment := scan.ended(now)) is not None]
    view: dict[str, object] = {
        "end_time": rfc3339(max(ended)) if len(ended) == len(scans) else ZERO_TIME,
        "report_id": _report_id(scans),
        "scan_status": status.value,
        "start_time": rfc3339(min(started)) if started else ZERO_TIME,
    }
    if status is not ScanStatus.SUCCESS:
        return view
    findings = [finding for finding, _ in found(scans, now)]
    counts = Counter(finding.severity.value for finding in findings)
    complete = sum(scan.status(now) is ScanStatus.SUCCESS for scan in scans)
    view["summary"] = {
        "fixable": sum(bool(finding.fix_version) for finding in findings),
        "summary": dict(sorted(counts.items())),
        "total": len(findings),
    }
    latest = max(scans, key=lambda scan: scan.starts)
    seconds = int(max(ended).timestamp()) - int(min(started).timestamp())
    return view | without_empty(
        {
            "complete_percent": complete * 100 // len(scans),
            "duration": seconds,
            "scanner": latest.scanner,
            "severity": worst(findings).value,
        }
    )


def _report_id(scans: Sequence[Scan]) -> str:
    if len(scans) == 1:
        return scans[0].uuid
    return b64encode("|".join(scan.uuid for scan in scans).encode()).decode()


def parse_report_id(text: str) -> list[str]:
    """The ids of the scans behind the id of a report."""
    try:
        return b64decode(text, validate=True).decode().split("|")
    except ValueError:
        return [text]


def worst(findings: Iterable[Finding]) -> Severity:
    """The highest severity; "None" where there is nothing."""
    return max((f.severity for f in findings), key=lambda s: s.code, default=Severity.NONE)


def report(scans: Sequence[Scan], now: datetime) -> dict[str, object] | None:
    """The report of an artifact; None while there is none."""
    successful = [scan for scan in scans if scan.status(now) is ScanStatus.SUCCESS]
    if not successful:
        return None
    merged = found(successful, now)
    latest = max(successful, key=lambda scan: scan.ends)
    return {
        "generated_at": rfc3339_micros(latest.ends),
        "scanner": latest.scanner,
        # Trivy leaves the severity of a clean report out.
        "severity": worst(finding for finding, _ in merged).value if merged else "",
        "vulnerabilities": [_vulnerability(finding, digests) for finding, digests in merged],
    }


def _vulnerability(finding: Finding, digests: list[str]) -> dict[str, object]:
    """One entry; Harbor keeps lists as joined text, so that an empty one has an empty member."""
    return {
        "id": finding.id,
        "package": finding.package,
        "version": finding.version,
        "fix_version": finding.fix_version,
        "severity": finding.severity.value,
        "status": finding.status,
        "description": finding.description,
        "links": list(finding.links) or [""],
        "artifact_digests": digests,
        "preferred_cvss": {
            "score_v3": finding.score_v3,
            "score_v2": None,
            "vector_v3": "",
            "vector_v2": "",
        },
        "cwe_ids": list(finding.cwe_ids) or [""],
        "vendor_attributes": {"CVSS": finding.cvss} if finding.cvss else None,
    }
