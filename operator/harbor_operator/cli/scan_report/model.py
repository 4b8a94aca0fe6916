"""A report of scans: which artifacts there are, and what was found in each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How bad a vulnerability is, as Harbor names it, the worst first."""

    CRITICAL = "Critical"
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"
    NEGLIGIBLE = "Negligible"
    UNKNOWN = "Unknown"

    @property
    def rank(self) -> int:
        """0 for the worst. Unknown is last, as Harbor has it."""
        return _RANKS[self]

    def reaches(self, lowest: "Severity") -> bool:
        """Whether it is at least as bad as another one."""
        return self.rank <= lowest.rank


_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


def severity_of(word: str) -> Severity:
    """Read a scanner's word; what it does not rate, or rates by a word of its own, is Unknown."""
    try:
        return Severity(word.capitalize())
    except ValueError:
        return Severity.UNKNOWN


class ScanState(StrEnum):
    """What is known of an artifact; nothing but a finished scan says that it is clean."""

    SCANNED = "Scanned"
    PARTIAL = "Partial"
    """Of an index of images: some were scanned, and the scans of others failed."""

    RUNNING = "Running"
    """A scan is on its way, and there is no result yet."""

    FAILED = "Failed"
    """The last scan ended with an error, or was stopped."""

    UNSCANNED = "Unscanned"
    NOT_SCANNABLE = "NotScannable"
    """No image: a chart, an SBOM or the like."""

    MISSING = "Missing"
    """Harbor does not have it, or no longer: it runs, but may not be pulled again."""

    UNREADABLE = "Unreadable"
    """The login may not read it."""


UNJUDGED: Final = frozenset(ScanState) - {ScanState.SCANNED, ScanState.NOT_SCANNABLE}
"""States of which nobody can say whether there is something to find."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One vulnerability of one package in one artifact.

    Attributes:
        id: Such as CVE-2026-1234.
        package: The package's name as the scanner has it.
        version: The one that is installed.
        fix_version: The ones that are free of it, empty where there is none yet.
        severity: As the scanner rates it.
        score: CVSS, 0.0 to 10.0, the newest version of it that the scanner gave.
        vector: CVSS's own notation of what the score is made of.
        description: A text for people.
        links: Addresses for more; only http and https.
        cwes: Numbers in the Common Weakness Enumeration.
        allowed: Whether the CVE allowlist that holds for the project tolerates it.
    """

    id: str
    package: str
    version: str
    fix_version: str = ""
    severity: Severity = Severity.UNKNOWN
    score: float | None = None
    vector: str = ""
    description: str = ""
    links: tuple[str, ...] = ()
    cwes: tuple[int, ...] = ()
    allowed: bool = False

    @property
    def fixable(self) -> bool:
        """Whether there is a version without it."""
        return bool(self.fix_version)


@dataclass(frozen=True, slots=True)
class ScannedArtifact:
    """An artifact of a repository, and what its scan found.

    Attributes:
        registry: Host and port that images of this Harbor are named by.
        repository: Its name with the project's, such as team/app.
        digest: `sha256:...`; empty where Harbor does not have it.
        tags: Its tags, in Harbor's order.
        state: What is known of it.
        scanner: Name and version, empty without a scan.
        scanned_at: When the scan ended.
        findings: What was found.
        used_by: The pods that run it, in a report on a namespace.
        problem: Why nothing is known, where there is more to say than the state does.
    """

    registry: str
    repository: str
    digest: str
    tags: tuple[str, ...] = ()
    state: ScanState = ScanState.UNSCANNED
    scanner: str = ""
    scanned_at: datetime | None = None
    findings: tuple[Finding, ...] = ()
    used_by: tuple[str, ...] = ()
    problem: str = ""

    @property
    def project(self) -> str:
        """The project that its repository belongs to."""
        return self.repository.partition("/")[0]

    @property
    def name(self) -> str:
        """Repository and the first tag, or the beginning of the digest where there is no tag."""
        if self.tags:
            return f"{self.repository}:{self.tags[0]}"
        return f"{self.repository}@{self.digest[:19]}" if self.digest else self.repository

    @property
    def reference(self) -> str:
        """By which it is pulled, and nothing else is."""
        return f"{self.registry}/{self.repository}" + (f"@{self.digest}" if self.digest else "")

    @property
    def judged(self) -> bool:
        """Whether its findings are all there is to say."""
        return self.state not in UNJUDGED

    @property
    def counted(self) -> bool:
        """Whether there are findings to count, be they none."""
        return self.state in {ScanState.SCANNED, ScanState.PARTIAL}


@dataclass(frozen=True, slots=True)
class ForeignImage:
    """An image that runs and is not of this Harbor, so that nothing is known of it."""

    image: str
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Allowlist:
    """The vulnerabilities that a project tolerates.

    Attributes:
        ids: Their ids.
        of_system: Whether it is the list of the whole Harbor that the project uses.
        expires: When it ends; None for never.
    """

    ids: frozenset[str]
    of_system: bool = False
    expires: datetime | None = None

    def allows(self, vulnerability: str, now: datetime) -> bool:
        """Whether it tolerates a vulnerability at a time."""
        return vulnerability in self.ids and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a report is narrowed to.

    Attributes:
        lowest: The least bad severity to include, None for all.
        fixable: Whether only what can be fixed is wanted.
    """

    lowest: Severity | None = None
    fixable: bool = False

    def takes(self, finding: Finding) -> bool:
        """Whether a finding belongs into the report."""
        if self.fixable and not finding.fixable:
            return False
        return self.lowest is None or finding.severity.reaches(self.lowest)


@dataclass(frozen=True, slots=True)
class ScanReport:
    """All that is to be told.

    Attributes:
        scope: What was asked about, such as `project team`.
        registry: Host and port of the Harbor.
        created: When it was read.
        artifacts: The worst first.
        foreign: Running images of other registries.
        allowlists: By project.
        narrowed: What its findings are narrowed to.
        left_out: How many findings that left out.
        notes: What else could not be read.
    """

    scope: str
    registry: str
    created: datetime
    artifacts: tuple[ScannedArtifact, ...] = ()
    foreign: tuple[ForeignImage, ...] = ()
    allowlists: Mapping[str, Allowlist] = field(default_factory=dict)
    narrowed: Filter = Filter()
    left_out: int = 0
    notes: tuple[str, ...] = ()

    @property
    def unjudged(self) -> tuple[ScannedArtifact, ...]:
        """The artifacts of which nobody can say whether there is something to find."""
        return tuple(artifact for artifact in self.artifacts if not artifact.judged)
