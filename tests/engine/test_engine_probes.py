"""What the kubelet is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from harbor_operator.engine.probes import LONGEST_SILENCE, Probes
from testbed.tools.ports import LOOPBACK, free_ports


@dataclass(slots=True)
class Inside:
    """What is true inside of the operator."""

    silence: float = 0.0
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Kubelet:
    """Asks the operator from outside."""

    inside: Inside
    url: str

    async def ask(self, path: str) -> tuple[int, str]:
        """The status and the text of an answer."""
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.get(f"{self.url}{path}") as answer,
        ):
            return answer.status, await answer.text()


@pytest.fixture
async def kubelet() -> AsyncIterator[Kubelet]:
    inside, (port,) = Inside(), free_ports(1)
    probes = Probes(silence=lambda: inside.silence)
    probes.ready = lambda: inside.ready
    await probes.start(LOOPBACK, port)
    yield Kubelet(inside, f"http://{LOOPBACK}:{port}")
    await probes.stop()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_all_is_well(kubelet: Kubelet, path: str) -> None:
    assert await kubelet.ask(path) == (200, "ok\n")


@pytest.mark.parametrize(
    ("silence", "status"),
    [
        pytest.param(LONGEST_SILENCE, 200, id="as long as a watch may be silent"),
        pytest.param(LONGEST_SILENCE + 1, 503, id="longer than a watch may be silent"),
    ],
)
async def test_silent_watches_ask_for_a_restart(
    kubelet: Kubelet, silence: float, status: int
) -> None:
    kubelet.inside.silence = silence

    assert (await kubelet.ask("/healthz"))[0] == status
    assert (await kubelet.ask("/readyz"))[0] == 200


async def test_an_operator_that_still_reads_is_alive_and_not_ready(kubelet: Kubelet) -> None:
    kubelet.inside.ready = False

    assert (await kubelet.ask("/healthz"))[0] == 200
    assert await kubelet.ask("/readyz") == (503, "caches are not synced yet\n")


async def test_other_paths_lead_nowhere(kubelet: Kubelet) -> None:
    assert (await kubelet.ask("/metrics"))[0] == 404


async def test_probes_that_were_never_served_can_be_stopped() -> None:
    await Probes(silence=lambda: 0.0).stop()
