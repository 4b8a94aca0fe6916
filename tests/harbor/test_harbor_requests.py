"""How requests look on the wire, how often they are sent, and what stops them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, repeat

import pytest
from aiohttp import web
from pydantic import SecretStr

from harbor_operator.harbor import Credentials, HarborClient
from harbor_operator.harbor.errors import (
    HarborError,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    ProtocolError,
    RateLimited,
    ReadOnlyMode,
    ResponseTooLarge,
    ServerError,
    TimedOut,
    Unreachable,
)
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]
ROBOT = Credentials("robot$tester", SecretStr("Robot-Secret-1"))
INFO = "/api/v2.0/systeminfo"


def answers(*responses: Callable[[], web.StreamResponse]) -> Script:
    """One response after another; the last one is repeated."""
    queue: Iterator[Callable[[], web.StreamResponse]] = chain(responses, repeat(responses[-1]))

    async def script(_: web.BaseRequest) -> web.StreamResponse:
        return next(queue)()

    return script


def status(code: int, message: str = "", **headers: str) -> Callable[[], web.Response]:
    body = {"errors": [{"code": "CODE", "message": message}]}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: web.json_response(body, status=code, headers=named)


def ok(body: object = None) -> Callable[[], web.Response]:
    return lambda: web.json_response(body if body is not None else {})


async def hang_up(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def never(_: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def test_a_robot_sends_basic_authentication_and_returns_no_cookie() -> None:
    async def script(request: web.BaseRequest) -> web.StreamResponse:
        response = web.json_response({}, status=412 if "current" in request.path else 200)
        response.set_cookie("sid", "tempting")
        return response

    async with ScriptedServer(script) as server:
        # By name, since common cookie jars ignore what an IP address sets.
        url = server.url.replace("127.0.0.1", "localhost")
        async with HarborClient(url, ROBOT) as client:
            await client.system.info()
            await client.system.info()

    assert [seen.headers["Authorization"][:6] for seen in server.requests] == ["Basic "] * 3
    assert not [seen for seen in server.requests if "Cookie" in seen.headers]


async def test_a_repository_name_is_encoded_twice(serve: Serve) -> None:
    server, client = await serve(answers(ok()))

    await client.repositories.delete("ship", "base/deep/app")

    assert server.targets("DELETE") == [
        "/api/v2.0/projects/ship/repositories/base%252Fdeep%252Fapp"
    ]


async def test_a_filter_value_is_encoded_twice(serve: Serve) -> None:
    server, client = await serve(
        answers(lambda: web.json_response([], headers={"X-Total-Count": "0"}))
    )

    await client.robots.list_project(41, stored_name="ship+puller")

    assert server.targets()[-1] == (
        "/api/v2.0/robots?q=Level%3Dproject,ProjectID%3D41,name%3Dship%252Bpuller"
        "&page=1&page_size=100"
    )


async def test_a_project_is_addressed_as_a_name_even_if_it_is_a_number(serve: Serve) -> None:
    server, client = await serve(answers(ok({"project_id": 7, "name": "123"})))

    project = await client.projects.get("123")

    assert project is not None
    assert project.id == 7
    assert server.requests[-1].headers["X-Is-Resource-Name"] == "true"


@pytest.mark.parametrize(
    "name",
    ["", "A", "a/b", "a b", "..", "a%2Fb", "a?x=1", "a" * 256, "a..b", "-a", "a\n"],
    ids=repr,
)
async def test_a_name_that_harbor_cannot_have_is_never_sent(serve: Serve, name: str) -> None:
    server, client = await serve(answers(ok()))

    with pytest.raises(InvalidRequest) as caught:
        await client.projects.get(name)

    assert server.requests == []
    assert caught.value.code == "INVALID_NAME"


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
async def test_a_read_is_repeated_after_a_passing_failure(serve: Serve, code: int) -> None:
    server, client = await serve(answers(status(code), ok({"harbor_version": "v2.16.0"})))

    info = await client.system.info()

    assert info.harbor_version == "v2.16.0"
    assert server.targets().count(INFO) == 2


async def test_a_read_is_given_up_after_two_repetitions(serve: Serve) -> None:
    server, client = await serve(answers(status(500)))

    with pytest.raises(ServerError):
        await client.system.info()

    assert server.targets().count(INFO) == 3


@pytest.mark.parametrize(
    ("code", "error"),
    [(429, RateLimited), (500, ServerError), (503, ServerError), (502, OutcomeUnknown)],
    ids=str,
)
async def test_a_write_is_never_repeated(serve: Serve, code: int, error: type[HarborError]) -> None:
    server, client = await serve(answers(status(code)))

    with pytest.raises(error):
        await client.projects.create("ship", metadata={})

    assert len(server.targets("POST")) == 1


async def test_a_short_wait_that_the_server_asks_for_is_kept(serve: Serve) -> None:
    _, client = await serve(answers(status(429, Retry_After="1"), ok()))
    started = asyncio.get_running_loop().time()

    await client.system.info()

    assert asyncio.get_running_loop().time() - started >= 1


async def test_a_long_wait_that_the_server_asks_for_is_left_to_the_caller(serve: Serve) -> None:
    server, client = await serve(answers(status(429, Retry_After="120")))

    with pytest.raises(RateLimited) as caught:
        await client.system.info()

    assert caught.value.retry_after == 120
    assert server.targets().count(INFO) == 1


async def test_a_wait_until_a_date_is_counted_from_the_servers_date(serve: Serve) -> None:
    headers = {
        "Date": "Wed, 25 Nov 2026 10:00:00 GMT",
        "Retry-After": "Wed, 25 Nov 2026 10:01:30 GMT",
    }
    _, client = await serve(answers(lambda: web.Response(status=429, headers=headers)))

    with pytest.raises(RateLimited) as caught:
        await client.system.info()

    assert caught.value.retry_after == 90


async def test_a_redirect_is_not_followed(serve: Serve) -> None:
    server, client = await serve(
        answers(lambda: web.Response(status=302, headers={"Location": "/x"}))
    )

    with pytest.raises(ProtocolError):
        await client.system.info()

    assert "/x" not in server.targets()


async def test_a_body_beyond_the_limit_is_not_read(serve: Serve) -> None:
    _, client = await serve(answers(ok("x" * 200_000)))

    with pytest.raises(ResponseTooLarge):
        await client.system.info()


async def test_a_body_that_is_not_json_is_a_protocol_error(serve: Serve) -> None:
    _, client = await serve(answers(lambda: web.Response(text="<html>")))

    with pytest.raises(ProtocolError):
        await client.system.info()


async def test_a_creation_without_a_location_is_a_protocol_error(serve: Serve) -> None:
    _, client = await serve(answers(lambda: web.Response(status=201)))

    with pytest.raises(ProtocolError):
        await client.projects.create("ship", metadata={})


async def test_a_read_without_an_answer_times_out_once(serve: Serve) -> None:
    server, client = await serve(never)

    with pytest.raises(TimedOut):
        await client.system.info()

    assert server.targets().count(INFO) == 1


async def test_a_write_without_an_answer_has_an_unknown_outcome(serve: Serve) -> None:
    _, client = await serve(never)

    with pytest.raises(OutcomeUnknown):
        await client.projects.delete(7)


async def test_a_read_whose_connection_breaks_off_is_repeated(serve: Serve) -> None:
    server, client = await serve(hang_up)

    with pytest.raises(Unreachable):
        await client.system.info()

    assert server.targets().count(INFO) >= 3


async def test_a_write_whose_connection_breaks_off_has_an_unknown_outcome(serve: Serve) -> None:
    server, client = await serve(hang_up)

    with pytest.raises(OutcomeUnknown):
        await client.projects.create("ship", metadata={})

    assert len(server.targets("POST")) == 1


async def test_a_write_that_found_no_server_is_known_not_to_have_happened(serve: Serve) -> None:
    server, client = await serve(answers(ok()))
    await client.system.info()
    await server.__aexit__()

    with pytest.raises(Unreachable):
        await client.projects.create("ship", metadata={})


async def test_a_client_that_was_closed_says_so_and_sends_nothing(serve: Serve) -> None:
    server, client = await serve(answers(ok()))
    await client.system.info()
    await client.aclose()

    with pytest.raises(Unreachable, match="the client is closed"):
        await client.projects.delete(7)

    assert server.targets("DELETE") == []


async def test_no_more_requests_run_at_once_than_allowed(serve: Serve) -> None:
    running, highest = 0, 0

    async def script(_: web.BaseRequest) -> web.StreamResponse:
        nonlocal running, highest
        running += 1
        highest = max(highest, running)
        await asyncio.sleep(0.01)
        running -= 1
        return web.json_response({})

    _, client = await serve(script)

    await asyncio.gather(*(client.system.info() for _ in range(40)))

    assert highest == 4


@pytest.mark.parametrize(
    ("code", "kept"),
    [(400, True), (409, True), (412, True), (422, True), (404, False), (403, False)],
    ids=str,
)
async def test_harbors_words_are_kept_only_where_they_help_to_correct_the_input(
    serve: Serve, code: int, *, kept: bool
) -> None:
    _, client = await serve(answers(status(code, "project name\n\x1b[31m is taken " + "x" * 500)))

    with pytest.raises(HarborError) as caught:
        await client.projects.create("ship", metadata={})

    assert ("project name [31m is taken" in str(caught.value)) is kept
    assert len(str(caught.value)) < 300


async def test_read_only_mode_is_told_from_a_missing_permission(serve: Serve) -> None:
    message = "The system is in read only mode. Any modification is prohibited."
    _, client = await serve(answers(status(403, message)))

    with pytest.raises(ReadOnlyMode):
        await client.projects.create("ship", metadata={})


async def test_an_error_names_the_request_by_method_template_status_and_id(serve: Serve) -> None:
    _, client = await serve(answers(status(404, X_Request_Id="abc-1")))

    with pytest.raises(NotFound) as caught:
        await client.projects.delete(7)

    assert str(caught.value) == "DELETE /projects/{id} answered 404: not found (request abc-1)"
