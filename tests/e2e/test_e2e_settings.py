"""The settings of which a project has one: restrictions, scans, the source of a cache."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from testbed.control_plane.api import Json
from testbed.endtoend.objects import condition, status_of
from tests.support.e2e_harbor import delete_upstream, find_upstream
from tests.support.e2e_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

BANDWIDTH_KBPS = 1000


async def test_what_harbor_refuses_to_serve_is_what_is_stated(stage: Stage) -> None:
    restrictions = {
        "blockSeverity": "High",
        "requireCosignSignature": True,
        "requireNotationSignature": False,
        "allowedCVEs": {
            "ids": ["CVE-2024-0001", "CVE-2024-0002"],
            "expiresAt": "2100-01-01T00:00:00Z",
        },
    }

    await stage.ready(stage.make.project("restricted", {"pullRestrictions": restrictions}))

    seen = await existing(stage, "restricted")
    assert {
        "prevent_vul": "true",
        "severity": "high",
        "enable_content_trust_cosign": "true",
        "enable_content_trust": "false",
        "reuse_sys_cve_allowlist": "false",
    }.items() <= seen["metadata"].items()
    allowed = seen["cve_allowlist"]
    assert {item["cve_id"] for item in allowed["items"]} == {"CVE-2024-0001", "CVE-2024-0002"}
    assert allowed["expires_at"] == 4102444800  # 2100-01-01


async def test_a_bill_of_materials_is_made_of_what_is_pushed(stage: Stage) -> None:
    await stage.ready(stage.make.project("sbom", {"scanning": {"sbomOnPush": True}}))

    seen = await existing(stage, "sbom")
    assert seen["metadata"]["auto_sbom_generation"] == "true"


async def test_a_project_uses_the_scanner_that_it_names(stage: Stage) -> None:
    [ready] = await stage.ready(stage.make.project("scanned"))
    path = f"/projects/{status_of(ready)['projectID']}/scanner"
    listed = await stage.account.require("GET", f"{path}/candidates?page_size=100") or ()
    enabled = (scanner for scanner in listed if not scanner["disabled"])
    # Choosing one that is no default shows a write; a Harbor without scanners shows the trouble.
    candidates = sorted(enabled, key=lambda scanner: bool(scanner["is_default"]))
    name = candidates[0]["name"] if candidates else "Trivy"
    project = stage.make.project("scanned", {"scanning": {"scanner": name}})

    await stage.apply(project)

    if candidates:
        await stage.ready(project)
        chosen = await stage.account.require("GET", path)
        assert chosen["uuid"] == candidates[0]["uuid"]
    else:
        refused = await stage.until_reason(project, "ScannerNotFound")
        assert "it has: none" in condition(refused, "Ready")["message"]


async def test_a_scanner_that_harbor_does_not_have_holds_nothing_else_up(stage: Stage) -> None:
    settings = {"scanning": {"onPush": True, "scanner": "no-such-scanner"}}
    project = stage.make.project("unscanned", settings)

    await stage.apply(project, stage.make.robot("unscanned", "unscanned", "Pull"))

    refused = await stage.until_reason(project, "ScannerNotFound")
    assert condition(refused, "Stalled")["status"] == "True"
    assert condition(refused, "Synced")["status"] == "False"
    seen = await existing(stage, "unscanned")
    assert seen["metadata"]["auto_scan"] == "true"
    await stage.ready(stage.make.robot("unscanned", "unscanned", "Pull"))


@pytest_asyncio.fixture(loop_scope="session")
async def connected_to_itself(stage: Stage) -> AsyncIterator[Json]:
    """A connection whose Harbor has itself as an upstream: another one may be out of reach."""
    name = stage.make.upstream_name("itself")
    registry = {
        "name": name,
        "type": "harbor",
        "url": stage.harbor.url,
        "insecureSkipTLSVerify": True,
    }
    connection = stage.make.connection(stage.harbor, "-upstream", registries=[registry])
    await stage.ready(connection)
    yield connection
    # The connection waits for the project, and Harbor keeps the upstream of a project.
    await stage.delete(stage.make.project("cache"), connection)
    await stage.account.delete_project(stage.make.project_name("cache"))
    await delete_upstream(stage.account, name)


async def test_a_proxy_cache_has_its_upstream_and_its_bandwidth(
    stage: Stage, connected_to_itself: Json
) -> None:
    upstream = stage.make.upstream_name("itself")
    settings = {
        "connectionRef": {"name": connected_to_itself["metadata"]["name"]},
        "proxyCache": {"registry": upstream, "bandwidthKBps": BANDWIDTH_KBPS},
        "deletionPolicy": "DeleteIfEmpty",
    }
    project = stage.make.project("cache", settings)

    await stage.ready(project)

    seen = await existing(stage, "cache")
    registry = await find_upstream(stage.account, upstream)
    assert registry is not None
    assert seen["registry_id"] == registry["id"]
    assert seen["metadata"]["proxy_speed_kb"] == str(BANDWIDTH_KBPS)
    await stage.delete(project)
    assert await stage.harbor_project("cache") is None


async def test_a_proxy_cache_waits_for_its_upstream(stage: Stage) -> None:
    settings = {"proxyCache": {"registry": stage.make.upstream_name("unknown")}}
    project = stage.make.project("waiting", settings)

    await stage.apply(project)

    waiting = await stage.until_reason(project, "WaitingForRegistry")
    assert condition(waiting, "Stalled") == {}
    assert await stage.harbor_project("waiting") is None


async def existing(stage: Stage, name: str) -> Json:
    """A test's project, which must be there."""
    seen = await stage.harbor_project(name)
    assert seen is not None
    return seen
