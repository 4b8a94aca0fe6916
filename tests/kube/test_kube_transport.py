"""Retries, credentials and broken answers, against an API server that misbehaves on command."""

import asyncio
from pathlib import Path

import pytest

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import load_kubeconfig
from harbor_operator.kube.errors import (
    ConnectionFailed,
    KubeError,
    TooManyRequests,
    Transient,
    Unauthorized,
    Unavailable,
)
from harbor_operator.kube.resources import CONFIG_MAPS, JsonObject
from harbor_operator.kube.session import open_session
from tests.support.fake_kube import (
    FakeKube,
    Fault,
    cut,
    page,
    serve_fake_kube,
    status,
    write_kubeconfig,
)

BODY: JsonObject = {"metadata": {"name": "a", "namespace": "default"}}
BUSY = status(429, "TooManyRequests", **{"Retry-After": "0"})
BUSY_FOR_LONG = status(429, "TooManyRequests", **{"Retry-After": "600"})
BUSY_FOR_A_TIME_UNKNOWN = status(429, "TooManyRequests")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(cut, id="lost connection"),
        pytest.param(BUSY, id="429 with Retry-After"),
        pytest.param(BUSY_FOR_A_TIME_UNKNOWN, id="429"),
    ],
)
async def test_read_is_repeated_once(
    fake_kube: FakeKube, fake_client: KubeClient, fault: Fault
) -> None:
    fake_kube.fail_on("list", fault)

    result = await fake_client.list(CONFIG_MAPS)

    assert not result.items
    assert fake_kube.requests == ["list", "list"]


async def test_read_is_not_repeated_without_end(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    fake_kube.fail_on("list", *[BUSY] * 10)

    with pytest.raises(TooManyRequests):
        await fake_client.list(CONFIG_MAPS)

    assert fake_kube.requests == ["list", "list"]


async def test_server_error_is_left_to_the_caller(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    fake_kube.fail_on("list", status(500, "InternalError"))

    with pytest.raises(Unavailable) as caught:
        await fake_client.list(CONFIG_MAPS)

    assert caught.value.status == 500
    assert fake_kube.requests == ["list"]


async def test_write_that_was_turned_away_is_repeated(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    fake_kube.fail_on("POST", BUSY)

    created = await fake_client.create(CONFIG_MAPS, BODY)

    assert created == BODY
    assert fake_kube.requests == ["POST", "POST"]


@pytest.mark.parametrize(
    ("fault", "expected", "retry_after"),
    [
        pytest.param(cut, ConnectionFailed, None, id="lost connection"),
        pytest.param(BUSY_FOR_A_TIME_UNKNOWN, TooManyRequests, None, id="429"),
        pytest.param(BUSY_FOR_LONG, TooManyRequests, 600.0, id="429 for long"),
        pytest.param(page, Unavailable, None, id="a proxy's page"),
    ],
)
async def test_write_with_unknown_outcome_or_long_wait_is_not_repeated(
    fake_kube: FakeKube,
    fake_client: KubeClient,
    fault: Fault,
    expected: type[Transient],
    retry_after: float | None,
) -> None:
    fake_kube.fail_on("POST", fault)

    with pytest.raises(expected) as caught:
        await fake_client.create(CONFIG_MAPS, BODY)

    assert caught.value.retry_after == retry_after
    assert fake_kube.requests == ["POST"]


async def test_unreachable_server_is_a_failed_connection(tmp_path: Path) -> None:
    access = await load_kubeconfig(str(write_kubeconfig(tmp_path, "http://127.0.0.1:1", {})))

    async with KubeClient(access, field_manager="tests") as client:
        with pytest.raises(ConnectionFailed) as caught:
            await client.create(CONFIG_MAPS, BODY)

    assert caught.value.status is None
    assert (caught.value.namespace, caught.value.name) == ("default", "a")


async def test_token_file_is_read_again(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")
    async with serve_fake_kube(tmp_path) as fake:
        server = (await load_kubeconfig(fake.kubeconfig)).server
        path = str(write_kubeconfig(tmp_path, server, {"tokenFile": str(token)}))
        access = await load_kubeconfig(path, refresh_seconds=0.05)
        async with KubeClient(access, field_manager="tests") as client:
            await client.list(CONFIG_MAPS)
            token.write_text("new\n")
            await asyncio.sleep(0.1)
            await client.list(CONFIG_MAPS)

    assert fake.authorizations == ["Bearer old", "Bearer new"]


async def test_token_file_that_vanished_is_an_authentication_failure(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    path = write_kubeconfig(tmp_path, "http://127.0.0.1:1", {"tokenFile": str(token)})
    access = await load_kubeconfig(str(path), refresh_seconds=0)
    token.unlink()

    async with KubeClient(access, field_manager="tests") as client:
        with pytest.raises(Unauthorized):
            await client.list(CONFIG_MAPS)


async def test_session_for_frameworks_authenticates_each_request(fake_kube: FakeKube) -> None:
    opened = open_session(await load_kubeconfig(fake_kube.kubeconfig, connection_limit=7))
    connector = opened.session.connector
    assert connector is not None

    async with opened.session, opened.session.get(f"{opened.server}/api/v1/configmaps") as answer:
        body = await answer.json()

    assert body["items"] == []
    assert fake_kube.authorizations == ["Bearer first"]
    assert opened.default_namespace == "team"
    assert connector.limit == 7


async def test_body_of_a_failed_write_is_in_no_error(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    fake_kube.fail_on("POST", page)

    with pytest.raises(KubeError) as caught:
        await fake_client.create(CONFIG_MAPS, BODY | {"data": {"password": "hunter2"}})

    assert "hunter2" not in repr(caught.value) + str(caught.value) + repr(vars(caught.value))
