"""What scans will find and how long they take: set from outside, as nothing is really scanned."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from testbed.harbor.scan_state import Finding, Severity

ANYTHING = "*"
"""In place of a digest or repository: all that are not named."""
DEFAULT_SECONDS = 0.2
"""How long a scan takes: long enough for a client that does not wait to be found out."""


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """How the scans of an artifact end; without findings it is clean."""

    findings: tuple[Finding, ...] = ()
    fails: bool = False


CLEAN = ScanOutcome()


@dataclass(slots=True)
class ScanPlan:
    """The outcome of scans by digest, by repository (`project/path`), or of `ANYTHING`.

    A scan waits for `pending_seconds` and then runs for `seconds`.
    """

    pending_seconds: float = 0.0
    seconds: float = DEFAULT_SECONDS
    outcomes: dict[str, ScanOutcome] = field(default_factory=dict)

    def outcome(self, repository: str, digest: str) -> ScanOutcome:
        """What a scan that starts now will come to; the digest counts before the repository."""
        places = (digest, repository, ANYTHING)
        return next((self.outcomes[key] for key in places if key in self.outcomes), CLEAN)

    def update(self, document: Mapping[str, Any]) -> None:
        """Takes over the times that are given.

        Raises:
            TypeError, ValueError: One of them is no number of seconds.
        """
        for name in ("pending_seconds", "seconds"):
            seconds = float(document.get(name, getattr(self, name)))
            if seconds < 0:
                raise ValueError(f"{name} is negative")
            setattr(self, name, seconds)


def read_outcome(document: Mapping[str, Any]) -> ScanOutcome:
    """An outcome from the JSON of the control API.

    Raises:
        KeyError: A vulnerability lacks its id, package or version.
        TypeError: It has a field that there is not.
        ValueError: Its severity is not one of Harbor's.
    """
    findings = tuple(_finding(entry) for entry in document.get("vulnerabilities", ()))
    return ScanOutcome(findings, bool(document.get("fails", False)))


def _finding(entry: Mapping[str, Any]) -> Finding:
    finding = Finding(
        **{
            **entry,
            "severity": Severity(entry.get("severity", Severity.UNKNOWN)),
            "links": tuple(entry.get("links", ())),
            "cwe_ids": tuple(entry.get("cwe_ids", ())),
        }
    )
    status = finding.status or ("fixed" if finding.fix_version else "affected")
    return replace(finding, status=status)
