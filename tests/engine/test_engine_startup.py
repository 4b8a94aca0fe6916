"""An operator that starts while the API server is away waits for it."""

import asyncio
import logging
from pathlib import Path

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.engine.startup import (
    PAUSE_SECONDS,
    NotInstalledError,
    once_reached,
    require_definitions,
)
from harbor_operator.kube.client import PAGE_SIZE, KubeClient
from harbor_operator.kube.configuration import load_kubeconfig
from harbor_operator.kube.errors import Forbidden, Operation, Unavailable
from tests.support.fake_kube import FakeKube, serve_fake_kube, status
from tests.support.loop_clock import LoopClock

AWAY = Unavailable(Operation("list"), "away", reason="Away")


class Server:
    """Answers when its faults are used up."""

    def __init__(self, *faults: Exception) -> None:
        self._faults = list(faults)
        self.asked = 0

    async def ask(self) -> str:
        """One answer."""
        self.asked += 1
        if self._faults:
            raise self._faults.pop(0)
        return "here"


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> LoopClock:
    return LoopClock(monkeypatch)


async def test_an_api_server_that_is_there_is_asked_once() -> None:
    server = Server()

    assert await once_reached(server.ask) == "here"
    assert server.asked == 1


async def test_one_that_is_away_is_waited_for_and_told_of_once(
    clock: LoopClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(AWAY, AWAY, AWAY)
    asking = asyncio.create_task(once_reached(server.ask))

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert not asking.done()
            await clock.skip(PAUSE_SECONDS)

    assert await asking == "here"
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "Waiting for the API server"
    ]


async def test_a_refusal_is_not_waited_out() -> None:
    server = Server(Forbidden(Operation("list"), "no", reason="Forbidden"))

    with pytest.raises(Forbidden):
        await once_reached(server.ask)

    assert server.asked == 1


async def test_whether_a_kind_is_there_costs_one_request_however_many_objects_there_are(
    tmp_path: Path,
) -> None:
    async with serve_fake_kube(tmp_path) as server:
        for number in range(PAGE_SIZE + 1):
            server.put(f"object-{number}", "there")

        await ask_for_projects(server)

    assert server.requests == ["list"]


async def test_a_kind_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with serve_fake_kube(tmp_path) as server:
        server.fail_on("list", status(404, "NotFound"))

        with pytest.raises(NotInstalledError, match="does not know harborprojects"):
            await ask_for_projects(server)


async def ask_for_projects(server: FakeKube) -> None:
    access = await load_kubeconfig(server.kubeconfig)
    async with KubeClient(access, field_manager="tests") as client:
        await require_definitions(client, [PROJECTS])
