"""Clients and servers for the tests of the Harbor client."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession, DummyCookieJar, web
from pydantic import SecretStr

from harbor_operator.harbor import CreatedRobot, Credentials, HarborClient, Limits
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.harbor_clients import NARROW, PULLER, client_for
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]

ROBOT = Credentials("robot$tester", SecretStr("Robot-Secret-1"))
QUICK = Limits(timeout_seconds=2, max_concurrent=4, per_second=1000, max_response_bytes=100_000)


def as_robot(script: Script) -> Script:
    """Let a robot in, and answer everything else by the script."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/api/v2.0/users/current":
            return web.json_response({"errors": [{"code": "PRECONDITION"}]}, status=412)
        return await script(request)

    return answer


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a scripted Harbor and a client that is a robot there."""
    async with AsyncExitStack() as stack:

        async def start(script: Script) -> tuple[ScriptedServer, HarborClient]:
            server = await stack.enter_async_context(ScriptedServer(as_robot(script)))
            client = HarborClient(server.url, ROBOT, limits=QUICK, jitter=lambda: 0.0)
            return server, await stack.enter_async_context(client)

        yield start


@pytest.fixture
async def harbor() -> AsyncIterator[HarborSimulator]:
    async with HarborSimulator() as simulator:
        yield simulator


@pytest.fixture
async def admin(harbor: HarborSimulator) -> AsyncIterator[HarborClient]:
    async with client_for(harbor, harbor.admin_username, harbor.admin_password) as client:
        yield client


@pytest.fixture
async def caller(harbor: HarborSimulator) -> AsyncIterator[ApiCaller]:
    """The administrator without the client, for what the client cannot make."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        caller = ApiCaller(session, harbor.url)
        yield caller.signed_in(harbor.admin_username, harbor.admin_password)


@pytest.fixture
async def ship(admin: HarborClient) -> int:
    return await admin.projects.create("ship", metadata={"public": "false"})


@pytest.fixture
async def puller(admin: HarborClient, ship: int) -> CreatedRobot:  # noqa: ARG001 - its project
    return await admin.robots.create(PULLER)


@pytest.fixture
async def narrow(harbor: HarborSimulator, admin: HarborClient) -> AsyncIterator[HarborClient]:
    created = await admin.robots.create(NARROW)
    async with client_for(harbor, created.name, created.secret) as client:
        yield client
