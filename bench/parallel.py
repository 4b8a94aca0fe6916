"""Working through a list several items at a time, the same way for every competitor."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

PARALLEL = 8
"""As many as the operator may have under way in Harbor by default (`requests.maxConcurrent`)."""
DELIVERIES = 32
"""As many as the operator may have under way in the cluster for one pull secret."""


async def each(
    items: Iterable[T], work: Callable[[T], Awaitable[None]], *, parallel: int = PARALLEL
) -> None:
    """Do the work for every item, some at a time, in order of the items.

    Raises:
        ExceptionGroup: of whatever the work raised; the rest is not begun.
    """
    remaining = iter(items)

    async def take() -> None:
        for item in remaining:
            await work(item)

    async with asyncio.TaskGroup() as workers:
        for _ in range(parallel):
            workers.create_task(take())
