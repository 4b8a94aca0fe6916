"""The gate before the writes to Harbor: asked as late as possible, and for writes alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
from aiohttp import web
from pydantic import SecretStr

from harbor_operator.harbor import Credentials, HarborClient, Limits
from harbor_operator.harbor.errors import OutcomeUnknown
from testbed.harbor import HarborSimulator
from testbed.tools.waiting import until
from tests.support.closable_gate import ClosableGate, GateClosedError
from tests.support.harbor_clients import FAST, NARROW
from tests.support.scripted_server import ScriptedServer

ROBOT = Credentials("robot$tester", SecretStr("Robot-Secret-1"))
ONE_AT_A_TIME = Limits(timeout_seconds=5, max_concurrent=1, per_second=1000)

Write = Callable[[HarborClient], Awaitable[object]]


@pytest.fixture
def door() -> ClosableGate:
    return ClosableGate()


@pytest.fixture
def held_back() -> asyncio.Event:
    """Reads of the system's information are answered once this is set."""
    return asyncio.Event()


@pytest.fixture
async def server(held_back: asyncio.Event) -> AsyncIterator[ScriptedServer]:
    async def script(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/api/v2.0/users/current":
            return web.json_response({"errors": [{"code": "PRECONDITION"}]}, status=412)
        if request.path == "/api/v2.0/systeminfo":
            await held_back.wait()
        return web.json_response({"harbor_version": "v2.16.0"})

    async with ScriptedServer(script) as started:
        yield started


@pytest.fixture
async def gated(server: ScriptedServer, door: ClosableGate) -> AsyncIterator[HarborClient]:
    """A robot behind the gate, with one request at a time."""
    async with HarborClient(server.url, ROBOT, limits=ONE_AT_A_TIME, before_write=door) as client:
        yield client


def writes(server: ScriptedServer) -> list[str]:
    return [seen.method for seen in server.requests if seen.method != "GET"]


async def asked_for_information(server: ScriptedServer) -> bool:
    return "/api/v2.0/systeminfo" in server.targets()


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client: client.robots.create(NARROW), id="POST"),
        pytest.param(lambda client: client.projects.update(7, metadata={}), id="PUT"),
        pytest.param(
            lambda client: client.robots.refresh_secret(7, SecretStr("Fresh-Secret-1")), id="PATCH"
        ),
        pytest.param(lambda client: client.robots.delete(7), id="DELETE"),
    ],
)
async def test_a_closed_gate_stops_each_kind_of_write(
    server: ScriptedServer, door: ClosableGate, gated: HarborClient, write: Write
) -> None:
    door.closed = True

    with pytest.raises(GateClosedError) as caught:
        await write(gated)

    assert writes(server) == []
    assert caught.value.__context__ is None, "an exception in the chain may hold the request"


async def test_a_write_that_waited_for_its_turn_meets_the_gate_as_it_is_then(
    server: ScriptedServer, door: ClosableGate, gated: HarborClient, held_back: asyncio.Event
) -> None:
    reading = asyncio.create_task(gated.system.info())
    await until(partial(asked_for_information, server), within=5)
    writing = asyncio.create_task(gated.robots.delete(7))
    await asyncio.sleep(0.05)
    asked_while_waiting = door.asked

    door.closed = True
    held_back.set()
    await reading
    with pytest.raises(GateClosedError):
        await writing

    assert asked_while_waiting == 0
    assert writes(server) == []


async def test_a_gate_that_closes_between_headers_and_body_lets_nothing_out(
    server: ScriptedServer, door: ClosableGate, gated: HarborClient
) -> None:
    door.closes_after = 1

    with pytest.raises(OutcomeUnknown):
        await gated.robots.create(NARROW)

    assert door.asked == 2
    assert writes(server) == []


async def test_a_user_logs_in_and_reads_behind_a_closed_gate(harbor: HarborSimulator) -> None:
    closed = ClosableGate(closed=True)
    admin = Credentials(harbor.admin_username, SecretStr(harbor.admin_password))

    async with HarborClient(harbor.url, admin, limits=FAST, before_write=closed) as client:
        identity = await client.system.probe()
        with pytest.raises(GateClosedError):
            await client.projects.create("ship", metadata={})
        exists = await client.projects.exists("ship")

    assert identity.name == harbor.admin_username
    assert not exists
