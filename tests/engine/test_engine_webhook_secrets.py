"""The Secrets that hold webhooks' headers: watched, and their change wakes exactly who names it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from harbor_operator.api.base import LABEL_WEBHOOK_AUTH
from harbor_operator.engine.cluster import Cluster
from harbor_operator.engine.directory import references_of
from harbor_operator.engine.objects import ObjectId
from harbor_operator.kube.resources import SECRETS, JsonObject, ObjectKey
from tests.support.control_desk import CONNECTION, PROJECT, ControlDesk
from tests.support.engine_world import READY_STATUS
from tests.support.loop_clock import LoopClock, settle

HEADER = ObjectKey("team", "hook-auth")
WEBHOOKS = [
    {
        "name": "ci",
        "events": ["PUSH_ARTIFACT"],
        "address": "https://hooks.example.com/ci",
        "authHeaderSecretRef": {"name": "hook-auth", "key": "header"},
    },
    {"name": "chat", "events": ["PUSH_ARTIFACT"], "address": "https://hooks.example.com/chat"},
]
SPEC = {"webhooks": WEBHOOKS}


def header(value: str, *, released: str = "true") -> JsonObject:
    labels = {LABEL_WEBHOOK_AUTH: released}
    metadata = {"name": HEADER.name, "namespace": HEADER.namespace, "labels": labels}
    return {"metadata": metadata, "data": {"header": value}}


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ControlDesk]:
    """A control whose informers run."""
    desk = ControlDesk(LoopClock(monkeypatch))
    cluster: Cluster = desk.ports.cluster
    informers = asyncio.create_task(cluster.run())
    await cluster.synced()
    await settle()
    cluster.listener = desk.control.wakeups
    yield desk
    informers.cancel()
    await asyncio.gather(informers, return_exceptions=True)


def test_a_project_names_the_secrets_of_its_webhooks() -> None:
    references = references_of(PROJECT, SPEC)

    assert references == {CONNECTION, ObjectId("Secret", "team", "hook-auth")}


async def test_a_header_s_every_change_wakes_the_project_that_names_it(desk: ControlDesk) -> None:
    desk.see(PROJECT, spec=SPEC, status=READY_STATUS)
    looks = []

    for change in (
        lambda: desk.kube.put(SECRETS, header("Zmlyc3Q=")),
        lambda: desk.kube.put(SECRETS, header("c2Vjb25k")),
        lambda: desk.kube.remove(SECRETS, HEADER.name, HEADER.namespace),
    ):
        change()
        await settle()
        await desk.work()
        looks.append(desk.looks())

    assert looks == [{"HarborProject": 1}, {"HarborProject": 2}, {"HarborProject": 3}]


async def test_a_header_wakes_nobody_who_does_not_name_it(desk: ControlDesk) -> None:
    desk.see(PROJECT, status=READY_STATUS)
    desk.see(ObjectId("HarborProject", "other", "app"), spec=SPEC, status=READY_STATUS)

    desk.kube.put(SECRETS, header("Zmlyc3Q="))
    await settle()
    await desk.work()

    assert desk.looks() == {}


async def test_a_secret_that_is_not_released_for_webhooks_wakes_nobody(desk: ControlDesk) -> None:
    desk.see(PROJECT, spec=SPEC, status=READY_STATUS)

    desk.kube.put(SECRETS, header("Zmlyc3Q=", released="false"))
    await settle()
    await desk.work()

    assert desk.looks() == {}


async def test_a_new_project_does_not_wait_for_a_secret_to_be_ready(desk: ControlDesk) -> None:
    desk.see(CONNECTION, status=READY_STATUS)
    handler = desk.handle(PROJECT, desk.see(PROJECT, spec=SPEC))

    await settle()

    assert handler.done()
    assert desk.looks() == {"HarborProject": 1}
