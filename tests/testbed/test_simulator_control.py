"""Another process can steer the simulator through its control API."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from testbed.harbor import HarborSimulator
from tests.support.simulated_harbor import SimulatedHarbor, running

PING = "/api/v2.0/ping"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator()) as harbor:
        yield harbor


async def test_it_shows_and_resets_the_request_counters(harbor: SimulatedHarbor) -> None:
    await harbor.anonymous("GET", PING)

    shown = await harbor.control("GET", "/requests")
    await harbor.control("DELETE", "/requests")
    reset = await harbor.control("GET", "/requests")

    count = {"method": "GET", "template": PING, "status": 200, "count": 1}
    assert shown.body == {"total": 1, "reads": 1, "writes": 0, "counts": [count]}
    assert reset.field("total") == "0"


async def test_it_adds_shows_and_removes_faults(harbor: SimulatedHarbor) -> None:
    rule = {"kind": "status", "path": PING, "status": 503}
    added = await harbor.control("POST", "/faults", rule)
    number = added.field("number")

    hit = await harbor.anonymous("GET", PING)
    shown = await harbor.control("GET", "/faults")
    await harbor.control("DELETE", f"/faults/{number}")
    spared = await harbor.anonymous("GET", PING)

    assert (hit.status, spared.status) == (503, 200)
    assert f'"{number}"' in shown.text


async def test_it_switches_modes_and_clears_them(harbor: SimulatedHarbor) -> None:
    await harbor.control("PUT", "/modes", {"read_only": True})
    refused = await harbor.admin("POST", "/api/v2.0/projects", {"project_name": "team"})
    await harbor.control("DELETE", "/faults")
    accepted = await harbor.admin("POST", "/api/v2.0/projects", {"project_name": "team"})

    assert (refused.status, accepted.status) == (403, 201)


async def test_it_takes_and_restores_snapshots(harbor: SimulatedHarbor) -> None:
    taken = await harbor.control("POST", "/snapshots")
    await harbor.create_project("team")
    with_project = await harbor.control("GET", "/projects")

    await harbor.control("POST", f"/snapshots/{taken.field('number')}/restore")

    assert "team" in with_project.text
    assert "team" not in (await harbor.control("GET", "/projects")).text


async def test_it_shifts_the_clock(harbor: SimulatedHarbor) -> None:
    await harbor.control("PUT", "/clock", {"offset_seconds": 100 * 365 * 86400})

    date = (await harbor.anonymous("GET", PING)).headers["Date"]

    assert any(f" 21{decade}" in date for decade in "123456789")


async def test_it_lists_robots_without_their_secrets(harbor: SimulatedHarbor) -> None:
    await harbor.create_project("team")
    robot = await harbor.create_robot("team", "puller")

    listed = await harbor.control("GET", "/robots")

    assert robot.name in listed.text
    assert robot.password not in listed.text


async def test_it_makes_components_unhealthy(harbor: SimulatedHarbor) -> None:
    await harbor.control("PUT", "/health", {"redis": "connection refused"})

    assert (await harbor.anonymous("GET", "/api/v2.0/health")).field("status") == "unhealthy"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("POST", "/faults", {"kind": "bogus"}, id="unknown kind of fault"),
        pytest.param("POST", "/faults", {"kind": "drop", "bogus": 1}, id="unknown field"),
        pytest.param("POST", "/snapshots/7/restore", None, id="unknown snapshot"),
        pytest.param("PUT", "/configuration", {"bogus": 1}, id="unknown setting"),
    ],
)
async def test_it_explains_mistakes(
    harbor: SimulatedHarbor, method: str, path: str, body: object
) -> None:
    reply = await harbor.control(method, path, body)

    assert (reply.status, bool(reply.field("error"))) == (400, True)


async def test_a_process_of_its_own_says_where_it_listens_and_stops_on_a_signal() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "testbed.harbor", stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    where = json.loads(await program.stdout.readline())

    async with ClientSession() as session, session.get(where["url"] + PING) as reply:
        answer = await reply.text()
    program.send_signal(signal.SIGTERM)

    assert answer == "Pong"
    assert await program.wait() == 0
