"""Scans as Harbor's database keeps them: what was asked for, when, and what it found."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum


class ScanKind(Enum):
    """What a scan makes, as the API calls it."""

    VULNERABILITY = "vulnerability"
    SBOM = "sbom"


class ScanStatus(StrEnum):
    """How far a scan is."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCESS = "Success"
    ERROR = "Error"
    STOPPED = "Stopped"

    @property
    def final(self) -> bool:
        """Whether it stays so."""
        return self not in {ScanStatus.PENDING, ScanStatus.RUNNING}


class Severity(StrEnum):
    """How bad a vulnerability is, in Harbor's words and order."""

    NONE = "None"
    UNKNOWN = "Unknown"
    NEGLIGIBLE = "Negligible"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    CRITICAL = "Critical"

    @property
    def code(self) -> int:
        """What severities are compared by; "Unknown" weighs as little as "None"."""
        return max(0, list(Severity).index(self) - 1)

    @classmethod
    def parse(cls, text: str) -> "Severity":
        """The severity of this name in any case, negligible as none, anything else as unknown."""
        title = text.title()
        if title == Severity.NEGLIGIBLE:
            return Severity.NONE
        return cls(title) if title in set(Severity) else Severity.UNKNOWN


@dataclass(frozen=True, slots=True)
class Finding:
    """One vulnerability of one package, as Trivy reports it.

    `cvss` has an entry for each rater, such as `nvd`, with `V3Score`, `V3Vector` and so on.
    """

    id: str
    package: str
    version: str
    severity: Severity = Severity.UNKNOWN
    fix_version: str = ""
    status: str = ""
    description: str = ""
    links: tuple[str, ...] = ()
    cwe_ids: tuple[str, ...] = ()
    cvss: dict[str, dict[str, float | str]] = field(default_factory=dict)

    @property
    def score_v3(self) -> float | None:
        """The score that Harbor prefers: the NVD's, else the first; None where nobody rated it."""
        if not self.cvss:
            return None
        raters = [self.cvss[name] for name in ("nvd", *self.cvss) if name in self.cvss]
        scores = [score for r in raters if isinstance(score := r.get("V3Score"), int | float)]
        return float(next(iter(scores), 0.0))


@dataclass(slots=True)
class Scan:
    """A scan of one artifact by one scanner; what it will find is settled when it starts.

    `scanner` is the scanner as reports name it: name, vendor and version. `settled` tells whether
    its end was already seen to.
    `stopped` is when somebody ended it before its time. `sbom_digest` is the digest of the
    artifact that a finished generation of an SBOM has pushed.
    """

    uuid: str
    kind: ScanKind
    repository_id: int
    artifact_id: int
    digest: str
    scanner_uuid: str
    scanner: dict[str, str]
    starts: datetime
    ends: datetime
    fails: bool
    findings: tuple[Finding, ...]
    execution_id: int = 0
    stopped: datetime | None = None
    sbom_digest: str = ""
    settled: bool = False

    def status(self, now: datetime) -> ScanStatus:
        """How far it is at this time."""
        if self.stopped is not None:
            return ScanStatus.STOPPED
        if now < self.starts:
            return ScanStatus.PENDING
        if now < self.ends:
            return ScanStatus.RUNNING
        return ScanStatus.ERROR if self.fails else ScanStatus.SUCCESS

    def ended(self, now: datetime) -> datetime | None:
        """When it came to its end; None while it has not."""
        return self.stopped or (self.ends if now >= self.ends else None)


@dataclass(slots=True)
class ScanAllExecution:
    """One run over everything; `trigger` is `Manual` or `Schedule`."""

    id: int
    trigger: str
    started: datetime
