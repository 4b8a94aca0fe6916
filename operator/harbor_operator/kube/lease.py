"""Leader election by a Lease of `coordination.k8s.io/v1`, with a check that stops stale writes.

One `Lease` is one candidate and at most one term of office:

    lease = Lease(client, ObjectKey("ns", "name"), identity, clocks=clocks, jitter=random)
    await lease.acquire()
    # Work; each write asks `lease.require` first. Beside it:
    await lease.keep()
    # Once the work has ended and nobody waits in `keep` any more:
    await lease.release()

Its own client carries no gate, and shares no pool with the work that it guards.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from typing_extensions import override

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import AlreadyExists, Conflict, KubeError, NotFound, NotLeader
from harbor_operator.kube.lease_record import LeaseRecord, claimed, released
from harbor_operator.kube.resources import LEASES, JsonObject, ObjectKey, key_of

_LOG = logging.getLogger(__name__)

_RELEASE_ATTEMPTS = 2
"""Somebody may edit the object between the read and the write, but hardly twice in a row."""


@dataclass(frozen=True, slots=True)
class Durations:
    """How an election spends its time, all in seconds; the defaults are those of the Go clients.

    Attributes:
        lease: How long other candidates wait after the last renewal that they saw.
        renew_deadline: How long a holder believes in its last successful renewal. What it lacks
            to `lease` is the time that a request may be under way after it was let through.
        retry: Pause between attempts to take or to renew the lease.

    Raises:
        ValueError: A holder would be succeeded before it gives up, or could not try twice.
    """

    lease: int = 15
    renew_deadline: float = 10.0
    retry: float = 2.0

    def __post_init__(self) -> None:
        if not 0 < 2 * self.retry <= self.renew_deadline < self.lease:
            raise ValueError("0 < 2 * retry <= renew_deadline < lease does not hold")

    @property
    def attempt(self) -> float:
        """Longest time for one attempt: a server that is silent must leave time for another."""
        return self.renew_deadline / 2


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of an election.

    Attributes:
        elapsed: Seconds that never step and that go on while the machine is suspended
            (`CLOCK_BOOTTIME` on Linux). All decisions follow it.
        now: The time of day with a time zone, only written down for people to read.
    """

    elapsed: Callable[[], float]
    now: Callable[[], datetime]


