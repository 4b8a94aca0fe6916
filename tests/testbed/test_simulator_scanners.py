"""Scanners can be registered and chosen, and schedules for scans depend on them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from testbed.harbor import HarborSimulator
from tests.support.simulated_harbor import SimulatedHarbor, running

SCANNERS = "/api/v2.0/scanners"
PROJECT = "/api/v2.0/projects/team"
PROJECT_SCANNER = f"{PROJECT}/scanner"
SCANS = "/api/v2.0/system/scanAll/schedule"
TRIVY = {"name": "Trivy", "url": "http://trivy-adapter:8080"}
OTHER = {"name": "other", "url": "http://other-adapter:8080"}
NIGHTLY = {"schedule": {"type": "Daily", "cron": "0 0 2 * * *"}}


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator()) as harbor:
        await harbor.create_project("team")
        yield harbor


@asynccontextmanager
async def adapter(document: object) -> AsyncIterator[str]:
    async def metadata(_: web.Request) -> web.Response:
        return web.json_response(document)

    application = web.Application()
    application.router.add_get("/api/v1/metadata", metadata)
    async with TestServer(application, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


async def test_a_project_uses_the_default_scanner_until_it_chooses_one(
    harbor: SimulatedHarbor,
) -> None:
    trivy = (await harbor.control("POST", "/scanners", TRIVY)).field("uuid")
    other = (await harbor.admin("POST", SCANNERS, OTHER)).headers["Location"].rpartition("/")[2]

    default = await harbor.admin("GET", PROJECT_SCANNER)
    await harbor.admin("PUT", PROJECT_SCANNER, {"uuid": other})
    chosen = await harbor.admin("GET", PROJECT_SCANNER)

    assert (default.field("uuid"), default.field("name")) == (trivy, "Trivy")
    assert (chosen.field("uuid"), chosen.field("health")) == (other, "healthy")
    metadata = await harbor.admin("GET", f"{PROJECT}/metadatas/")
    assert metadata.field("projectScanner") == other
    assert "projectScanner" not in (await harbor.admin("GET", PROJECT)).text


async def test_a_choice_is_forgotten_with_its_scanner(harbor: SimulatedHarbor) -> None:
    location = (await harbor.admin("POST", SCANNERS, OTHER)).headers["Location"]
    await harbor.admin("PUT", PROJECT_SCANNER, {"uuid": location.rpartition("/")[2]})

    deleted = await harbor.admin("DELETE", location)
    shown = await harbor.admin("GET", PROJECT_SCANNER)

    assert deleted.field("name") == "other"
    assert (shown.status, shown.text) == (200, "")
    assert "projectScanner" not in (await harbor.admin("GET", f"{PROJECT}/metadatas/")).text


async def test_candidates_are_all_scanners_with_the_default_first(harbor: SimulatedHarbor) -> None:
    await harbor.control("POST", "/scanners", TRIVY)
    await harbor.admin("POST", SCANNERS, OTHER)

    listed = await harbor.admin("GET", f"{PROJECT_SCANNER}/candidates")

    assert listed.headers["X-Total-Count"] == "2"
    assert listed.text.index('"name": "Trivy"') < listed.text.index('"name": "other"')


async def test_the_adapter_on_loopback_is_really_asked(harbor: SimulatedHarbor) -> None:
    scanner = {"name": "Clair", "vendor": "Example", "version": "1"}
    document = {"scanner": scanner, "capabilities": [{"type": "vulnerability"}]}
    async with adapter(document) as url:
        created = await harbor.admin("POST", SCANNERS, {"name": "clair", "url": url})
        shown = await harbor.admin("GET", PROJECT_SCANNER)
    async with adapter({}) as url:
        refused = await harbor.admin("POST", SCANNERS, {"name": "empty", "url": url})
    gone = await harbor.admin("GET", PROJECT_SCANNER)

    assert (created.status, refused.status) == (201, 500)
    assert (shown.field("vendor"), gone.field("health")) == ("Example", "unhealthy")


async def test_names_are_checked(harbor: SimulatedHarbor) -> None:
    installed = await harbor.control("POST", "/scanners", TRIVY)

    reserved = await harbor.admin("POST", SCANNERS, {**OTHER, "name": "Trivy"})
    fixed = await harbor.admin("DELETE", f"{SCANNERS}/{installed.field('uuid')}")
    taken = await harbor.admin("POST", SCANNERS, {**OTHER, "url": TRIVY["url"]})

    assert (reserved.status, fixed.status, taken.status) == (400, 403, 409)


async def test_scans_are_scheduled_once_and_only_with_a_scanner(harbor: SimulatedHarbor) -> None:
    without = await harbor.admin("POST", SCANS, NIGHTLY)
    await harbor.control("POST", "/scanners", TRIVY)

    first = await harbor.admin("POST", SCANS, NIGHTLY)
    second = await harbor.admin("POST", SCANS, NIGHTLY)
    manual = await harbor.admin("PUT", SCANS, {"schedule": {"type": "Manual"}})
    shown = await harbor.admin("GET", SCANS)
    ended = await harbor.admin("PUT", SCANS, {"schedule": {"type": "None"}})

    statuses = [reply.status for reply in (without, first, second, manual, ended)]
    assert statuses == [412, 201, 412, 400, 200]
    assert shown.field("schedule") == "{'cron': '0 0 2 * * *', 'type': 'Daily'}"
    assert (await harbor.admin("GET", SCANS)).text == ""
