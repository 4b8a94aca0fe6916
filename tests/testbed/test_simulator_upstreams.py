"""Other registries are called when they are written, and projects can be caches of them."""

from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.simulated_harbor import SimulatedHarbor, running

REGISTRIES = "/api/v2.0/registries"
PROJECTS = "/api/v2.0/projects"
CACHE = f"{PROJECTS}/cache"
HUB = "https://hub.docker.com"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator()) as harbor:
        yield harbor


async def create(harbor: SimulatedHarbor, **fields: object) -> int:
    body = {"name": "hub", "type": "docker-hub", "url": HUB, **fields}
    return (await harbor.admin("POST", REGISTRIES, body)).status


async def test_a_registry_elsewhere_answers_unless_it_is_said_not_to(
    harbor: SimulatedHarbor,
) -> None:
    await harbor.control("PUT", "/unreachable", {"urls": [HUB]})
    down = await create(harbor)
    await harbor.control("PUT", "/unreachable", {"urls": []})

    assert (down, await create(harbor)) == (400, 201)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"name": ""}, 400, id="no name"),
        pytest.param({"name": "x" * 65}, 400, id="long name"),
        pytest.param({"url": ""}, 400, id="no URL"),
        pytest.param({"url": "ftp://example.com"}, 400, id="scheme"),
        pytest.param({"url": "https://example.com:port"}, 400, id="port"),
        pytest.param({"type": "bogus"}, 500, id="unknown type"),
        pytest.param({"ca_certificate": "bogus"}, 400, id="no certificate"),
    ],
)
async def test_a_registry_is_checked(
    harbor: SimulatedHarbor, fields: dict[str, object], status: int
) -> None:
    assert await create(harbor, **fields) == status


async def test_an_update_keeps_what_is_absent_and_the_secret_with_its_url(
    harbor: SimulatedHarbor,
) -> None:
    await create(harbor, credential={"type": "basic", "access_key": "me", "access_secret": "s"})

    await harbor.admin("PUT", f"{REGISTRIES}/1", {"description": "mirror"})
    kept = await harbor.admin("GET", f"{REGISTRIES}/1")
    await harbor.admin("PUT", f"{REGISTRIES}/1", {"url": "https://example.com"})
    moved = await harbor.admin("GET", f"{REGISTRIES}/1")

    assert (kept.field("description"), kept.field("url")) == ("mirror", HUB)
    assert '"access_secret": "*****"' in kept.text
    assert '"access_key": "me"' in moved.text
    assert "access_secret" not in moved.text


async def test_an_update_calls_the_registry_again(harbor: SimulatedHarbor) -> None:
    async with FakeRegistry() as registry:
        created = await create(harbor, type="docker-registry", url=registry.url)
        pinged = await harbor.admin("POST", f"{REGISTRIES}/ping", {"id": 1})
    refused = await harbor.admin("PUT", f"{REGISTRIES}/1", {"description": "gone"})
    silent = await harbor.admin("POST", f"{REGISTRIES}/ping", {"id": 1})

    assert (created, pinged.status, refused.status, silent.status) == (201, 200, 400, 400)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"registry_id": 9}, 500, id="unknown registry"),
        pytest.param({"registry_id": 0}, 400, id="no registry"),
        pytest.param({"metadata": {"proxy_speed_kb": "fast"}}, 400, id="speed"),
        pytest.param({"metadata": {"max_upstream_conn": "1.5"}}, 400, id="connections"),
        pytest.param({"metadata": {"proxy_cache_filter_pattern": "a"}}, 400, id="filter"),
        pytest.param({"metadata": {"proxy_speed_kb": "-5"}}, 201, id="any number"),
    ],
)
async def test_a_proxy_cache_is_checked(
    harbor: SimulatedHarbor, fields: dict[str, object], status: int
) -> None:
    await create(harbor)
    body = {"project_name": "cache", "registry_id": 1, **fields}

    assert (await harbor.admin("POST", PROJECTS, body)).status == status


async def test_a_new_proxy_cache_gets_a_retention_policy(harbor: SimulatedHarbor) -> None:
    await create(harbor)
    await harbor.create_project("cache", registry_id=1)
    number = (await harbor.admin("GET", f"{CACHE}/metadatas/")).field("retention_id")

    policy = await harbor.admin("GET", f"/api/v2.0/retentions/{number}")

    assert '"params": {"nDaysSinceLastPull": 7}' in policy.text
    assert '"cron": "0 0 0 * * *"' in policy.text


@pytest.mark.parametrize(
    ("project", "key", "value", "status"),
    [
        pytest.param("cache", "max_upstream_conn", "0", 400, id="no connections"),
        pytest.param("cache", "max_upstream_conn", "-1", 200, id="any connections"),
        pytest.param("cache", "proxy_speed_kb", "9999999999", 400, id="too fast"),
        pytest.param("cache", "proxy_cache_filter_kind", "glob", 400, id="unknown kind"),
        pytest.param("cache", "proxy_cache_filter_pattern", "{a", 400, id="bad pattern"),
        pytest.param("cache", "proxy_cache_filter_pattern", "a/**", 200, id="pattern"),
        pytest.param("team", "proxy_cache_filter_pattern", "a", 400, id="ordinary project"),
    ],
)
async def test_a_single_setting_of_a_proxy_cache_is_checked(
    harbor: SimulatedHarbor, project: str, key: str, value: str, *, status: int
) -> None:
    await create(harbor)
    await harbor.create_project("cache", registry_id=1)
    await harbor.create_project("team")

    reply = await harbor.admin("POST", f"{PROJECTS}/{project}/metadatas/", {key: value})

    assert reply.status == status