class Lease:
    """A candidate for a lease, and its term of office if it wins.

    No two holders overlap, whatever the candidates' clocks say: a holder counts from before it
    asked for a renewal, and the others from after they have seen it, and they wait for longer.
    A term that has ended never begins again, since work begun under it might go on under the
    next one: whoever wants to stand again makes another `Lease`.
    """

    def __init__(
        self,
        client: KubeClient,
        key: ObjectKey,
        identity: str,
        *,
        clocks: Clocks,
        jitter: Callable[[], float],
        durations: Durations | None = None,
    ) -> None:
        """Prepare to stand for election.

        Args:
            client: How to reach the API server, without a gate that asks this lease.
            key: Namespace and name of the Lease.
            identity: Name of this very process, never used by another one.
            clocks: What time it is.
            jitter: Returns a random number from 0 up to 1.
            durations: Other times than the usual ones.
        """
        self.key = key
        self._client = client
        self._identity = identity
        self._clocks = clocks
        self._jitter = jitter
        self._durations = durations or Durations()
        self._stored: JsonObject | None = None
        self._seen: LeaseRecord | None = None
        self._free_at = -math.inf
        self._changes = 0
        self._renewed_at = -math.inf
        self._ended = False
        self._failing = False

    @property
    def age(self) -> float:
        """Seconds since the last successful renewal was asked for; infinite without one."""
        return self._clocks.elapsed() - self._renewed_at

    @property
    def holder(self) -> str:
        """Identity of the holder as last seen, or nothing."""
        return self._seen.holder if self._seen else ""

    @property
    def held(self) -> bool:
        """Whether this candidate is the leader now."""
        return not self._ended and 0 <= self.age <= self._durations.renew_deadline

    @property
    def taken(self) -> bool:
        """Whether somebody else may hold it, as far as this candidate has seen."""
        return self._clocks.elapsed() < self._free_at

    @property
    def known(self) -> bool:
        """Whether it is free, or its holder has been seen to be alive and not only to have been."""
        return not self.taken or self._changes > 1

    def require(self) -> None:
        """Check that this candidate is the leader now; needs no turn of the event loop.

        Raises:
            NotLeader: It is not, or cannot be sure of it.
        """
        if not self.held:
            raise NotLeader(f"{self._identity} does not hold the lease {self.key.name}")

    async def acquire(self) -> None:
        """Wait until this candidate is the leader, however long the API server is away.

        Raises:
            NotLeader: Its term has ended.
        """
        while not self._ended and not self._won:
            if await self.stand():
                return
            await asyncio.sleep(self._pause())
        self.require()

    async def stand(self) -> bool:
        """Try once to become the leader, and say whether that was successful."""
        won = await self._attempt(self._durations.attempt)
        if won:
            _LOG.info("%s holds the lease %s", self._identity, self.key.name)
        return won

    async def look(self) -> None:
        """See who holds it without standing for it: who stands later need not wait anew."""
        try:
            async with asyncio.timeout(self._durations.attempt):
                self._observe(LeaseRecord.of(await self._read()))
        except (KubeError, TimeoutError) as error:
            self._report(error)
            return
        self._failing = False

    async def keep(self) -> NoReturn:
        """Renew the lease until that fails for too long, or somebody else holds it.

        Raises:
            NotLeader: The term has ended.
        """
        try:
            while True:
                await asyncio.sleep(self._durations.retry)
                self.require()
                remaining = self._durations.renew_deadline - self.age
                await self._attempt(min(self._durations.attempt, remaining))
        except NotLeader:
            self._ended = True
            raise

    async def release(self) -> None:
        """End the term and let another candidate begin at once, if the API server is there.

        Call it when nothing that was begun under the lease goes on. A candidate that never won
        may call it too: its claim may have arrived although no answer came.
        """
        self._ended = True
        try:
            async with asyncio.timeout(self._durations.attempt):
                await self._release()
        except (KubeError, TimeoutError) as error:
            _LOG.warning("the lease %s runs out by itself: %s", self.key.name, _reason(error))

    @property
    def _won(self) -> bool:
        """Whether the term has begun; it may be over."""
        return math.isfinite(self._renewed_at)

    def _pause(self) -> float:
        """Seconds until the next attempt to take the lease: no later than it becomes free."""
        spread = self._durations.retry * (1 + self._jitter() / 5)
        until_free = self._free_at - self._clocks.elapsed()
        return min(spread, until_free) if until_free > 0 else spread

    async def _attempt(self, seconds: float) -> bool:
        """Try once to take or renew the lease, and say whether that was successful.

        Raises:
            NotLeader: Another candidate has taken what this one held.
        """
        try:
            async with asyncio.timeout(seconds):
                renewed = await self._take_or_renew()
        except (AlreadyExists, Conflict):
            return False  # Somebody was faster; the next attempt reads what they wrote.
        except (KubeError, TimeoutError) as error:
            self._report(error)
            return False
        self._failing = False
        return renewed

    async def _take_or_renew(self) -> bool:
        stored, self._stored = self._stored or await self._read(), None
        record = LeaseRecord.of(stored)
        self._observe(record)
        if not self._may_take(record):
            return False
        # Taken before the request: whoever stops here for long finds the renewal too old.
        asked_at = self._clocks.elapsed()
        body = claimed(
            self.key, stored, self._identity, seconds=self._durations.lease, now=self._clocks.now()
        )
        self._stored = await self._store(body)
        self._seen = LeaseRecord.of(self._stored)
        self._renewed_at = asked_at
        return True

    def _may_take(self, record: LeaseRecord) -> bool:
        """Whether the lease is this candidate's, or has been nobody's for long enough."""
        if record.holder == self._identity:
            return True
        if not self._won:
            return self._clocks.elapsed() >= self._free_at
        if record.holder:
            raise NotLeader(f"{record.holder} holds the lease {self.key.name}")
        # Somebody has emptied or deleted the object. Other candidates wait for longer than this
        # term still lasts.
        return True

    def _observe(self, record: LeaseRecord) -> None:
        """Note since when the record has been as it is, by the own clock.

        An absent or blank object says nothing about a holder seen before, who may be alive.
        """
        if record == self._seen or record.blank:
            return
        self._seen = record
        self._changes += 1
        wait = 0 if record.released else max(record.seconds, self._durations.lease)
        self._free_at = self._clocks.elapsed() + wait

    async def _release(self) -> None:
        for _ in range(_RELEASE_ATTEMPTS):
            stored = await self._read()
            if stored is None or LeaseRecord.of(stored).holder != self._identity:
                return
            try:
                await self._store(released(stored, now=self._clocks.now()))
            except Conflict:
                continue
            _LOG.info("%s released the lease %s", self._identity, self.key.name)
            return

    async def _read(self) -> JsonObject | None:
        try:
            return await self._client.get(LEASES, self.key.name, namespace=self.key.namespace)
        except NotFound:
            return None

    async def _store(self, body: JsonObject) -> JsonObject:
        """Write the object only if it is still as it was read, or still absent."""
        namespace = key_of(body).namespace
        if "uid" in body["metadata"]:
            return await self._client.replace(LEASES, body, namespace=namespace)
        return await self._client.create(LEASES, body, namespace=namespace)

    def _report(self, error: Exception) -> None:
        """Log the first of several failures in a row."""
        if not self._failing:
            name = self.key.name
            _LOG.warning("the lease %s cannot be read or renewed: %s", name, _reason(error))
        self._failing = True


class SharedLease(Lease):
    """A lease that several candidates hold together, all under one identity.

    Each renews it by itself, so that what one has stored last is seldom what is there. It is not
    released, as the others still hold it.
    """

    @override
    async def _take_or_renew(self) -> bool:
        while True:
            self._stored = None
            try:
                return await super()._take_or_renew()
            except (AlreadyExists, Conflict):
                continue  # Mostly one of the same name, who would be as fast the next time, too.


def _reason(error: Exception) -> str:
    return str(error) or "no answer in time"
