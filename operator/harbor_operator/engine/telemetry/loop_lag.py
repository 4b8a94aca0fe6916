"""How late the event loop is: whatever blocks it delays everything."""

import asyncio
from collections import deque
from collections.abc import Callable

LOOK_SECONDS = 0.5
"""Between two looks; a delay shorter than that may go unseen."""

MEMORY_SECONDS = 60.0
"""How long a delay is told: longer than the pause between two scrapes."""


class LoopLag:
    """Wakes up at fixed times and notes by how much it was late."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Prepare to look.

        Args:
            clock: Monotonic seconds, as the event loop's.
        """
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            due = self._clock() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.note(self._clock() - due)

    def note(self, late: float) -> None:
        """Take in by how many seconds a wake-up was late."""
        now = self._clock()
        while self._seen and self._seen[0][0] <= now - MEMORY_SECONDS:
            self._seen.popleft()
        self._seen.append((now, max(late, 0.0)))

    def longest(self) -> float:
        """The longest delay within the last `MEMORY_SECONDS`, in seconds."""
        return max((late for _, late in self._seen), default=0.0)
