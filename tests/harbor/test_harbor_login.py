"""How a user logs in once, how a lost session is noticed, and who uses basic authentication."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

import pytest
from aiohttp import BasicAuth, web
from pydantic import SecretStr

from harbor_operator.harbor import Credentials, HarborClient, Identity, IdentityKind, Limits
from harbor_operator.harbor.errors import AuthenticationFailed, ServerError
from tests.support.scripted_server import ScriptedServer

PASSWORD = "Right-Password-1"
ADMIN = Credentials("admin", SecretStr(PASSWORD))
FAST = Limits(per_second=1000)
TOKEN = "csrf-token"
ANONYMOUS = Identity(IdentityKind.ANONYMOUS, "")


@dataclass
class Door:
    """As much of Harbor as decides who somebody is."""

    sessions: set[str] = field(default_factory=set)
    logins: int = 0
    has_login_page: bool = True
    login_status: int = 200
    robot_name: str = "machine$operator"

    async def script(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/c/login":
            return await self.login(request)
        response = self.api(request)
        sid = SimpleCookie(request.headers.get("Cookie", "")).get("sid")
        if sid is None or sid.value not in self.sessions:
            response.set_cookie("sid", "visitor")
        return response

    async def login(self, request: web.BaseRequest) -> web.StreamResponse:
        if not self.has_login_page:
            return web.Response(status=404)
        if request.method == "GET":
            page = web.Response(status=404, headers={"X-Harbor-CSRF-Token": TOKEN})
            page.set_cookie("sid", "visitor")
            page.set_cookie("_gorilla_csrf", "signed")
            return page
        self.logins += 1
        await asyncio.sleep(0.02)
        form = parse_qs((await request.read()).decode())
        if self.login_status != 200 or form != {"principal": ["admin"], "password": [PASSWORD]}:
            return web.Response(status=self.login_status if self.login_status != 200 else 401)
        entered = web.Response()
        entered.set_cookie("sid", f"session-{self.logins}")
        self.sessions.add(f"session-{self.logins}")
        return entered

    def api(self, request: web.BaseRequest) -> web.Response:
        cookies = SimpleCookie(request.headers.get("Cookie", ""))
        unsafe = request.method not in {"GET", "HEAD"}
        if unsafe and "sid" in cookies and request.headers.get("X-Harbor-CSRF-Token") != TOKEN:
            return refusal(403, "CSRF token invalid")
        known = "sid" in cookies and cookies["sid"].value in self.sessions
        name = "admin" if known else basic_name(request, self.robot_name)
        return self.answer_to(name, request)

    def answer_to(self, name: str, request: web.BaseRequest) -> web.Response:
        match request.method, request.path:
            case "GET", "/api/v2.0/projects":
                rows = [{"project_id": 1, "name": "secret" if name else "public"}]
                return web.json_response(rows, headers={"X-Total-Count": "1"})
            case "POST", _ if name:
                return web.Response(status=201, headers={"Location": "/api/v2.0/projects/9"})
            case "GET", "/api/v2.0/users/current" if name == self.robot_name:
                return refusal(412, "get current user not available")
            case "GET", "/api/v2.0/users/current" if name:
                return web.json_response({"username": name})
            case _:
                return refusal(401, "unauthorized")


def refusal(status: int, message: str) -> web.Response:
    return web.json_response({"errors": [{"code": "X", "message": message}]}, status=status)


def basic_name(request: web.BaseRequest, robot_name: str) -> str:
    header = request.headers.get("Authorization")
    if header is None:
        return ""
    login = BasicAuth.decode(header)
    return (
        login.login if login.password == PASSWORD and login.login in {"admin", robot_name} else ""
    )


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def server(door: Door) -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer(door.script) as started:
        yield started


@pytest.fixture
async def admin(server: ScriptedServer) -> AsyncIterator[HarborClient]:
    async with HarborClient(server.url, ADMIN, limits=FAST) as client:
        yield client


async def test_many_tasks_of_a_user_share_one_login(
    door: Door, server: ScriptedServer, admin: HarborClient
) -> None:
    await asyncio.gather(*(admin.system.probe() for _ in range(50)))

    assert door.logins == 1
    assert not [seen for seen in server.requests if "Authorization" in seen.headers]


async def test_a_session_writes_with_the_token_of_the_login_page(admin: HarborClient) -> None:
    assert await admin.projects.create("ship", metadata={}) == 9


async def test_a_lost_session_is_renewed_once_for_all_tasks(
    door: Door, admin: HarborClient
) -> None:
    await admin.system.probe()
    door.sessions.clear()

    identities = await asyncio.gather(*(admin.system.probe() for _ in range(20)))

    assert identities == [Identity(IdentityKind.USER, "admin")] * 20
    assert door.logins == 2


async def test_a_list_is_not_believed_when_the_session_was_lost(
    door: Door, admin: HarborClient
) -> None:
    await admin.system.probe()
    door.sessions.clear()

    projects = await admin.projects.list()

    assert [project.name for project in projects] == ["secret"]


async def test_a_write_is_sent_again_after_the_session_was_lost(
    door: Door, admin: HarborClient
) -> None:
    await admin.system.probe()
    door.sessions.clear()

    assert await admin.projects.create("ship", metadata={}) == 9


async def test_a_session_that_is_never_kept_is_an_authentication_failure(
    door: Door, server: ScriptedServer
) -> None:
    async def forgetful(request: web.BaseRequest) -> web.StreamResponse:
        response = await door.script(request)
        door.sessions.clear()
        return response

    server.script = forgetful
    async with HarborClient(server.url, ADMIN, limits=FAST) as client:
        with pytest.raises(AuthenticationFailed):
            await client.projects.list()


async def test_a_wrong_password_is_tried_once_for_all_tasks_and_then_remembered(
    door: Door, server: ScriptedServer
) -> None:
    async with HarborClient(server.url, Credentials("admin", SecretStr("wrong"))) as client:
        identities = await asyncio.gather(*(client.system.probe() for _ in range(20)))
        with pytest.raises(AuthenticationFailed):
            await client.projects.list()

    assert identities == [ANONYMOUS] * 20
    assert door.logins == 1
    assert len(server.requests) == 3


async def test_without_a_login_page_a_user_uses_basic_authentication_without_cookies(
    door: Door, server: ScriptedServer, admin: HarborClient
) -> None:
    door.has_login_page = False

    identity = await admin.system.probe()

    assert identity == Identity(IdentityKind.USER, "admin")
    assert not [seen for seen in server.requests if "Cookie" in seen.headers]


async def test_a_user_of_an_identity_provider_uses_basic_authentication(
    door: Door, admin: HarborClient
) -> None:
    door.login_status = 403

    assert await admin.system.probe() == Identity(IdentityKind.USER, "admin")


async def test_a_robot_under_a_changed_prefix_is_recognised(server: ScriptedServer) -> None:
    robot = Credentials("machine$operator", SecretStr(PASSWORD))
    async with HarborClient(server.url, robot) as client:
        identity = await client.system.probe()

        assert identity == Identity(IdentityKind.ROBOT, "machine$operator")
        assert await client.projects.create("ship", metadata={}) == 9


async def test_a_robot_under_the_usual_prefix_never_tries_to_log_in(
    door: Door, server: ScriptedServer
) -> None:
    door.robot_name = "robot$operator"
    robot = Credentials("robot$operator", SecretStr(PASSWORD))
    async with HarborClient(server.url, robot) as client:
        identity = await client.system.probe()

    assert identity == Identity(IdentityKind.ROBOT, "robot$operator")
    assert [seen.target for seen in server.requests if seen.target == "/c/login"] == []


async def test_a_server_error_at_the_login_is_not_taken_for_a_wrong_password(
    door: Door, admin: HarborClient
) -> None:
    door.login_status = 500
    with pytest.raises(ServerError):
        await admin.system.probe()
    door.login_status = 200

    assert await admin.system.probe() == Identity(IdentityKind.USER, "admin")
