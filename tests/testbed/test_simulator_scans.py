"""Scans take their time, find what was planted, and are shown as Harbor shows Trivy's."""

import json
from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.findings import APT, OPENSSL, TRIVY
from tests.support.image import (
    CONFIG,
    CONFIG_TYPE,
    MANIFEST,
    digest_of,
    index,
    manifest,
    push,
    push_manifest,
)
from tests.support.simulated_harbor import SimulatedHarbor, running

ARTIFACT = "/api/v2.0/projects/team/repositories/app/artifacts/1"
VULNERABILITIES = f"{ARTIFACT}/additions/vulnerabilities"
OVERVIEW = f"{ARTIFACT}?with_scan_overview=true"
REPORT = "application/vnd.security.vulnerability.report; version=1.1"
NATIVE = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await harbor.control("PUT", "/scans", {"seconds": 60, "pending_seconds": 10})
        await push(harbor.admin, "team/app", "1")
        yield harbor


async def install(harbor: SimulatedHarbor) -> None:
    await harbor.control("POST", "/scanners", TRIVY)


async def overview(harbor: SimulatedHarbor) -> dict[str, object]:
    document = json.loads((await harbor.admin("GET", OVERVIEW)).text)
    shown: dict[str, object] = document.get("scan_overview", {}).get(REPORT, {})
    return shown


