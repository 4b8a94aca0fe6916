"""What is read from Harbor's answers, and what is written into its requests."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from aiohttp import BasicAuth, web
from pydantic import SecretStr

from harbor_operator.harbor import (
    Access,
    Credentials,
    HarborClient,
    NewRobot,
    Permission,
    Robot,
    RobotLevel,
)
from harbor_operator.harbor.errors import PermissionDenied, ProtocolError
from harbor_operator.harbor.models import Configuration
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]
PULLER = Credentials("robot$ship+puller", SecretStr("Pull-Secret-1"))
PERMISSIONS = (
    Permission(
        kind="project",
        namespace="ship",
        access=frozenset(
            {
                Access(resource="repository", action="push"),
                Access(resource="repository", action="pull"),
            }
        ),
    ),
)


def always(body: object, status: int = 200, **headers: str) -> Script:
    async def script(_: web.BaseRequest) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=status, headers=named)

    return script


def token_with(claims: object) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


async def test_a_missing_project_is_none_for_an_administrator(serve: Serve) -> None:
    _, client = await serve(always({}, status=404))

    assert await client.projects.get("ship") is None


@pytest.mark.parametrize("name_is_taken", [False, True], ids=["free", "hidden"])
async def test_a_forbidden_project_is_told_from_a_missing_one(
    serve: Serve, *, name_is_taken: bool
) -> None:
    async def script(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "HEAD":
            return web.Response(status=200 if name_is_taken else 404)
        return web.json_response({}, status=403)

    _, client = await serve(script)

    if not name_is_taken:
        assert await client.projects.get("ship") is None
    else:
        with pytest.raises(PermissionDenied):
            await client.projects.get("ship")


async def test_a_project_that_cannot_be_told_by_its_id_raises(serve: Serve) -> None:
    _, client = await serve(always({}, status=403))

    with pytest.raises(PermissionDenied):
        await client.projects.get_by_id(7)


async def test_absent_null_and_unknown_fields_of_a_project_are_tolerated(serve: Serve) -> None:
    body = {
        "project_id": 7,
        "name": "ship",
        "metadata": {"public": "false"},
        "cve_allowlist": {"items": None, "creation_time": "0001-01-01T00:00:00.000Z"},
        "repo_count": None,
        "from_the_future": {"x": 1},
    }
    _, client = await serve(always(body))

    project = await client.projects.get("ship")

    assert project is not None
    assert (project.id, project.repo_count, project.registry_id) == (7, 0, 0)
    assert project.metadata == {"public": "false"}
    assert project.cve_allowlist.ids == frozenset()


async def test_a_project_is_created_with_what_was_given_only(serve: Serve) -> None:
    server, client = await serve(always(None, 201, Location="/api/v2.0/projects/41"))

    project_id = await client.projects.create("ship", metadata={"public": "true"})

    assert project_id == 41
    assert json.loads(server.requests[-1].body) == {
        "project_name": "ship",
        "metadata": {"public": "true"},
    }


async def test_a_created_robot_has_its_secret_and_harbors_time(serve: Serve) -> None:
    body = {
        "id": 12,
        "name": "robot$ship+puller",
        "secret": "Shown-Once-1",
        "creation_time": "2026-11-24T16:16:27.128Z",
        "expires_at": 1798128987,
    }
    _, client = await serve(always(body, 201, Date="Tue, 24 Nov 2026 16:16:27 GMT"))
    robot = NewRobot("puller", RobotLevel.PROJECT, 30, description="", permissions=PERMISSIONS)

    created = await client.robots.create(robot)

    assert created.name == "robot$ship+puller"
    assert created.secret.get_secret_value() == "Shown-Once-1"
    assert "Shown-Once-1" not in repr(created)
    assert created.expires_at == datetime(2026, 12, 24, 16, 16, 27, tzinfo=UTC)
    assert created.answered_at.replace(microsecond=0) == datetime(
        2026, 11, 24, 16, 16, 27, tzinfo=UTC
    )


async def test_a_created_robot_without_its_secret_is_a_protocol_error(serve: Serve) -> None:
    _, client = await serve(always({"id": 12, "name": "robot$ship+puller"}, 201))
    robot = NewRobot("puller", RobotLevel.PROJECT, -1, description="", permissions=PERMISSIONS)

    with pytest.raises(ProtocolError):
        await client.robots.create(robot)


async def test_a_robots_update_repeats_what_it_does_not_change(serve: Serve) -> None:
    server, client = await serve(always(None))
    robot = Robot(
        id=12,
        name="robot$ship+puller",
        description="mark",
        level="project",
        duration=30,
        disable=True,
        permissions=frozenset(PERMISSIONS),
    )

    await client.robots.update(robot, duration=60)

    assert json.loads(server.requests[-1].body) == {
        "id": 12,
        "name": "robot$ship+puller",
        "level": "project",
        "description": "mark",
        "disable": True,
        "duration": 60,
        "permissions": [
            {
                "kind": "project",
                "namespace": "ship",
                "access": [
                    {"resource": "repository", "action": "pull"},
                    {"resource": "repository", "action": "push"},
                ],
            }
        ],
    }


async def test_a_robot_that_never_expires_has_no_expiry(serve: Serve) -> None:
    _, client = await serve(always({"id": 2, "name": "robot$sys", "expires_at": -1}))

    robot = await client.robots.get(2)

    assert robot is not None
    assert robot.expiry is None


async def test_a_project_without_a_quota_has_none(serve: Serve) -> None:
    server, client = await serve(always([], X_Total_Count="0"))

    assert await client.quotas.get(41) is None
    assert server.targets()[-1] == "/api/v2.0/quotas?reference=project&reference_id=41"


async def test_a_quota_is_read_and_written_in_bytes(serve: Serve) -> None:
    row = {"id": 20, "hard": {"storage": -1}, "used": {"storage": 5}}
    server, client = await serve(always([row], X_Total_Count="1"))

    quota = await client.quotas.get(41)
    await client.quotas.update(20, 1024)

    assert quota is not None
    assert (quota.hard.storage, quota.used.storage) == (-1, 5)
    assert json.loads(server.requests[-1].body) == {"hard": {"storage": 1024}}


@pytest.mark.parametrize("status", [403, 404])
async def test_a_catalogue_that_this_identity_may_not_read_is_none(
    serve: Serve, status: int
) -> None:
    _, client = await serve(always({}, status))

    assert await client.system.permissions() is None


async def test_the_configuration_is_empty_where_it_may_not_be_read(serve: Serve) -> None:
    _, client = await serve(always({}, 403))

    assert await client.system.configuration() == Configuration()


async def test_the_lifetime_of_tokens_is_in_minutes(serve: Serve) -> None:
    body = {"token_expiration": {"value": 30, "editable": True}, "read_only": {"value": False}}
    _, client = await serve(always(body))

    assert (await client.system.configuration()).token_minutes == 30


async def test_a_token_tells_whom_it_is_for_and_what_it_allows(serve: Serve) -> None:
    claims = {
        "sub": "robot$ship+puller",
        "access": [{"type": "repository", "name": "ship/app", "actions": ["pull", "push"]}],
    }
    server, client = await serve(always({"token": token_with(claims)}))

    token = await client.registry.token(PULLER, ["repository:ship/app:pull"])

    assert token.subject == "robot$ship+puller"
    assert token.actions_on("ship/app") == {"pull", "push"}
    assert token.actions_on("ship/other") == frozenset()
    sent = BasicAuth.decode(server.requests[-1].headers["Authorization"])
    assert (sent.login, sent.password) == ("robot$ship+puller", "Pull-Secret-1")
    assert "Cookie" not in server.requests[-1].headers


@pytest.mark.parametrize("access", [None, [], [{"type": "repository", "name": "ship/app"}]])
async def test_a_token_for_a_wrong_password_is_for_nobody_and_allows_nothing(
    serve: Serve, access: object
) -> None:
    _, client = await serve(always({"token": token_with({"access": access})}))

    token = await client.registry.token(PULLER, ["repository:ship/app:pull"])

    assert token.subject == ""
    assert token.actions_on("ship/app") == frozenset()


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "a.!!!.c", token_with([1])], ids=repr)
async def test_a_token_that_cannot_be_read_is_a_protocol_error(serve: Serve, token: str) -> None:
    _, client = await serve(always({"token": token}))

    with pytest.raises(ProtocolError):
        await client.registry.token(PULLER, ["repository:ship/app:pull"])


async def test_a_token_without_a_scope_is_not_asked_for(serve: Serve) -> None:
    _, client = await serve(always({}))

    with pytest.raises(ValueError, match="at least one scope"):
        await client.registry.token(PULLER, [])


@pytest.mark.parametrize(("status", "known"), [(200, True), (401, False)], ids=str)
async def test_credentials_are_checked_without_a_scope(
    serve: Serve, status: int, *, known: bool
) -> None:
    server, client = await serve(always({"token": "unused"}, status))

    assert await client.registry.authenticates(PULLER) is known
    assert server.targets() == ["/service/token?service=harbor-registry"]
