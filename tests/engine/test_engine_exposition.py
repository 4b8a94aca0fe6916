"""How the metrics are served, and what is seen of a late event loop."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from harbor_operator.engine.telemetry import metrics
from harbor_operator.engine.telemetry.exposition import Exposition
from harbor_operator.engine.telemetry.gauges import Moment, Process
from harbor_operator.engine.telemetry.loop_lag import LOOK_SECONDS, MEMORY_SECONDS, LoopLag
from harbor_operator.engine.telemetry.meters import Meters
from testbed.tools.ports import LOOPBACK, free_ports
from tests.support.scraped import read_scrape


def test_a_delay_of_the_loop_is_told_for_a_minute() -> None:
    seconds = 0.0
    lag = LoopLag(lambda: seconds)
    lag.note(3.0)
    seconds = MEMORY_SECONDS / 2
    lag.note(-0.001)
    before = lag.longest()
    seconds = MEMORY_SECONDS
    lag.note(0.5)

    assert (before, lag.longest()) == (3.0, 0.5)


async def test_a_blocked_loop_is_noticed() -> None:
    loop = asyncio.get_running_loop()
    ahead = 0.0
    lag = LoopLag(lambda: loop.time() + ahead)
    looking = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    ahead = 7.0
    await asyncio.sleep(LOOK_SECONDS * 1.2)
    looking.cancel()

    assert 7.0 <= lag.longest() < 8.0


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Asks the operator from outside."""

    url: str

    async def ask(self, **headers: str) -> tuple[str, bytes]:
        """The type and the body of an answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.get(f"{self.url}/metrics", headers=named) as answer,
        ):
            assert answer.status == 200
            return answer.headers["Content-Type"], await answer.read()


@pytest.fixture
async def prometheus() -> AsyncIterator[Prometheus]:
    process = Process(leads=True, lag=0.0, silence=4.0)
    moment = Moment(Meters().registry, process)
    exposition, (port,) = Exposition(lambda: moment), free_ports(1)
    await exposition.start(LOOPBACK, port)
    yield Prometheus(f"http://{LOOPBACK}:{port}")
    await exposition.stop()


async def test_a_scrape_is_plain_text(prometheus: Prometheus) -> None:
    type_, body = await prometheus.ask(Accept_Encoding="identity")

    assert type_.startswith("text/plain")
    assert read_scrape(body.decode()).value(metrics.WATCH_SILENCE) == 4


async def test_a_scrape_is_packed_for_who_can_unpack(prometheus: Prometheus) -> None:
    _, body = await prometheus.ask(Accept_Encoding="gzip")

    text = gzip.decompress(body).decode()
    assert read_scrape(text).value(metrics.WATCH_SILENCE) == 4


async def test_a_scrape_is_open_metrics_where_that_is_asked_for(prometheus: Prometheus) -> None:
    type_, body = await prometheus.ask(Accept="application/openmetrics-text; version=1.0.0")

    assert type_.startswith("application/openmetrics-text")
    assert gzip.decompress(body).endswith(b"# EOF\n")
