"""Against the simulator: scans and what they find."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from harbor_operator.harbor import HarborClient, ScanKind, ScanStatus, Severity
from harbor_operator.harbor.errors import Conflict, InvalidRequest, NotFound, PreconditionFailed
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.fake_registry import FakeRegistry
from tests.support.findings import APT, OPENSSL, TRIVY
from tests.support.image import MANIFEST, digest_of, push
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]

APP = ("ship", "group/app", "1")


@pytest.fixture
async def harbor() -> AsyncIterator[HarborSimulator]:
    async with (
        FakeRegistry() as registry,
        HarborSimulator(registry_url=registry.url) as simulator,
    ):
        yield simulator


@pytest.fixture
async def control(harbor: HarborSimulator, caller: ApiCaller) -> ApiCaller:
    """The simulator's control API, with a scanner and one image to scan."""
    await push(caller, "ship/group/app", "1")
    control = ApiCaller(caller.session, harbor.control_url)
    await control("POST", "/scanners", TRIVY)
    await control("PUT", "/scans", {"seconds": 60})
    return control


@pytest.mark.usefixtures("ship")
async def test_a_scan_is_followed_to_its_report(
    harbor: HarborSimulator, admin: HarborClient, control: ApiCaller
) -> None:
    await control("PUT", "/findings", {"vulnerabilities": [APT, OPENSSL]})
    before = await admin.scans.overview(*APP)
    await admin.scans.start(*APP)
    running = await admin.scans.overview(*APP)
    early = await admin.scans.report(*APP)

    harbor.clock.offset_seconds = 61

    ended = await admin.scans.overview(*APP)
    report = await admin.scans.report(*APP)
    assert (before, early) == (None, None)
    assert running is not None
    assert (running.status, running.status.final) == (ScanStatus.RUNNING, False)
    assert (running.start_time is None, running.end_time is None) == (False, True)
    assert ended is not None
    assert (ended.status, ended.severity) == (ScanStatus.SUCCESS, Severity.HIGH)
    assert (ended.total, ended.fixable, ended.duration) == (2, 1, 60)
    assert ended.counts == {Severity.HIGH: 1, Severity.LOW: 1}
    assert report is not None
    assert (report.severity, report.scanner.name) == (Severity.HIGH, "Trivy")
    apt, openssl = report.vulnerabilities
    assert (apt.score_v3, apt.links, apt.cwe_ids, apt.fixable) == (None, (), (), False)
    assert (openssl.id, openssl.package, openssl.version) == (
        "CVE-2023-0286",
        "openssl",
        "1.1.1n-0+deb11u3",
    )
    assert (openssl.score_v3, openssl.fix_version) == (7.4, "1.1.1n-0+deb11u4")
    assert openssl.cvss["nvd"]["V3Score"] == 7.4
    assert openssl.artifact_digests == (digest_of(MANIFEST),)


@pytest.mark.usefixtures("ship")
async def test_a_clean_image_has_an_empty_report(
    harbor: HarborSimulator, admin: HarborClient, control: ApiCaller
) -> None:
    del control
    await admin.scans.start(*APP)
    harbor.clock.offset_seconds = 61

    report = await admin.scans.report(*APP)

    assert report is not None
    assert (report.vulnerabilities, report.severity) == ((), Severity.NONE)


@pytest.mark.usefixtures("ship")
async def test_a_failed_scan_shows_in_the_overview_alone(
    harbor: HarborSimulator, admin: HarborClient, control: ApiCaller
) -> None:
    await control("PUT", "/findings", {"fails": True})
    await admin.scans.start(*APP)
    harbor.clock.offset_seconds = 61

    overview = await admin.scans.overview(*APP)

    assert overview is not None
    assert (overview.status, overview.total) == (ScanStatus.ERROR, 0)
    assert await admin.scans.report(*APP) is None


@pytest.mark.usefixtures("ship", "control")
async def test_a_second_scan_is_refused_while_one_runs(admin: HarborClient) -> None:
    await admin.scans.start(*APP)

    with pytest.raises(Conflict, match="a previous scan process is Running"):
        await admin.scans.start(*APP)


@pytest.mark.usefixtures("ship")
async def test_without_a_scanner_nothing_is_scanned(admin: HarborClient, caller: ApiCaller) -> None:
    await push(caller, "ship/group/app", "1")

    assert await admin.scans.overview(*APP) is None
    with pytest.raises(PreconditionFailed, match="no available scanner"):
        await admin.scans.start(*APP)
    with pytest.raises(NotFound):
        await admin.scans.report(*APP)


@pytest.mark.usefixtures("ship", "control")
async def test_an_unknown_artifact_is_not_found(admin: HarborClient) -> None:
    with pytest.raises(NotFound):
        await admin.scans.overview("ship", "group/app", "2")
    with pytest.raises(InvalidRequest):
        await admin.scans.overview("ship", "group/app", "not/a/tag")


async def test_words_of_a_newer_harbor_are_unknown_not_errors(serve: Serve) -> None:
    document = {
        "application/vnd.security.vulnerability.report; version=1.1": {
            "generated_at": "2026-08-26T16:32:21.923910328Z",
            "severity": "Apocalyptic",
            "vulnerabilities": [{"id": "CVE-1", "severity": "Apocalyptic", "links": None}],
        }
    }

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.json_response(document)

    _, client = await serve(answer)

    report = await client.scans.report(*APP)

    assert report is not None
    assert [entry.severity for entry in report.vulnerabilities] == [Severity.UNKNOWN]


@pytest.mark.usefixtures("ship")
async def test_an_sbom_is_generated_and_read(
    harbor: HarborSimulator, admin: HarborClient, control: ApiCaller
) -> None:
    await control("PUT", "/findings", {"vulnerabilities": [OPENSSL]})
    before = await admin.scans.sbom_overview(*APP)
    await admin.scans.start(*APP, kind=ScanKind.SBOM)
    harbor.clock.offset_seconds = 61

    overview = await admin.scans.sbom_overview(*APP)

    assert before is None
    assert overview is not None
    assert overview.status is ScanStatus.SUCCESS
    document = await admin.scans.sbom("ship", "group/app", overview.sbom_digest)
    assert "openssl" in {package["name"] for package in document["packages"]}
    with pytest.raises(InvalidRequest):
        await admin.scans.sbom("ship", "group/app", "1")
