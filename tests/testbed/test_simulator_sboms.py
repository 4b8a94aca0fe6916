"""Harbor has a scanner make SBOMs, which it pushes beside their images."""

import json
from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.findings import OPENSSL, TRIVY
from tests.support.image import MANIFEST, digest_of, push
from tests.support.simulated_harbor import SimulatedHarbor, running

PROJECT = "/api/v2.0/projects/team"
ARTIFACTS = f"{PROJECT}/repositories/app/artifacts"
IMAGE = f"{ARTIFACTS}/1"
LOG = f"{PROJECT}/auditlog-exts?sort=id"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await harbor.control("POST", "/scanners", TRIVY)
        await harbor.control("PUT", "/scans", {"seconds": 60})
        await harbor.control("PUT", "/findings", {"vulnerabilities": [OPENSSL]})
        yield harbor


async def generate(harbor: SimulatedHarbor) -> None:
    """Push the image and have its SBOM made, to the end."""
    await push(harbor.admin, "team/app", "1")
    await harbor.admin("POST", f"{IMAGE}/scan", {"scan_type": "sbom"})
    harbor.simulator.clock.offset_seconds += 61


async def overview(harbor: SimulatedHarbor) -> dict[str, object]:
    document = json.loads((await harbor.admin("GET", f"{IMAGE}?with_sbom_overview=true")).text)
    shown: dict[str, object] = document.get("sbom_overview", {})
    return shown


async def test_an_sbom_becomes_an_accessory_of_its_image(harbor: SimulatedHarbor) -> None:
    await generate(harbor)

    shown = await overview(harbor)
    (accessory,) = json.loads((await harbor.admin("GET", f"{IMAGE}/accessories")).text)

    assert (shown["scan_status"], shown["duration"]) == ("Success", 60)
    assert "report_id" not in shown
    assert (accessory["type"], accessory["digest"]) == ("sbom.harbor", shown["sbom_digest"])
    assert accessory["subject_artifact_digest"] == digest_of(MANIFEST)


async def test_an_sbom_names_what_was_found(harbor: SimulatedHarbor) -> None:
    await generate(harbor)
    digest = (await overview(harbor))["sbom_digest"]

    reply = await harbor.admin("GET", f"{ARTIFACTS}/{digest}/additions/sbom")

    document = json.loads(reply.text)
    packages = {entry["name"]: entry.get("versionInfo") for entry in document["packages"]}
    assert (reply.status, document["spdxVersion"]) == (200, "SPDX-2.3")
    assert packages["openssl"] == OPENSSL["version"]
    assert document["name"].endswith(f"/team/app@{digest_of(MANIFEST)}")
    assert (await harbor.admin("GET", f"{IMAGE}/additions/sbom")).status == 400


async def test_the_sbom_can_be_pulled_as_an_artifact(harbor: SimulatedHarbor) -> None:
    await generate(harbor)
    digest = (await overview(harbor))["sbom_digest"]

    manifest = json.loads((await harbor.admin("GET", f"/v2/team/app/manifests/{digest}")).text)
    layer = manifest["layers"][0]["digest"]
    blob = await harbor.admin("GET", f"/v2/team/app/blobs/{layer}")

    assert manifest["subject"]["digest"] == digest_of(MANIFEST)
    assert json.loads(blob.text)["spdxVersion"] == "SPDX-2.3"


async def test_a_running_generation_shows_its_status_alone(harbor: SimulatedHarbor) -> None:
    await push(harbor.admin, "team/app", "1")
    before = await overview(harbor)
    await harbor.admin("POST", f"{IMAGE}/scan", {"scan_type": "sbom"})

    shown = await overview(harbor)
    again = await harbor.admin("POST", f"{IMAGE}/scan", {"scan_type": "sbom"})

    assert before == {}
    assert shown["scan_status"] == "Running"
    assert shown["report_id"]
    assert again.status == 409
    assert "a previous sbom generate process is running" in again.text


async def test_a_new_sbom_takes_the_place_of_the_old(harbor: SimulatedHarbor) -> None:
    await generate(harbor)
    old = (await overview(harbor))["sbom_digest"]

    await harbor.admin("POST", f"{IMAGE}/scan", {"scan_type": "sbom"})

    between = await harbor.admin("GET", f"{IMAGE}/accessories")
    harbor.simulator.clock.offset_seconds += 61
    accessories = json.loads((await harbor.admin("GET", f"{IMAGE}/accessories")).text)
    assert between.text == "[]"
    assert [row["digest"] for row in accessories] != [old]
    assert len(accessories) == 1


async def test_a_push_makes_the_sbom_of_a_project_that_wants_it(harbor: SimulatedHarbor) -> None:
    await harbor.admin("PUT", PROJECT, {"metadata": {"auto_sbom_generation": "true"}})

    await push(harbor.admin, "team/app", "1")

    harbor.simulator.clock.offset_seconds = 61
    assert (await overview(harbor))["scan_status"] == "Success"


async def test_a_scan_appears_in_the_log_under_robots_of_its_own(harbor: SimulatedHarbor) -> None:
    await generate(harbor)

    entries = json.loads((await harbor.admin("GET", LOG)).text)

    lines = [(row["username"], row["operation"], row["resource_type"]) for row in entries[-4:]]
    robot = lines[1][0]
    assert robot.startswith("robot$team+")
    assert lines == [
        ("admin", "create", "robot"),
        (robot, "pull", "artifact"),
        (robot, "create", "artifact"),
        ("harbor-jobservice", "delete", "robot"),
    ]
    assert robot not in (await harbor.admin("GET", "/api/v2.0/robots?q=Level=project")).text
