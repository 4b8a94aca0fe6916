"""An operator that starts while the API server is away waits for it."""

import asyncio
import logging

import pytest

from harbor_operator.engine.startup import PAUSE_SECONDS, once_reached
from harbor_operator.kube.errors import Forbidden, Operation, Unavailable
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
