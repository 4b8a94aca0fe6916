"""The gate before the writes of a client: asked as late as possible, and for writes alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial

import pytest
from aiohttp import web

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import load_kubeconfig
from harbor_operator.kube.errors import Unavailable
from harbor_operator.kube.resources import CONFIG_MAPS, JsonObject
from harbor_operator.kube.selection import Selection
from harbor_operator.kube.session import open_session
from testbed.tools.waiting import until
from tests.support.closable_gate import ClosableGate, GateClosedError
from tests.support.fake_kube import FakeKube, status

BODY: JsonObject = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "namespace": "default"},
}
READ_BEFORE: JsonObject = {
    **BODY,
    "metadata": {**BODY["metadata"], "uid": "u", "resourceVersion": "1"},
}
BUSY = status(429, "TooManyRequests", **{"Retry-After": "0"})

Write = Callable[[KubeClient], Awaitable[object]]


async def watched(fake_kube: FakeKube) -> bool:
    return "watch" in fake_kube.requests


@pytest.fixture
def door() -> ClosableGate:
    return ClosableGate()


@pytest.fixture
async def gated(fake_kube: FakeKube, door: ClosableGate) -> AsyncIterator[KubeClient]:
    """A client behind the gate, with a single connection."""
    access = await load_kubeconfig(fake_kube.kubeconfig, connection_limit=1)
    async with KubeClient(access, field_manager="tests", before_write=door) as client:
        yield client


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client: client.create(CONFIG_MAPS, BODY), id="create"),
        pytest.param(lambda client: client.replace(CONFIG_MAPS, READ_BEFORE), id="replace"),
        pytest.param(lambda client: client.apply(CONFIG_MAPS, BODY), id="apply"),
        pytest.param(
            lambda client: client.patch_json(CONFIG_MAPS, "a", [], namespace="default"),
            id="JSON patch",
        ),
        pytest.param(
            lambda client: client.patch_merge(CONFIG_MAPS, "a", {}, namespace="default"),
            id="merge patch",
        ),
        pytest.param(
            lambda client: client.delete(CONFIG_MAPS, "a", namespace="default"), id="delete"
        ),
    ],
)
async def test_closed_gate_stops_each_kind_of_write(
    fake_kube: FakeKube, door: ClosableGate, gated: KubeClient, write: Write
) -> None:
    door.closed = True

    with pytest.raises(GateClosedError):
        await write(gated)

    assert fake_kube.requests == []


async def test_reads_pass_a_closed_gate(
    fake_kube: FakeKube, door: ClosableGate, gated: KubeClient
) -> None:
    fake_kube.put("a", "1")
    door.closed = True
    selection = Selection(CONFIG_MAPS, "default")

    listed = await gated.list(CONFIG_MAPS, namespace="default")
    async with aclosing(
        gated.watch(selection, resource_version=listed.resource_version, timeout_seconds=5)
    ) as events:
        following = asyncio.create_task(anext(events))
        await until(partial(watched, fake_kube), within=5)
        fake_kube.bookmark()
        await following

    assert len(listed.items) == 1
    assert door.asked == 0


async def test_write_that_waited_for_a_connection_meets_the_gate_as_it_is_then(
    fake_kube: FakeKube, door: ClosableGate, gated: KubeClient
) -> None:
    selection = Selection(CONFIG_MAPS, "default")
    events = gated.watch(selection, resource_version="1", timeout_seconds=5)
    occupying = asyncio.create_task(anext(events))
    await until(partial(watched, fake_kube), within=5)
    writing = asyncio.create_task(gated.create(CONFIG_MAPS, BODY))
    await asyncio.sleep(0.05)
    asked_while_waiting = door.asked

    door.closed = True
    fake_kube.end_watches()
    with pytest.raises(StopAsyncIteration):
        await occupying
    with pytest.raises(GateClosedError):
        await writing

    assert asked_while_waiting == 0
    assert fake_kube.requests == ["watch"]


async def test_repetition_meets_the_gate_again(
    fake_kube: FakeKube, door: ClosableGate, gated: KubeClient
) -> None:
    def turn_away(request: web.Request) -> web.Response | None:
        door.closed = True
        return BUSY(request)

    fake_kube.fail_on("POST", turn_away)

    with pytest.raises(GateClosedError):
        await gated.create(CONFIG_MAPS, BODY)

    assert fake_kube.requests == ["POST"]


async def test_gate_that_closes_between_headers_and_body_lets_nothing_out(
    fake_kube: FakeKube, door: ClosableGate, gated: KubeClient
) -> None:
    door.closes_after = 1

    with pytest.raises(Unavailable):
        await gated.create(CONFIG_MAPS, BODY)

    assert door.asked == 2
    assert fake_kube.requests == []


async def test_client_goes_on_when_the_gate_opens_again(
    fake_kube: FakeKube, door: ClosableGate, gated: KubeClient
) -> None:
    door.closed = True
    with pytest.raises(GateClosedError):
        await gated.create(CONFIG_MAPS, BODY)

    door.closed = False
    created = await gated.create(CONFIG_MAPS, BODY)

    assert created == BODY
    assert fake_kube.requests == ["POST"]


async def test_gate_of_one_client_leaves_others_of_the_same_access_alone(
    fake_kube: FakeKube,
) -> None:
    access = await load_kubeconfig(fake_kube.kubeconfig)
    closed = ClosableGate(closed=True)
    async with (
        KubeClient(access, field_manager="tests", before_write=closed) as gated,
        KubeClient(access, field_manager="tests") as free,
    ):
        await free.create(CONFIG_MAPS, BODY)
        with pytest.raises(GateClosedError):
            await gated.create(CONFIG_MAPS, BODY)

    assert fake_kube.requests == ["POST"]


async def test_handed_out_session_has_the_gate_too(fake_kube: FakeKube) -> None:
    closed = ClosableGate(closed=True)
    opened = open_session(await load_kubeconfig(fake_kube.kubeconfig), before_write=closed)
    url = f"{opened.server}/api/v1/namespaces/default/configmaps"

    async with opened.session:
        async with opened.session.get(url) as answer:
            read = answer.status
        with pytest.raises(GateClosedError):
            await opened.session.patch(f"{url}/a", json={})

    assert read == 200
    assert fake_kube.requests == ["list"]
