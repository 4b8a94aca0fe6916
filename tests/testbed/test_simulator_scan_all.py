"""Everything can be scanned at once, and what was found is summed up over all projects."""

import json
from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.findings import APT, OPENSSL, TRIVY
from tests.support.image import CONFIG, CONFIG_TYPE, digest_of, manifest, push, push_manifest
from tests.support.simulated_harbor import SimulatedHarbor, running

API = "/api/v2.0"
SCHEDULE = f"{API}/system/scanAll/schedule"
METRICS = f"{API}/scans/all/metrics"
NOW = {"schedule": {"type": "Manual"}}
OTHER = manifest(CONFIG_TYPE, CONFIG)


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        for project in ("one", "two"):
            await harbor.create_project(project)
        await harbor.control("POST", "/scanners", TRIVY)
        await harbor.control("PUT", "/scans", {"seconds": 60})
        await push(harbor.admin, "one/app", "1")
        await push_manifest(harbor.admin, "two/app", "2", OTHER, CONFIG)
        await harbor.control(
            "PUT", "/findings", {"repository": "one/app", "vulnerabilities": [OPENSSL, APT]}
        )
        yield harbor


async def metrics(harbor: SimulatedHarbor) -> dict[str, object]:
    shown: dict[str, object] = json.loads((await harbor.admin("GET", METRICS)).text)
    return shown


async def found(harbor: SimulatedHarbor, query: str = "") -> list[str]:
    rows = json.loads((await harbor.admin("GET", f"{API}/security/vul?{query}")).text)
    return [row["cve_id"] for row in rows]


async def test_all_artifacts_are_scanned(harbor: SimulatedHarbor) -> None:
    before = await metrics(harbor)
    started = await harbor.admin("POST", SCHEDULE, NOW)

    going_on = await metrics(harbor)
    again = await harbor.admin("POST", SCHEDULE, NOW)
    harbor.simulator.clock.offset_seconds = 61
    ended = await metrics(harbor)

    assert before == {"completed": 0, "ongoing": False, "total": 0}
    assert (started.status, again.status) == (201, 409)
    assert (going_on["total"], going_on["completed"], going_on["ongoing"]) == (2, 0, True)
    assert (ended["completed"], ended["ongoing"], ended["trigger"]) == (2, False, "Manual")
    assert ended["metrics"] == {"Pending": 0, "Running": 0, "Success": 2, "Error": 0, "Stopped": 0}


async def test_scanning_everything_can_be_stopped(harbor: SimulatedHarbor) -> None:
    too_early = await harbor.admin("POST", f"{API}/system/scanAll/stop")
    await harbor.admin("POST", SCHEDULE, NOW)

    stopped = await harbor.admin("POST", f"{API}/system/scanAll/stop")

    counts = (await metrics(harbor))["metrics"]
    assert (too_early.status, stopped.status) == (400, 202)
    assert counts == {"Pending": 0, "Running": 0, "Success": 0, "Error": 0, "Stopped": 2}


async def test_the_summary_counts_over_all_projects(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", SCHEDULE, NOW)
    harbor.simulator.clock.offset_seconds = 61

    path = f"{API}/security/summary?with_dangerous_cve=true&with_dangerous_artifact=true"
    summary = json.loads((await harbor.admin("GET", path)).text)

    assert (summary["total_artifact"], summary["scanned_cnt"]) == (2, 2)
    assert (summary["total_vuls"], summary["fixable_cnt"], summary["high_cnt"]) == (2, 1, 1)
    assert [row["cve_id"] for row in summary["dangerous_cves"]] == [OPENSSL["id"]]
    assert [row["repository_name"] for row in summary["dangerous_artifacts"]] == ["one/app"]


async def test_vulnerabilities_are_searched_over_all_projects(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", SCHEDULE, NOW)
    harbor.simulator.clock.offset_seconds = 61

    assert await found(harbor) == [OPENSSL["id"], APT["id"]]
    assert await found(harbor, "q=severity%3DLow") == [APT["id"]]
    assert await found(harbor, "q=cvss_score_v3%3D%5B7~8%5D") == [OPENSSL["id"]]
    assert await found(harbor, f"q=digest%3D{digest_of(OTHER)}") == []
    refused = await harbor.admin("GET", f"{API}/security/vul?q=color%3Dred")
    assert refused.status == 400


async def test_only_the_system_sees_everything(harbor: SimulatedHarbor) -> None:
    robot = await harbor.create_robot("one", "puller")

    statuses = {
        path: (await robot("GET", f"{API}{path}")).status
        for path in ("/security/summary", "/security/vul", "/scans/all/metrics")
    }

    assert set(statuses.values()) == {403}
