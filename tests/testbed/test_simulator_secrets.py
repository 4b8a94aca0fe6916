"""The simulator gives away every secret that it issued or was told, to who searches."""

from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from testbed.harbor.faults import FaultKind
from testbed.harbor.known_secrets import KnownSecret, SecretKind
from tests.support.simulated_harbor import SimulatedHarbor, running

USER = {"username": "alice", "realname": "Alice", "email": "alice@example.com"}
HOOK = {
    "name": "hook",
    "event_types": ["PUSH_ARTIFACT"],
    "targets": [{"type": "http", "address": "http://hook", "auth_header": "Bearer Known-Header"}],
}
REGISTRY = {
    "name": "hub",
    "type": "docker-hub",
    "url": "https://hub.example.com",
    "credential": {"access_key": "bot", "access_secret": "Known-Registry-Secret"},
}
SCANNER = {
    "name": "Clair",
    "url": "https://clair.example.com",
    "auth": "Bearer",
    "access_credential": "Known-Scanner-Credential",
}
CHOSEN = "Chosen-Secret-1"
WRITES: dict[str, tuple[str, str, object, KnownSecret]] = {
    "a user's password": (
        "POST",
        "/users",
        {**USER, "password": "Known-Password-1"},
        KnownSecret(SecretKind.PASSWORD, "Known-Password-1", "alice"),
    ),
    "a password that is refused": (
        "POST",
        "/users",
        {**USER, "password": "known-weak"},
        KnownSecret(SecretKind.PASSWORD, "known-weak", "alice"),
    ),
    "a webhook's header": (
        "POST",
        "/projects/1/webhook/policies",
        HOOK,
        KnownSecret(SecretKind.WEBHOOK_HEADER, "Bearer Known-Header", "hook"),
    ),
    "a registry's login": (
        "POST",
        "/registries",
        REGISTRY,
        KnownSecret(SecretKind.REGISTRY_SECRET, "Known-Registry-Secret", "hub"),
    ),
    "a scanner's login": (
        "POST",
        "/scanners",
        SCANNER,
        KnownSecret(SecretKind.SCANNER_CREDENTIAL, "Known-Scanner-Credential", "Clair"),
    ),
    "a robot's chosen secret": (
        "PATCH",
        "/robots/1",
        {"secret": CHOSEN},
        KnownSecret(SecretKind.ROBOT_SECRET, CHOSEN, "robot$team+puller"),
    ),
}


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator()) as harbor:
        await harbor.create_project("team")
        yield harbor


def known(harbor: SimulatedHarbor, kind: SecretKind) -> set[tuple[str, str]]:
    """The secrets of one kind: value and holder."""
    return {(one.value, one.holder) for one in harbor.simulator.core.secrets if one.kind is kind}


@pytest.mark.parametrize(("method", "path", "body", "expected"), WRITES.values(), ids=WRITES.keys())
async def test_what_a_request_brings_is_known(
    harbor: SimulatedHarbor, method: str, path: str, body: object, expected: KnownSecret
) -> None:
    await harbor.create_robot("team", "puller")

    await harbor.admin(method, f"/api/v2.0{path}", body)

    assert expected in list(harbor.simulator.core.secrets)


async def test_a_robots_secret_is_known_with_its_name(harbor: SimulatedHarbor) -> None:
    robot = await harbor.create_robot("team", "puller")

    assert known(harbor, SecretKind.ROBOT_SECRET) == {(robot.password, "robot$team+puller")}


async def test_a_secret_is_known_although_its_answer_was_lost(harbor: SimulatedHarbor) -> None:
    harbor.simulator.faults.add_status(500, "POST", "*/robots", times=1, after_effect=True)

    with pytest.raises(KeyError):
        await harbor.create_robot("team", "puller")

    assert len(known(harbor, SecretKind.ROBOT_SECRET)) == 1


async def test_a_wrong_password_is_known(harbor: SimulatedHarbor) -> None:
    await harbor.anonymous.signed_in("bob", "wrong-password")("GET", "/api/v2.0/projects")

    assert ("wrong-password", "bob") in known(harbor, SecretKind.PASSWORD)


async def test_sessions_and_their_tokens_are_known(harbor: SimulatedHarbor) -> None:
    page = await harbor.anonymous("GET", "/c/login")

    session, csrf = known(harbor, SecretKind.SESSION_ID), known(harbor, SecretKind.CSRF_TOKEN)
    cookie = page.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    assert (cookie, "") in session | csrf
    assert (page.headers["X-Harbor-CSRF-Token"], "") in csrf
    assert len(csrf) == 2


async def test_the_password_of_a_login_is_known(harbor: SimulatedHarbor) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    login = b"principal=carol&password=form%20password"

    await harbor.anonymous("POST", "/c/login", raw=login, headers=form)

    assert ("form password", "carol") in known(harbor, SecretKind.PASSWORD)


async def test_a_bearer_token_is_known(harbor: SimulatedHarbor) -> None:
    query = "service=harbor-registry&scope=repository:team/app:pull"

    issued = await harbor.admin("GET", f"/service/token?{query}")

    assert known(harbor, SecretKind.BEARER_TOKEN) == {(issued.field("token"), "")}


async def test_what_harbor_masks_is_no_secret(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", "/api/v2.0/registries", REGISTRY)

    shown = await harbor.admin("GET", "/api/v2.0/registries/1")

    assert '"*****"' in shown.text
    assert "*****" not in {secret.value for secret in harbor.simulator.core.secrets}


async def test_the_directorys_passwords_are_known(harbor: SimulatedHarbor) -> None:
    person = {"username": "dora", "password": "Known-Directory-1"}

    await harbor.control("PUT", "/directory", {"users": [person]})

    assert ("Known-Directory-1", "dora") in known(harbor, SecretKind.PASSWORD)


async def test_the_control_api_lists_them(harbor: SimulatedHarbor) -> None:
    robot = await harbor.create_robot("team", "puller")

    listed = await harbor.control("GET", "/secrets")

    entry = {"kind": "robot secret", "value": robot.password, "holder": robot.name}
    assert isinstance(listed.body, list)
    assert entry in listed.body
    assert {"kind": "password", "value": "Harbor12345", "holder": "admin"} in listed.body


def test_a_secret_does_not_show_its_value() -> None:
    assert "canary" not in repr(KnownSecret(SecretKind.PASSWORD, "canary", "admin"))


async def test_a_truncated_answer_is_no_json_but_had_its_effect(harbor: SimulatedHarbor) -> None:
    harbor.simulator.faults.add_garbling(FaultKind.TRUNCATE, "GET", "*/users/current", times=1)

    spoilt = await harbor.admin("GET", "/api/v2.0/users/current")

    with pytest.raises(ValueError, match="delimiter"):
        _ = spoilt.body
    assert (spoilt.status, '"username": "admin"' in spoilt.text) == (200, True)


async def test_a_mistyped_answer_has_no_numbers(harbor: SimulatedHarbor) -> None:
    harbor.simulator.faults.add_garbling(FaultKind.MISTYPE, "GET", "*/users/current", times=1)

    spoilt = await harbor.admin("GET", "/api/v2.0/users/current")
    sound = await harbor.admin("GET", "/api/v2.0/users/current")

    assert spoilt.field("user_id") == "[1]"
    assert (sound.field("user_id"), sound.field("sysadmin_flag")) == ("1", "True")
