"""From what Harbor tells of a scan to what a report has of it."""

from datetime import UTC, datetime

import pytest

from harbor_operator.cli.scan_report.findings import (
    allowlist_of,
    finding_of,
    own_allowlist,
    scanner_of,
    state_of,
)
from harbor_operator.cli.scan_report.model import ScanState, Severity
from harbor_operator.harbor import AllowlistItem, CveAllowlist, Project, ScanStatus, Vulnerability
from harbor_operator.harbor.scans import ScannerName

RATED = {"V3Score": 7.5, "V3Vector": "CVSS:3.1/AV:N"}


def found(**fields: object) -> Vulnerability:
    """A vulnerability as Harbor tells it."""
    return Vulnerability.model_validate(
        {"id": "CVE-1", "package": "zlib", "version": "1", **fields}
    )


def allows(_: str) -> bool:
    """Tolerates nothing."""
    return False


@pytest.mark.parametrize(
    ("score", "ratings", "expected"),
    [
        (7.5, {"redhat": {"V3Score": 7.5, "V3Vector": "R"}, "nvd": RATED}, (7.5, "CVSS:3.1/AV:N")),
        (7.5, {"redhat": {"V3Score": 7.5, "V3Vector": "R"}}, (7.5, "R")),
        (9.8, {"nvd": RATED}, (9.8, "")),
        (7.5, {"nvd": {"V3Score": 7.5}}, (7.5, "")),
        (7.5, {}, (7.5, "")),
        (0, {"nvd": RATED}, (None, "")),
        (None, {}, (None, "")),
    ],
)
def test_a_vector_belongs_to_its_score(
    score: float | None, ratings: dict[str, object], expected: tuple[float | None, str]
) -> None:
    told = found(preferred_cvss={"score_v3": score}, vendor_attributes={"CVSS": ratings})

    finding = finding_of(told, allows)

    assert (finding.score, finding.vector) == expected


@pytest.mark.parametrize(
    ("links", "kept"),
    [
        (["https://a.example/x?y=1#z", "http://b.example"], 2),
        (["javascript:alert(1)", "data:text/html,x", "ftp://a.example"], 0),
        (["https://a.example/<script>", "https://a.example/a b", 'https://a.example/"'], 0),
        (["https://a.example/x", "https://a.example/x"], 1),
        (["https://"], 0),
    ],
)
def test_only_addresses_of_the_web_are_kept(links: list[str], kept: int) -> None:
    assert len(finding_of(found(links=links), allows).links) == kept


def test_weaknesses_are_numbers() -> None:
    finding = finding_of(found(cwe_ids=["CWE-79", "NVD-CWE-noinfo", "CWE-"]), allows)

    assert finding.cwes == (79,)


def test_severity_and_tolerance_are_read() -> None:
    finding = finding_of(found(severity="Negligible"), lambda name: name == "CVE-1")

    assert finding.severity is Severity.NEGLIGIBLE
    assert finding.allowed
    assert not finding.fixable


@pytest.mark.parametrize("status", ScanStatus)
def test_only_success_counts_as_scanned(status: ScanStatus) -> None:
    assert (state_of(status) is ScanState.SCANNED) == (status is ScanStatus.SUCCESS)


def test_a_project_has_its_own_list_only_if_it_says_so() -> None:
    listed = CveAllowlist(items=(AllowlistItem(cve_id="CVE-1"),), expires_at=1_900_000_000)
    own = Project(
        project_id=1,
        name="a",
        metadata={"reuse_sys_cve_allowlist": "false"},
        cve_allowlist=listed,
    )

    read = own_allowlist(own)

    assert read is not None
    assert read.ids == {"CVE-1"}
    assert read.expires == datetime.fromtimestamp(1_900_000_000, UTC)
    assert own_allowlist(Project(project_id=1, name="a", cve_allowlist=listed)) is None
    assert allowlist_of(CveAllowlist()).expires is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (ScannerName(name="Trivy", version="v0.65.0"), "Trivy v0.65.0"),
        (ScannerName(name="Trivy"), "Trivy"),
        (ScannerName(), ""),
    ],
)
def test_a_scanner_is_called_by_name_and_version(name: ScannerName, text: str) -> None:
    assert scanner_of(name) == text
