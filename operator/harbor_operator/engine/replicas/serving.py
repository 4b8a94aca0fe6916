"""Which objects this replica works on: all of them, unless they are divided among several."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from typing_extensions import override


class Listener(Protocol):
    """Who is told what this replica works on from now on."""

    def gained(self, shard: int) -> None:
        """Whatever is in a shard may be worked on; nobody else does."""

    async def lost(self, shard: int) -> None:
        """Nothing of a shard is worked on any more; once this has ended, somebody else may."""


class Serving(Protocol):
    """What of the cluster is this replica's."""

    listener: Listener | None

    @property
    def divided(self) -> bool:
        """Whether other replicas work on some of the objects."""

    def shard_of(self, namespace: str) -> int:
        """Which shard the objects of a namespace are in; an empty one means cluster-scoped."""

    def shards(self) -> Mapping[int, bool]:
        """Whether each shard is served; empty where objects are not divided."""

    def serves(self, namespace: str) -> bool:
        """Whether work on the objects of a namespace may begin now."""

    def at_work(self, namespace: str) -> AbstractContextManager[bool]:
        """A block that works on an object of a namespace, if the value it is given is true.

        Whatever it writes, also by tasks that it begins, it writes in the name of that shard,
        which is not handed over before the block ends.
        """


class Undivided(Serving):
    """There is one shard, and it is this replica's."""

    listener: Listener | None = None

    @property
    @override
    def divided(self) -> bool:
        return False

    @override
    def shard_of(self, namespace: str) -> int:
        return 0

    @override
    def shards(self) -> Mapping[int, bool]:
        return {}

    @override
    def serves(self, namespace: str) -> bool:
        return True

    @override
    @contextmanager
    def at_work(self, namespace: str) -> Iterator[bool]:
        """Work on whatever there is."""
        yield True
