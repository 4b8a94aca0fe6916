"""Work in many namespaces: side by side, bounded, and never for long without a break."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

AT_ONCE = 32
"""How many namespaces one object's work is in at the same time. The API server answers about as
fast as it can then, and half of the connections are left for all other objects."""

TURN_SECONDS = 1.0
"""How long an object works on its namespaces before its status is written and others are looked
at; so long, too, may an edit of the object wait."""

LONGEST_TURN_SECONDS = 5.0
WORK_FOR_A_LOOK = 10.0
"""A turn begins with a look at all namespaces. It lasts so many times as long as that, so that
the looks are a tenth of the work, but never longer than the other bound."""

L = TypeVar("L")


class Turn:
    """The time that one look at an object may spend in namespaces, from the first of them on."""

    def __init__(self, seconds: float = TURN_SECONDS) -> None:
        """Prepare, before the look.

        Args:
            seconds: How long the turn is after a look that took no time.
        """
        self._seconds = seconds
        self._made_at = _now()
        self._ends_at: float | None = None

    def begin(self) -> None:
        """Let the time run, if it does not already."""
        if self._ends_at is None:
            worth = min((_now() - self._made_at) * WORK_FOR_A_LOOK, LONGEST_TURN_SECONDS)
            self._ends_at = _now() + max(self._seconds, worth)

    def is_over(self) -> bool:
        """Whether others are to have their turn."""
        return self._ends_at is not None and _now() >= self._ends_at


async def fan_out(lanes: Sequence[L], work: Callable[[L], Awaitable[None]], turn: Turn) -> None:
    """Work through lanes side by side until the turn is over; what was begun is finished.

    However late it is, some lanes are worked on: each look gets something done.

    Raises:
        Exception: what the first failing lane raised; the others are given up.
    """
    turn.begin()
    waiting = iter(lanes)

    async def worker() -> None:
        for lane in waiting:
            await work(lane)
            if turn.is_over():
                return

    workers = [asyncio.ensure_future(worker()) for _ in lanes[:AT_ONCE]]
    try:
        await asyncio.gather(*workers)
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def _now() -> float:
    return asyncio.get_running_loop().time()
