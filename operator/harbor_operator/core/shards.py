"""Which shard a namespace is in, and which shards each of several replicas holds.

A shard is a number from 0 up to the count of shards. Both answers are the same in every replica.
"""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256

CLUSTER: int = 0
"""The shard of what has no namespace."""


def shard_of(namespace: str, count: int) -> int:
    """The shard of all objects in a namespace; an empty one stands for cluster-scoped objects."""
    return _hash(namespace) % count if namespace else CLUSTER


def allotted(count: int, seats: Collection[int]) -> Mapping[int, frozenset[int]]:
    """The shards of each replica, by the number of its seat.

    Each shard is with one replica, and no replica has two more than another. Who prefers which
    is drawn once for all, so that few shards move when a replica comes or goes.

    Args:
        count: How many shards there are.
        seats: The seats of the replicas that are alive, at least one.
    """
    least, extra = divmod(count, len(seats))
    given: dict[int, set[int]] = {seat: set() for seat in seats}
    left = set(range(count))
    for seat, shard in _by_preference(count, seats):
        has_extra = len(given[seat]) >= least
        if shard not in left or len(given[seat]) > least or (has_extra and not extra):
            continue
        given[seat].add(shard)
        left.remove(shard)
        extra -= has_extra
    return {seat: frozenset(shards) for seat, shards in given.items()}


def _by_preference(count: int, seats: Iterable[int]) -> list[tuple[int, int]]:
    """All pairs of a seat and a shard, those that like each other best first."""
    pairs = [(seat, shard) for seat in seats for shard in range(count)]
    return sorted(pairs, key=lambda pair: (_hash(f"{pair[0]}/{pair[1]}"), pair))


def _hash(text: str) -> int:
    """A number that is the same in every process; it is spread evenly over names that are alike."""
    return int.from_bytes(sha256(text.encode()).digest()[:8])
