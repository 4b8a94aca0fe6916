"""Scans of artifacts: what a scanner found in an image, and what the image is made of."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import AliasPath, Field, TypeAdapter, field_validator
from typing_extensions import override

from .answers import parsed
from .models import FlatModel, Moment, WireModel
from .names import manifest_reference, project_name, repository_name
from .request import api_read, api_write
from .transport import Transport

_REPORT_TYPE: Final = "application/vnd.security.vulnerability.report; version=1.1"
_OLD_REPORT_TYPE: Final = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
_ACCEPT: Final = {"X-Accept-Vulnerabilities": f"{_REPORT_TYPE}, {_OLD_REPORT_TYPE}"}
_ARTIFACT: Final = "/projects/{project}/repositories/{name}/artifacts/{reference}"


class ScanKind(StrEnum):
    """What a scan makes."""

    VULNERABILITY = "vulnerability"
    SBOM = "sbom"


class ScanStatus(StrEnum):
    """How far a scan is; `UNKNOWN` stands for a word of a newer Harbor."""

    PENDING = "Pending"
    SCHEDULED = "Scheduled"
    RUNNING = "Running"
    SUCCESS = "Success"
    ERROR = "Error"
    STOPPED = "Stopped"
    UNKNOWN = "Unknown"

    @override
    @classmethod
    def _missing_(cls, value: object) -> "ScanStatus":
        del value
        return cls.UNKNOWN

    @property
    def final(self) -> bool:
        """Whether it stays so until somebody scans again."""
        return self in {ScanStatus.SUCCESS, ScanStatus.ERROR, ScanStatus.STOPPED}


class Severity(StrEnum):
    """How bad a vulnerability is, from the mildest; `UNKNOWN` is one that nobody has rated."""

    NONE = "None"
    UNKNOWN = "Unknown"
    NEGLIGIBLE = "Negligible"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    CRITICAL = "Critical"

    @override
    @classmethod
    def _missing_(cls, value: object) -> "Severity":
        del value
        return cls.UNKNOWN

    @property
    def rank(self) -> int:
        """The place in the order, 0 for none."""
        return list(Severity).index(self)


class ScannerName(WireModel):
    """Which scanner made a report."""

    name: str = ""
    vendor: str = ""
    version: str = ""


class Vulnerability(FlatModel):
    """One vulnerability in one package of an image."""

    id: str = ""
    """`CVE-2023-0286`, `GHSA-...` and the like."""
    package: str = ""
    version: str = ""
    """The installed version."""
    fix_version: str = ""
    """The version that is not affected; empty where there is none yet."""
    severity: Severity = Severity.UNKNOWN
    status: str = ""
    """The scanner's word: `fixed`, `affected`, `will_not_fix` and others."""
    description: str = ""
    links: tuple[str, ...] = ()
    cwe_ids: tuple[str, ...] = ()
    artifact_digests: tuple[str, ...] = ()
    """The images that have it: several for an index of images."""
    score_v3: float | None = Field(
        default=None, validation_alias=AliasPath("preferred_cvss", "score_v3")
    )
    """CVSS 3, 0 to 10; None or 0 where there is none."""
    cvss: Mapping[str, Mapping[str, Any]] = Field(
        default={}, validation_alias=AliasPath("vendor_attributes", "CVSS")
    )
    """Who rated it how, as Trivy tells: `{"nvd": {"V3Score": 7.4, "V3Vector": "CVSS:3.1/..."}}`."""

    @field_validator("links", "cwe_ids")
    @classmethod
    def _drop_empty(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        # Harbor keeps these lists as one text and splits the empty one into an empty member.
        return tuple(value for value in values if value)

    @property
    def fixable(self) -> bool:
        """Whether a newer version of the package is not affected."""
        return bool(self.fix_version)


class VulnerabilityReport(WireModel):
    """Everything that a scanner found in an artifact."""

    generated_at: datetime | None = None
    scanner: ScannerName = ScannerName()
    vulnerabilities: tuple[Vulnerability, ...] = ()

    @property
    def severity(self) -> Severity:
        """The worst of all; none where there is nothing."""
        severities = (entry.severity for entry in self.vulnerabilities)
        return max(severities, key=lambda severity: severity.rank, default=Severity.NONE)


class ScanOverview(FlatModel):
    """How far the last scan is, and the sums of what it found."""

    report_id: str = ""
    status: ScanStatus = Field(default=ScanStatus.UNKNOWN, validation_alias="scan_status")
    severity: Severity = Severity.NONE
    """The worst; meaningful after a success only."""
    start_time: Moment = None
    end_time: Moment = None
    duration: int = 0
    """Seconds."""
    complete_percent: int = 0
    scanner: ScannerName = ScannerName()
    total: int = Field(default=0, validation_alias=AliasPath("summary", "total"))
    fixable: int = Field(default=0, validation_alias=AliasPath("summary", "fixable"))
    counts: Mapping[Severity, int] = Field(
        default={}, validation_alias=AliasPath("summary", "summary")
    )


class SbomOverview(FlatModel):
    """How far the last generation of an SBOM is, and where the SBOM is."""

    report_id: str = ""
    """Empty after a success."""
    status: ScanStatus = Field(default=ScanStatus.UNKNOWN, validation_alias="scan_status")
    sbom_digest: str = ""
    """The artifact that holds it, beside the image in its repository."""
    end_time: Moment = None


class _Scanned(WireModel):
    scan_overview: Mapping[str, ScanOverview] = {}
    sbom_overview: SbomOverview | None = None


_SCANNED = TypeAdapter(_Scanned)
_REPORTS = TypeAdapter(dict[str, VulnerabilityReport])
_DOCUMENT = TypeAdapter(dict[str, Any])


class Scans:
    """The scans of artifacts.

    An artifact is named by its project, its repository without the project, and a tag or digest.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def start(
        self, project: str, name: str, reference: str, kind: ScanKind = ScanKind.VULNERABILITY
    ) -> None:
        """Begin a scan, in place of the last one.

        Raises:
            PreconditionFailed: The project has no scanner, or a disabled one.
            InvalidRequest: The scanner cannot scan this kind of artifact.
            Conflict: A scan is under way.
            NotFound: There is no such artifact.
        """
        route = f"{_ARTIFACT}/scan"
        body = {"scan_type": kind.value}
        segments = _segments(project, name, reference)
        await self._transport.send(api_write("POST", route, segments, body=body))

    async def overview(self, project: str, name: str, reference: str) -> ScanOverview | None:
        """The last scan for vulnerabilities; None when there was none, or nothing to scan.

        Raises:
            NotFound: There is no such artifact.
        """
        overviews = (await self._scanned(project, name, reference)).scan_overview
        return next(iter(overviews.values()), None)

    async def report(self, project: str, name: str, reference: str) -> VulnerabilityReport | None:
        """What the last scan found; None while there is no finished one.

        Raises:
            NotFound: There is no such artifact, no scanner, or nothing that it could scan.
        """
        request = api_read(
            f"{_ARTIFACT}/additions/vulnerabilities",
            _segments(project, name, reference),
            headers=_ACCEPT,
        )
        reports = parsed(await self._transport.send(request), _REPORTS)
        return next(iter(reports.values()), None)

    async def sbom_overview(self, project: str, name: str, reference: str) -> SbomOverview | None:
        """The last generation of an SBOM; None when there was none.

        Raises:
            NotFound: There is no such artifact.
        """
        return (await self._scanned(project, name, reference)).sbom_overview

    async def sbom(self, project: str, name: str, sbom_digest: str) -> dict[str, Any]:
        """An SBOM as an SPDX document of JSON.

        Args:
            project: The project's name.
            name: The repository without its project.
            sbom_digest: The artifact that holds the SBOM: `SbomOverview.sbom_digest`, or the
                digest of an accessory of the type `sbom.harbor`.

        Raises:
            NotFound: There is no such artifact.
            InvalidRequest: It is no SBOM.
        """
        route = f"{_ARTIFACT}/additions/sbom"
        request = api_read(route, _segments(project, name, sbom_digest))
        return parsed(await self._transport.send(request), _DOCUMENT)

    async def _scanned(self, project: str, name: str, reference: str) -> _Scanned:
        request = api_read(
            _ARTIFACT,
            _segments(project, name, reference),
            query=[("with_scan_overview", "true"), ("with_sbom_overview", "true")],
            headers=_ACCEPT,
        )
        return parsed(await self._transport.send(request), _SCANNED)


def _segments(project: str, name: str, reference: str) -> dict[str, str | int]:
    return {
        "project": project_name(project),
        "name": repository_name(name),
        "reference": manifest_reference(reference),
    }
