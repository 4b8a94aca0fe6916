"""Reports of scans: one as a team meets it, and large or hostile ones."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from harbor_operator.cli.scan_report.model import (
    Allowlist,
    Filter,
    Finding,
    ForeignImage,
    ScannedArtifact,
    ScanReport,
    ScanState,
    Severity,
)
from harbor_operator.cli.scan_report.ordering import narrowed

CREATED: Final = datetime(2026, 11, 30, 8, 15, tzinfo=UTC)
REGISTRY: Final = "harbor.example.com"
SCANNER: Final = "Trivy v0.65.0"
TOLERATED: Final = "CVE-2023-4911"
NVD: Final = "https://nvd.nist.gov/vuln/detail/"

FINDINGS: Final = (
    Finding(
        "CVE-2024-3094",
        "xz-utils",
        "5.6.0-0.2",
        "5.6.1+really5.4.5-1",
        Severity.CRITICAL,
        10.0,
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
        "The released archives carried a back door that changes liblzma while it is built, and "
        "through it the login of an SSH server that loads the library.",
        (f"{NVD}CVE-2024-3094", "https://www.openwall.com/lists/oss-security/2024/03/29/4"),
        (506,),
    ),
    Finding(
        "CVE-2023-38545",
        "libcurl4",
        "7.88.1-10",
        "7.88.1-10+deb12u4",
        Severity.CRITICAL,
        9.8,
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "A host name that is too long overflows a buffer on the heap while a connection is made "
        "by a SOCKS5 proxy that resolves names itself.",
        (f"{NVD}CVE-2023-38545", "https://curl.se/docs/CVE-2023-38545.html"),
        (787,),
    ),
    Finding(
        "CVE-2023-44487",
        "golang.org/x/net",
        "v0.14.0",
        "0.17.0",
        Severity.HIGH,
        7.5,
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
        "Streams of HTTP/2 that are opened and reset at once keep a server busy beyond what it "
        "limits (rapid reset).",
        (f"{NVD}CVE-2023-44487",),
        (400,),
    ),
    Finding(
        TOLERATED,
        "libc6",
        "2.36-9",
        "2.36-9+deb12u3",
        Severity.HIGH,
        7.8,
        "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
        "The dynamic loader writes beyond a buffer while it reads GLIBC_TUNABLES, by which a "
        "local user gets the rights of a set-user-ID program.",
        (f"{NVD}{TOLERATED}",),
        (122, 787),
    ),
    Finding(
        "CVE-2022-42889",
        "org.apache.commons:commons-text",
        "1.9",
        "1.10.0",
        Severity.CRITICAL,
        9.8,
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "Texts from outside are interpolated by default with look-ups that run scripts or ask "
        "other hosts.",
        (f"{NVD}CVE-2022-42889",),
        (94,),
    ),
    Finding(
        "CVE-2023-45853",
        "zlib1g",
        "1:1.2.13.dfsg-1",
        "",
        Severity.CRITICAL,
        9.8,
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "A very long file name, comment or extra field overflows a number and then the heap in "
        "MiniZip, which Debian does not build into this package.",
        (f"{NVD}CVE-2023-45853", "https://security-tracker.debian.org/tracker/CVE-2023-45853"),
        (190,),
    ),
    Finding(
        "CVE-2024-37371",
        "libkrb5-3",
        "1.20.1-2",
        "1.20.1-2+deb12u2",
        Severity.MEDIUM,
        6.5,
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:L",
        "A message token with a wrong length makes GSS read memory that is not its own.",
        (f"{NVD}CVE-2024-37371",),
        (125,),
    ),
    Finding(
        "CVE-2023-50495",
        "libtinfo6",
        "6.4-4",
        "",
        Severity.MEDIUM,
        6.5,
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H",
        "A crafted description of a terminal ends the program that reads it.",
        (f"{NVD}CVE-2023-50495",),
    ),
    Finding(
        "CVE-2022-0563",
        "libuuid1",
        "2.38.1-5",
        "",
        Severity.LOW,
        5.5,
        "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
        "chfn and chsh may show parts of files of root where they are built with readline.",
        (f"{NVD}CVE-2022-0563",),
        (209,),
    ),
    Finding(
        "CVE-2011-3374",
        "apt",
        "2.6.1",
        "",
        Severity.NEGLIGIBLE,
        3.7,
        "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
        "apt-key does not check keys as strictly as it should.",
        (f"{NVD}CVE-2011-3374",),
        (347,),
    ),
    Finding("GHSA-jr5f-v2jv-69x6", "axios", "1.6.2", "1.8.2", Severity.UNKNOWN),
)


def digest(number: int) -> str:
    """A digest of its own for each number."""
    return f"sha256:{hashlib.sha256(str(number).encode()).hexdigest()}"


def artifact(
    repository: str, *tags: str, findings: tuple[Finding, ...] = (), number: int = 1
) -> ScannedArtifact:
    """A scanned image."""
    return ScannedArtifact(
        REGISTRY,
        repository,
        digest(number),
        tags,
        ScanState.SCANNED,
        SCANNER,
        CREATED - timedelta(hours=5),
        findings,
    )


def team_report() -> ScanReport:
    """What a team with six images sees, two of them without a result."""
    found = [replace(finding, allowed=finding.id == TOLERATED) for finding in FINDINGS]
    older = [replace(finding, version=f"{finding.version}~old") for finding in found[4:8]]
    artifacts = (
        artifact("payments/api", "2.14.0", "latest", findings=tuple(found), number=101),
        artifact("payments/web", "5.2.1", findings=(*found[2:4], *found[6:]), number=102),
        artifact("payments/worker", "1.9.3", findings=(*older, *found[8:]), number=103),
        artifact("payments/base", "bookworm", findings=(), number=104),
        replace(
            artifact("payments/reports", "0.3.0", number=105),
            state=ScanState.UNSCANNED,
            scanner="",
            scanned_at=None,
        ),
        replace(
            artifact("payments/legacy", "2019", number=106),
            state=ScanState.FAILED,
            scanner="",
            scanned_at=None,
        ),
    )
    report = ScanReport(
        "project payments",
        REGISTRY,
        CREATED,
        artifacts,
        allowlists={
            "payments": Allowlist(frozenset({TOLERATED}), expires=CREATED.replace(day=31, month=12))
        },
    )
    return narrowed(report, Filter())


def namespace_report() -> ScanReport:
    """What runs in a namespace, with images of other registries."""
    report = team_report()
    artifacts = tuple(
        replace(entry, used_by=(f"{entry.repository.rpartition('/')[2]}-6d4b9-x7k2p",))
        for entry in report.artifacts
    )
    foreign = (ForeignImage("docker.io/library/redis:7", ("cache-0", "cache-1")),)
    return replace(report, scope="namespace shop", artifacts=artifacts, foreign=foreign)


def large_report(findings: int, artifacts: int = 20) -> ScanReport:
    """As many vulnerabilities as said, each in one to three of the artifacts."""
    severities = [*Severity]
    found: list[list[Finding]] = [[] for _ in range(artifacts)]
    for number in range(findings):
        severity = severities[number * 7 % len(severities)]
        finding = Finding(
            f"CVE-20{10 + number % 16}-{10000 + number}",
            f"package-{number % 400}",
            f"1.{number % 30}.{number % 7}",
            f"1.{number % 30}.9" if number % 3 else "",
            severity,
            round(10 - 1.7 * severity.rank - number % 10 / 10, 1),
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            f"Finding {number}: a text of usual length about what somebody may do with it, where "
            "it is, under which conditions it matters, and since which version.",
            (f"{NVD}CVE-20{10 + number % 16}-{10000 + number}",),
            (number % 900 + 1,),
        )
        for step in range(1 + number % 3):
            found[(number + 7 * step) % artifacts].append(finding)
    images = tuple(
        artifact(f"payments/image-{number:02}", "1.0", findings=tuple(of_one), number=number + 1)
        for number, of_one in enumerate(found)
    )
    return narrowed(ScanReport("project payments", REGISTRY, CREATED, images), Filter())


HOSTILE: Final = (
    "<script>window.hostile = 1</script>",
    "</title></style></script><img src=x onerror='window.hostile = 2'>",
    '" onmouseover="window.hostile = 3" x="',
    '=HYPERLINK("https://evil.example")',
    "[click](javascript:window.hostile=4) @everyone",
    "]]>\x00\x07\x1b[31m\u202eevil",
)


def hostile_report() -> ScanReport:
    """Texts of strangers that mean harm, in every place that they can reach."""
    findings = tuple(
        Finding(
            f"CVE-{text}",
            text,
            text,
            text,
            Severity.HIGH,
            9.1,
            text,
            text,
            ("javascript:window.hostile=5", "https://example.com/?q=%3Cscript%3E"),
            (79,),
        )
        for text in HOSTILE
    )
    images = (artifact("payments/api", *HOSTILE, findings=findings),)
    notes = HOSTILE
    report = ScanReport(f"project {HOSTILE[0]}", REGISTRY, CREATED, images, notes=notes)
    return narrowed(report, Filter())
