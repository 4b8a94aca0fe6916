"""How many requests run at once, and how often one may start."""

import asyncio
from types import TracebackType


class Admission:
    """A fair queue before Harbor; use it as a context manager around one request.

    Waiters are served in the order of their arrival. Up to `max_concurrent` requests may start
    at once after a pause, afterwards one every 1/`per_second` seconds.
    """

    def __init__(self, *, max_concurrent: int, per_second: float) -> None:
        self._slots = asyncio.Semaphore(max_concurrent)
        self._interval = 1 / per_second
        self._credit = (max_concurrent - 1) * self._interval
        self._next_start = 0.0

    async def __aenter__(self) -> None:
        await self._slots.acquire()
        try:
            await asyncio.sleep(self._reserve())
        except BaseException:
            self._slots.release()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._slots.release()

    def _reserve(self) -> float:
        """Take the next start time and say how many seconds away it is."""
        now = asyncio.get_running_loop().time()
        start = max(self._next_start, now - self._credit)
        self._next_start = start + self._interval
        return max(0.0, start - now)
