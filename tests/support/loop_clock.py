"""The event loop's clock, which a test moves forward so that nothing has to be waited for."""

import asyncio

import pytest

_TURNS = 50
"""More turns of the loop than any chain of tasks in these tests is long."""


class LoopClock:
    """Stands before the running loop's own clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._real = loop.time
        self._ahead = 0.0
        monkeypatch.setattr(loop, "time", self.now)

    def now(self) -> float:
        """The loop's time in seconds."""
        return self._real() + self._ahead

    def pass_by(self, seconds: float) -> None:
        """Let time pass while something goes on."""
        self._ahead += seconds

    async def skip(self, seconds: float) -> None:
        """Let time pass at once, first for those who do not wait; then do what became due."""
        await settle()
        self._ahead += seconds
        await settle()


async def settle() -> None:
    """Let every task go on until all of them wait for time or for somebody else."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