async def test_a_scan_waits_runs_and_ends(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    before = await overview(harbor)

    started = await harbor.admin("POST", f"{ARTIFACT}/scan", {"scan_type": "vulnerability"})

    waiting = await overview(harbor)
    harbor.simulator.clock.offset_seconds = 30
    going_on = await overview(harbor)
    harbor.simulator.clock.offset_seconds = 71
    ended = await overview(harbor)
    assert (started.status, before) == (202, {})
    assert (waiting["scan_status"], waiting["start_time"]) == (
        "Pending",
        "0001-01-01T00:00:00.000Z",
    )
    assert (going_on["scan_status"], going_on["end_time"]) == (
        "Running",
        "0001-01-01T00:00:00.000Z",
    )
    assert "summary" not in going_on
    assert (ended["scan_status"], ended["severity"]) == ("Success", "None")
    assert (ended["duration"], ended["complete_percent"]) == (60, 100)
    assert ended["summary"] == {"total": 0, "fixable": 0, "summary": {}}


async def test_what_was_planted_is_found_in_the_shape_of_trivy(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    planted = {"repository": "team/app", "vulnerabilities": [OPENSSL, APT]}
    await harbor.control("PUT", "/findings", planted)
    await harbor.admin("POST", f"{ARTIFACT}/scan")
    unfinished = await harbor.admin("GET", VULNERABILITIES)

    harbor.simulator.clock.offset_seconds = 71

    shown = json.loads((await harbor.admin("GET", VULNERABILITIES)).text)[REPORT]
    assert unfinished.text == "{}"
    assert shown["severity"] == "High"
    assert shown["scanner"] == {"name": "Trivy", "vendor": "Aqua Security", "version": "v0.65.0"}
    assert shown["vulnerabilities"][0] == {
        "id": "CVE-2023-0286",
        "package": "openssl",
        "version": "1.1.1n-0+deb11u3",
        "fix_version": "1.1.1n-0+deb11u4",
        "severity": "High",
        "status": "fixed",
        "description": "X.400 address type confusion",
        "links": ["https://avd.aquasec.com/nvd/cve-2023-0286"],
        "artifact_digests": [digest_of(MANIFEST)],
        "preferred_cvss": {"score_v3": 7.4, "score_v2": None, "vector_v3": "", "vector_v2": ""},
        "cwe_ids": ["CWE-843"],
        "vendor_attributes": {"CVSS": OPENSSL["cvss"]},
    }
    assert shown["vulnerabilities"][1]["cwe_ids"] == [""]
    assert shown["vulnerabilities"][1]["preferred_cvss"]["score_v3"] is None
    summary = {"total": 2, "fixable": 1, "summary": {"High": 1, "Low": 1}}
    assert (await overview(harbor))["summary"] == summary


async def test_the_digest_counts_before_the_repository(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    await harbor.control(
        "PUT", "/findings", {"repository": "team/app", "vulnerabilities": [OPENSSL]}
    )
    own = {"digest": digest_of(MANIFEST), "vulnerabilities": [APT]}
    await harbor.control("PUT", "/findings", own)

    await harbor.admin("POST", f"{ARTIFACT}/scan")

    harbor.simulator.clock.offset_seconds = 71
    assert (await overview(harbor))["severity"] == "Low"


async def test_a_failed_scan_has_no_report(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    await harbor.control("PUT", "/findings", {"fails": True, "vulnerabilities": [OPENSSL]})

    await harbor.admin("POST", f"{ARTIFACT}/scan")

    harbor.simulator.clock.offset_seconds = 71
    failed = await overview(harbor)
    log = await harbor.admin("GET", f"{ARTIFACT}/scan/{failed['report_id']}/log")
    assert failed["scan_status"] == "Error"
    assert (await harbor.admin("GET", VULNERABILITIES)).text == "{}"
    assert "[ERROR]" in log.text


async def test_a_running_scan_is_not_started_again_but_can_be_stopped(
    harbor: SimulatedHarbor,
) -> None:
    await install(harbor)
    too_early = await harbor.admin("POST", f"{ARTIFACT}/scan/stop")
    await harbor.admin("POST", f"{ARTIFACT}/scan")

    again = await harbor.admin("POST", f"{ARTIFACT}/scan")
    stopped = await harbor.admin("POST", f"{ARTIFACT}/scan/stop", {"scan_type": "vulnerability"})

    assert (too_early.status, again.status, stopped.status) == (400, 409, 202)
    assert "a previous scan process is Pending" in again.text
    assert (await overview(harbor))["scan_status"] == "Stopped"
    assert (await harbor.admin("POST", f"{ARTIFACT}/scan")).status == 202


async def test_the_old_kind_of_report_is_not_made_by_trivy(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    await harbor.admin("POST", f"{ARTIFACT}/scan")
    harbor.simulator.clock.offset_seconds = 71

    old = await harbor.admin("GET", VULNERABILITIES, headers={"X-Accept-Vulnerabilities": NATIVE})
    both = await harbor.admin(
        "GET", VULNERABILITIES, headers={"X-Accept-Vulnerabilities": f"{NATIVE}, {REPORT}"}
    )

    assert old.text == "{}"
    assert list(json.loads(both.text)) == [REPORT]


async def test_an_artifact_links_to_its_reports_only_with_a_scanner(
    harbor: SimulatedHarbor,
) -> None:
    without = json.loads((await harbor.admin("GET", ARTIFACT)).text)["addition_links"]
    await install(harbor)

    shown = json.loads((await harbor.admin("GET", ARTIFACT)).text)["addition_links"]

    assert set(without) == {"build_history"}
    assert set(shown) == {"build_history", "sboms", "vulnerabilities"}
    linked = await harbor.admin("GET", shown["vulnerabilities"]["href"])
    assert (linked.status, linked.text) == (200, "{}")


async def test_only_who_may_scan_starts_a_scan(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    robot = await harbor.create_robot("team", "puller")

    refused = await robot("POST", f"{ARTIFACT}/scan")
    wrong = await harbor.admin("POST", f"{ARTIFACT}/scan", {"scan_type": "malware"})

    assert (refused.status, wrong.status) == (403, 422)


async def test_a_report_goes_with_its_artifact(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    await harbor.control("PUT", "/findings", {"vulnerabilities": [OPENSSL]})
    await harbor.admin("POST", f"{ARTIFACT}/scan")
    harbor.simulator.clock.offset_seconds = 71

    await harbor.admin("DELETE", ARTIFACT)
    await push(harbor.admin, "team/app", "1")

    assert await overview(harbor) == {}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/findings", {"vulnerabilities": [{**OPENSSL, "severity": "Awful"}]}),
        ("/findings", {"vulnerabilities": [{"id": "CVE-1"}]}),
        ("/findings", {"vulnerabilities": [{**APT, "color": "red"}]}),
        ("/scans", {"seconds": -1}),
        ("/scans", {"seconds": "long"}),
    ],
)
async def test_what_cannot_be_found_is_not_planted(
    harbor: SimulatedHarbor, path: str, body: object
) -> None:
    assert (await harbor.control("PUT", path, body)).status == 400


async def test_findings_are_taken_back(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    await harbor.control("PUT", "/findings", {"vulnerabilities": [OPENSSL]})

    await harbor.control("DELETE", "/findings")

    await harbor.admin("POST", f"{ARTIFACT}/scan")
    harbor.simulator.clock.offset_seconds = 71
    assert (await overview(harbor))["severity"] == "None"


async def test_an_index_shows_what_its_images_have_each_once(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    other = manifest(CONFIG_TYPE, CONFIG)
    await push_manifest(harbor.admin, "team/app", "", other)
    await push_manifest(harbor.admin, "team/app", "multi", index(MANIFEST, other))
    path = ARTIFACT.removesuffix("1") + "multi"
    await harbor.control("PUT", "/findings", {"vulnerabilities": [OPENSSL]})

    await harbor.admin("POST", f"{path}/scan")

    harbor.simulator.clock.offset_seconds = 71
    shown = json.loads((await harbor.admin("GET", f"{path}?with_scan_overview=true")).text)
    summary = shown["scan_overview"][REPORT]
    report = json.loads((await harbor.admin("GET", f"{path}/additions/vulnerabilities")).text)
    (entry,) = report[REPORT]["vulnerabilities"]
    log = await harbor.admin("GET", f"{path}/scan/{summary['report_id']}/log")
    assert (summary["scan_status"], summary["summary"]["total"]) == ("Success", 1)
    assert entry["artifact_digests"] == [digest_of(MANIFEST), digest_of(other)]
    assert log.text.count("Logs of report") == 2
    assert (await overview(harbor))["scan_status"] == "Success"


async def test_charts_and_the_like_are_not_scanned(harbor: SimulatedHarbor) -> None:
    await install(harbor)
    chart = manifest("application/vnd.cncf.helm.config.v1+json", CONFIG)
    await push_manifest(harbor.admin, "team/chart", "1", chart, CONFIG)
    path = "/api/v2.0/projects/team/repositories/chart/artifacts/1"

    scanned = await harbor.admin("POST", f"{path}/scan")
    report = await harbor.admin("GET", f"{path}/additions/vulnerabilities")

    assert (scanned.status, report.status) == (400, 404)
    assert "does not support scanning artifact with mime type" in scanned.text
