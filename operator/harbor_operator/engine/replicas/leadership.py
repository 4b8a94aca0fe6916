"""Which replica works: one leads, the others stand by with their caches filled."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import NoReturn, Protocol

from typing_extensions import override

from harbor_operator.engine.replicas.serving import Serving, Undivided
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import NotLeader
from harbor_operator.kube.lease import Clocks, Durations, Lease
from harbor_operator.kube.resources import ObjectKey

_LOG = logging.getLogger(__name__)

LOST_LEASE = 3
"""Exit code of a process that led and must not any more: the kubelet starts it anew."""

_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that goes on while the machine is suspended; where it has no name of its own, as on
macOS, the monotonic clock does so."""

CLOCKS = Clocks(elapsed=lambda: time.clock_gettime(_ELAPSED), now=lambda: datetime.now(UTC))


class Term(Protocol):
    """What is used of a `harbor_operator.kube.lease.Lease`; see there."""

    @property
    def holder(self) -> str:
        """Identity of the holder as last seen, or nothing."""

    @property
    def held(self) -> bool:
        """Whether this candidate is the leader now."""

    def require(self) -> None:
        """Check that this candidate is the leader now, or raise NotLeader."""

    async def acquire(self) -> None:
        """Wait until this candidate is the leader."""

    async def keep(self) -> NoReturn:
        """Renew until the term has ended, and raise NotLeader then."""

    async def release(self) -> None:
        """End the term and let another candidate begin."""


class Leadership(Protocol):
    """What the rest of the operator knows of the election."""

    @property
    def serving(self) -> Serving:
        """What this replica works on while it leads."""
        return Undivided()

    @property
    def stands_by(self) -> bool:
        """Whether another replica leads, as far as this one knows."""

    @property
    def leads(self) -> bool:
        """Whether this replica leads now."""

    def require(self) -> None:
        """Called before each write; returns only if this replica leads."""

    async def begin(self) -> None:
        """Wait until this replica leads, and see to it that it goes on leading."""

    async def end(self) -> None:
        """Let another replica lead. Call it when nothing that could write goes on."""


class Unopposed(Leadership):
    """The leadership of an operator that was told that it is the only one."""

    @property
    @override
    def stands_by(self) -> bool:
        return False

    @property
    @override
    def leads(self) -> bool:
        return True

    @override
    def require(self) -> None:
        """Let every write pass."""

    @override
    async def begin(self) -> None:
        """Lead at once."""

    @override
    async def end(self) -> None:
        """There is nobody to hand over to."""


class Elected(Leadership):
    """Leadership by a Lease.

    A term that has ended never begins again, and whatever was begun under it must not go on. So
    the process ends where that is noticed, be it in the middle of a write, and nothing is tidied
    up: a handler that failed instead would want to report that by further writes.
    """

    def __init__(self, lease: Term, *, leave: Callable[[int], NoReturn]) -> None:
        """Prepare to stand for election.

        Args:
            lease: What is competed for.
            leave: Ends the process at once with an exit code.
        """
        self._lease = lease
        self._leave = leave
        self._renewing: asyncio.Task[None] | None = None

    @property
    @override
    def stands_by(self) -> bool:
        return bool(self._lease.holder) and not self._lease.held

    @property
    @override
    def leads(self) -> bool:
        return self._lease.held

    @override
    def require(self) -> None:
        """End the process unless it leads; needs no turn of the event loop."""
        try:
            self._lease.require()
        except NotLeader as error:
            self._depart(error)

    @override
    async def begin(self) -> None:
        await self._lease.acquire()
        self._renewing = asyncio.create_task(self._renew())

    @override
    async def end(self) -> None:
        """Release the lease, so that another replica need not wait until it runs out."""
        await self.expire()
        await self._lease.release()

    async def expire(self) -> None:
        """Let the lease run out by itself, or be renewed by others in the same name."""
        if self._renewing is not None:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing

    async def _renew(self) -> None:
        try:
            await self._lease.keep()
        except NotLeader as error:
            self._depart(error)

    def _depart(self, reason: NotLeader) -> NoReturn:
        _LOG.error("%s: this process ends and stands for election anew", reason)
        self._leave(LOST_LEASE)


@asynccontextmanager
async def candidacy(
    client: KubeClient,
    key: ObjectKey,
    identity: str,
    *,
    durations: Durations,
    jitter: Callable[[], float],
) -> AsyncIterator[Elected]:
    """A candidacy of this process, which ends with the block.

    Args:
        client: A way to the API server without a gate, used for nothing else; closed afterwards.
        key: Namespace and name of the Lease.
        identity: Name of this very process, never used by another one.
        durations: How the election spends its time.
        jitter: Returns a random number from 0 up to 1.
    """
    lease = Lease(client, key, identity, clocks=CLOCKS, jitter=jitter, durations=durations)
    leadership = Elected(lease, leave=os._exit)
    async with client:
        try:
            yield leadership
        finally:
            await leadership.end()


async def begun(leadership: Leadership, *, unless: asyncio.Event) -> bool:
    """Wait until this replica leads; False if it was told to stop meanwhile."""
    beginning = asyncio.create_task(leadership.begin())
    stopping = asyncio.create_task(unless.wait())
    await asyncio.wait([beginning, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (beginning, stopping):
        task.cancel()
    await asyncio.wait([beginning, stopping])
    if not beginning.cancelled():
        beginning.result()
    return not unless.is_set()
