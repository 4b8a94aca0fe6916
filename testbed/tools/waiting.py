"""Waiting for something that announces itself to nobody."""

import asyncio
from collections.abc import Awaitable, Callable

_POLL_SECONDS = 0.05
"""Short against what is waited for (the quickest program starts in a tenth of a second)."""

Probe = Callable[[], Awaitable[bool]]


async def until(probe: Probe, *, within: float) -> None:
    """Ask the probe again and again until it answers true.

    Raises:
        TimeoutError: it did not answer true within that many seconds.
    """
    async with asyncio.timeout(within):
        while True:
            if await probe():
                return
            await asyncio.sleep(_POLL_SECONDS)
