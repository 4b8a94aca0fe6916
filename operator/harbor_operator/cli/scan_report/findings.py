"""From what Harbor tells of a scan to what a report has of it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from harbor_operator.cli.scan_report.model import Allowlist, Finding, ScanState, severity_of
from harbor_operator.harbor import CveAllowlist, Project, ScanStatus
from harbor_operator.harbor.scans import ScannerName, Vulnerability

_CWE: Final = re.compile(r"CWE-(\d{1,6})")
_ADDRESS: Final = re.compile(r"https?://[!#-;=?-Z\[\]_a-z~]+")
"""What RFC 3986 lets stand in an address, with a host."""

_NVD: Final = "nvd"
_REUSE_SYSTEM: Final = "reuse_sys_cve_allowlist"
_STATES: Final = {
    ScanStatus.PENDING: ScanState.RUNNING,
    ScanStatus.SCHEDULED: ScanState.RUNNING,
    ScanStatus.RUNNING: ScanState.RUNNING,
    ScanStatus.SUCCESS: ScanState.SCANNED,
    ScanStatus.ERROR: ScanState.FAILED,
    ScanStatus.STOPPED: ScanState.FAILED,
}


def state_of(status: ScanStatus) -> ScanState:
    """What a scan's status means; a word that nobody knows is no result."""
    return _STATES.get(status, ScanState.UNSCANNED)


def finding_of(found: Vulnerability, allows: Callable[[str], bool]) -> Finding:
    """Read one vulnerability; what a scanner wrote in another form is left out of it."""
    score = found.score_v3 or None
    return Finding(
        id=found.id,
        package=found.package,
        version=found.version,
        fix_version=found.fix_version,
        severity=severity_of(found.severity),
        score=score,
        vector=_vector(found, score),
        description=found.description,
        links=tuple(dict.fromkeys(link for link in found.links if _ADDRESS.fullmatch(link))),
        cwes=tuple(int(n[1]) for text in found.cwe_ids if (n := _CWE.fullmatch(text))),
        allowed=allows(found.id),
    )


def scanner_of(name: ScannerName) -> str:
    """A scanner's name and version."""
    return " ".join(part for part in (name.name, name.version) if part)


def own_allowlist(project: Project) -> Allowlist | None:
    """The project's own list; None where the system's holds for it, as it does by default."""
    if project.metadata.get(_REUSE_SYSTEM, "true") != "false":
        return None
    return allowlist_of(project.cve_allowlist)


def allowlist_of(stated: CveAllowlist, *, of_system: bool = False) -> Allowlist:
    """Read a list of Harbor."""
    at = stated.expires_at
    return Allowlist(stated.ids, of_system, datetime.fromtimestamp(at, UTC) if at else None)


def _vector(found: Vulnerability, score: float | None) -> str:
    """The notation of the score, the National Vulnerability Database's before others'."""
    ratings = sorted(found.cvss.items(), key=lambda rating: rating[0] != _NVD)
    for _, rating in ratings:
        if score is not None and rating.get("V3Score") == score:
            return str(rating.get("V3Vector") or "")
    return ""
