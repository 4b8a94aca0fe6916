"""Trouble on demand hits the requests that it is meant for, and only as often as asked."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientError, ClientSession

from testbed.harbor import HarborSimulator
from tests.support.simulated_harbor import SimulatedHarbor, running

PROJECTS = "/api/v2.0/projects"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator()) as harbor:
        yield harbor


@pytest.mark.parametrize(
    ("status", "content_type"),
    [
        pytest.param(429, "application/json; charset=utf-8", id="too many requests"),
        pytest.param(500, "application/json; charset=utf-8", id="internal error"),
        pytest.param(503, "text/html; charset=utf-8", id="from the proxy in front"),
    ],
)
async def test_a_status_fault_hits_the_next_requests_only(
    harbor: SimulatedHarbor, status: int, content_type: str
) -> None:
    harbor.simulator.faults.add_status(status, "GET", "/api/*/projects", times=1, retry_after=7)

    untouched = await harbor.admin("GET", "/api/v2.0/ping")
    hit = await harbor.admin("GET", PROJECTS)
    after = await harbor.admin("GET", PROJECTS)

    assert (untouched.status, hit.status, after.status) == (200, status, 200)
    assert (hit.headers["Content-Type"], hit.headers["Retry-After"]) == (content_type, "7")


@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after"])
async def test_a_dropped_connection_leaves_the_effect_or_not(
    harbor: SimulatedHarbor, *, after_effect: bool
) -> None:
    harbor.simulator.faults.add_drop("POST", PROJECTS, times=1, after_effect=after_effect)

    with pytest.raises(ClientError):
        await harbor.create_project("team")

    assert (await harbor.admin("GET", f"{PROJECTS}/team")).status == (200 if after_effect else 404)


async def test_an_error_can_hide_a_success(harbor: SimulatedHarbor) -> None:
    harbor.simulator.faults.add_status(502, "POST", times=1, after_effect=True)

    reply = await harbor.admin("POST", PROJECTS, {"project_name": "team"})

    assert reply.status == 502
    assert (await harbor.admin("GET", f"{PROJECTS}/team")).status == 200


async def test_latency_delays(harbor: SimulatedHarbor) -> None:
    harbor.simulator.faults.add_latency(0.1, path="/api/v2.0/ping")
    loop = asyncio.get_running_loop()
    started = loop.time()

    reply = await harbor.anonymous("GET", "/api/v2.0/ping")

    assert reply.status == 200
    assert loop.time() - started >= 0.1


async def test_read_only_mode_refuses_writes_until_cleared(harbor: SimulatedHarbor) -> None:
    harbor.simulator.faults.read_only = True
    refused = await harbor.admin("POST", PROJECTS, {"project_name": "team"})
    read = await harbor.admin("GET", PROJECTS)

    harbor.simulator.faults.clear()
    accepted = await harbor.admin("POST", PROJECTS, {"project_name": "team"})

    assert (refused.status, read.status, accepted.status) == (403, 200, 201)
    assert "DENIED" in refused.text


async def test_a_harbor_that_is_down_answers_nobody(harbor: SimulatedHarbor) -> None:
    harbor.simulator.faults.down = True

    with pytest.raises(ClientError):
        await harbor.anonymous("GET", "/api/v2.0/ping")

    harbor.simulator.faults.down = False
    assert (await harbor.anonymous("GET", "/api/v2.0/ping")).text == "Pong"


async def test_requests_are_counted_by_route_and_status(harbor: SimulatedHarbor) -> None:
    # The client repeats a dropped GET by itself, so the dropped request is a POST.
    harbor.simulator.faults.add_drop("POST", "/api/v2.0/labels", times=1)
    await harbor.create_project("team")
    await harbor.admin("GET", f"{PROJECTS}/team")
    await harbor.admin("GET", f"{PROJECTS}/nope")
    with pytest.raises(ClientError):
        await harbor.admin("POST", "/api/v2.0/labels", {"name": "owner", "scope": "g"})

    log = harbor.simulator.requests

    assert dict(log.counts) == {
        ("POST", PROJECTS, 201): 1,
        ("GET", f"{PROJECTS}/{{project}}", 200): 1,
        ("GET", f"{PROJECTS}/{{project}}", 404): 1,
        ("POST", "/api/v2.0/labels", 0): 1,
    }
    assert (log.reads, log.writes) == (2, 2)


async def test_writes_are_told_apart_by_their_user_agent(harbor: SimulatedHarbor) -> None:
    url, body = f"{harbor.simulator.url}{PROJECTS}", {"project_name": "team"}
    async with ClientSession(headers={"User-Agent": "blue/1"}) as blue:
        await blue.post(url, json=body)
        await blue.get(url)

    log = harbor.simulator.requests

    assert dict(log.written_by("blue")) == {("POST", PROJECTS, 401): 1}
    assert dict(log.written_by("green")) == {}
