"""No error shows a password, a body, a header or a query, however deep somebody looks."""

import asyncio
import json
import traceback
from base64 import b64encode
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from pydantic import SecretStr

from harbor_operator.harbor import (
    Credentials,
    HarborClient,
    Limits,
    NewRegistry,
    RegistryChange,
    WebhookPolicy,
    WebhookTarget,
)
from harbor_operator.harbor.errors import HarborError
from tests.support.scripted_server import Script, ScriptedServer

CANARY = "Canary-0123456789"
SHORT = Limits(timeout_seconds=0.2)
Act = Callable[[HarborClient], Awaitable[object]]


def answer(status: int, body: str) -> Script:
    async def script(_: web.BaseRequest) -> web.StreamResponse:
        headers = {"X-Total-Count": CANARY, "Location": f"/{CANARY}", "Set-Cookie": f"a={CANARY}"}
        return web.Response(status=status, text=body, headers=headers)

    return script


async def hang_up(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def never(_: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


def saying(message: str) -> str:
    return json.dumps({"errors": [{"code": "BAD_REQUEST", "message": message}]})


FAILURES = {
    **{f"status {code}": answer(code, saying(CANARY)) for code in (401, 403, 404, 429, 500, 503)},
    "redirect": answer(302, CANARY),
    "not JSON": answer(200, CANARY),
    "broken token": answer(200, json.dumps({"token": f"a.{CANARY}.b"})),
    "connection broken": hang_up,
    "time-out": never,
}
SECRET = SecretStr(CANARY)
OTHER = Credentials("robot$ship+puller", SECRET)
HOOK = WebhookPolicy(
    name="hook",
    targets=(WebhookTarget(type="http", address="http://hook", auth_header=SECRET),),
)
HUB = NewRegistry("hub", "harbor", "https://hub", access_key="bot", access_secret=SECRET)
WITH_SECRETS: dict[str, Act] = {
    "a robot's secret": lambda client: client.robots.refresh_secret(1, SECRET),
    "a new webhook": lambda client: client.webhooks.create(1, HOOK),
    "a webhook": lambda client: client.webhooks.replace(1, 2, HOOK),
    "a new registry": lambda client: client.registries.create(HUB),
    "a registry": lambda client: client.registries.update(1, RegistryChange(access_secret=SECRET)),
}
"""Requests that carry a secret."""
ACTIONS: dict[str, Act] = {
    "session": lambda client: client.system.probe(),
    "read": lambda client: client.projects.list(),
    **WITH_SECRETS,
    "token": lambda client: client.registry.token(OTHER, ["repository:ship/x:pull"]),
    "delete": lambda client: client.projects.delete(1),
}


def shown_in(text: str) -> list[str]:
    """The secrets found in a text, in the clear or as basic authentication carries them."""
    names = ("admin", "robot$operator", OTHER.username)
    encoded = [b64encode(f"{name}:{CANARY}".encode()).decode() for name in names]
    return [secret for secret in (CANARY, *encoded) if secret in text]


def everything_told_by(error: BaseException) -> str:
    """Texts of an error and of all that it carries, with the locals of every frame."""
    told = [repr(error), str(error), repr(error.args), repr(vars(error))]
    deep = traceback.TracebackException.from_exception(error, capture_locals=True)
    own = [line for line in deep.format() if "/harbor/test_harbor_secrecy.py" not in line]
    linked = [link for link in (error.__cause__, error.__context__) if link is not None]
    return "\n".join([*told, *own, *map(everything_told_by, linked)])


@pytest.mark.parametrize("username", ["admin", "robot$operator"])
@pytest.mark.parametrize("act", ACTIONS.values(), ids=ACTIONS.keys())
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
async def test_no_error_shows_a_secret(failure: Script, act: Act, username: str) -> None:
    credentials = Credentials(username, SECRET)
    told = ""
    async with (
        ScriptedServer(failure) as server,
        HarborClient(server.url, credentials, limits=SHORT) as client,
    ):
        try:
            await act(client)
        except HarborError as error:
            told = everything_told_by(error)

    assert not shown_in(told)


@pytest.mark.parametrize("act", ACTIONS.values(), ids=ACTIONS.keys())
@pytest.mark.parametrize(
    "failure",
    [answer(400, saying("wrong")), hang_up, never],
    ids=["refused", "connection broken", "time-out"],
)
async def test_no_error_after_a_good_login_shows_a_secret(failure: Script, act: Act) -> None:
    async def script(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/c/login":
            return web.Response(
                headers={"X-Harbor-CSRF-Token": CANARY, "Set-Cookie": f"sid={CANARY}"}
            )
        return await failure(request)

    async with (
        ScriptedServer(script) as server,
        HarborClient(server.url, Credentials("admin", SECRET), limits=SHORT) as client,
    ):
        with pytest.raises(HarborError) as caught:
            await act(client)

    assert not shown_in(everything_told_by(caught.value))


@pytest.mark.parametrize("act", WITH_SECRETS.values(), ids=WITH_SECRETS.keys())
@pytest.mark.parametrize("status", [400, 409, 412, 422])
async def test_harbors_message_about_a_refused_secret_is_dropped(act: Act, status: int) -> None:
    async def script(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({}, status=412)
        return web.json_response(json.loads(saying(f"{CANARY} is too weak")), status=status)

    async with (
        ScriptedServer(script) as server,
        HarborClient(server.url, Credentials("robot$a", SecretStr("x"))) as client,
    ):
        with pytest.raises(HarborError) as caught:
            await act(client)

    assert not shown_in(everything_told_by(caught.value))


def test_credentials_do_not_print_their_password() -> None:
    assert CANARY not in repr(OTHER)


@pytest.mark.parametrize("failure", [hang_up, never], ids=["connection broken", "time-out"])
async def test_no_error_of_the_login_itself_shows_a_secret(failure: Script) -> None:
    async def script(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response(
                headers={"X-Harbor-CSRF-Token": CANARY, "Set-Cookie": f"sid={CANARY}"}
            )
        return await failure(request)

    async with (
        ScriptedServer(script) as server,
        HarborClient(server.url, Credentials("admin", SECRET), limits=SHORT) as client,
    ):
        with pytest.raises(HarborError) as caught:
            await client.system.probe()

    assert not shown_in(everything_told_by(caught.value))
