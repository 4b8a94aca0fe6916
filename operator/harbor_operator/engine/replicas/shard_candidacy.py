"""The Leases of shards, and a process that stands for them."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from harbor_operator.engine.replicas.leadership import CLOCKS
from harbor_operator.engine.replicas.shards import Shards
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.lease import Durations, Lease, SharedLease
from harbor_operator.kube.resources import ObjectKey


@dataclass(frozen=True, slots=True)
class LeaseBallot:
    """Makes one process a candidate for each Lease that shards need.

    Attributes:
        client: A way to the API server without a gate, used for nothing else.
        key: Namespace and name of the common Lease; the others' names begin with it.
        identity: Name of this very process, never used by another one.
        count: How many shards there are.
        durations: How the elections spend their time.
        jitter: Returns a random number from 0 up to 1.
    """

    client: KubeClient
    key: ObjectKey
    identity: str
    count: int
    durations: Durations
    jitter: Callable[[], float]

    def seat(self, number: int) -> Lease:
        """Stand for a seat."""
        return self._made(Lease, f"{self.key.name}-seat-{number}", self.identity)

    def shard(self, number: int) -> Lease:
        """Stand for a shard."""
        return self._made(Lease, f"{self.key.name}-shard-{number}", self.identity)

    def common(self) -> Lease:
        """Stand for the common Lease, in the name of all who divide the namespaces likewise."""
        return self._made(SharedLease, self.key.name, f"{self.count}-shards")

    def pause(self) -> float:
        """Seconds between two rounds."""
        return self.durations.retry * (1 + self.jitter() / 5)

    def _made(self, kind: type[Lease], name: str, identity: str) -> Lease:
        return kind(
            self.client,
            ObjectKey(self.key.namespace, name),
            identity,
            clocks=CLOCKS,
            jitter=self.jitter,
            durations=self.durations,
        )


@asynccontextmanager
async def shard_candidacy(ballot: LeaseBallot) -> AsyncIterator[Shards]:
    """A candidacy of this process for shards, which ends with the block."""
    shards = Shards(ballot, ballot.count, leave=os._exit, pause=ballot.pause)
    async with ballot.client:
        try:
            yield shards
        finally:
            await shards.end()
