"""Which shard is whose: every replica comes to the same answer, and it is a fair one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.core.shards import CLUSTER, allotted, shard_of

counts = st.integers(1, 32)
crews = st.sets(st.integers(0, 31), min_size=1)

SOME = [f"team-{number}" for number in range(3000)]


@pytest.mark.parametrize(
    ("namespace", "shard"),
    [
        pytest.param("", CLUSTER, id="cluster-scoped"),
        pytest.param("default", 1, id="the same in every process"),
        pytest.param("payments", 0, id="and in every version"),
    ],
)
def test_a_namespace_is_in_one_of_six_shards(namespace: str, shard: int) -> None:
    assert shard_of(namespace, 6) == shard


@given(st.text(), counts)
def test_every_namespace_is_in_a_shard_that_exists(namespace: str, count: int) -> None:
    assert 0 <= shard_of(namespace, count) < count


def test_names_that_are_alike_are_spread_evenly() -> None:
    shards = [shard_of(name, 6) for name in SOME]

    sizes = [shards.count(shard) for shard in range(6)]
    assert min(sizes) > 0.85 * len(SOME) / 6
    assert max(sizes) < 1.15 * len(SOME) / 6


@given(counts, crews)
def test_each_shard_is_with_one_replica(count: int, seats: set[int]) -> None:
    shards = [shard for own in allotted(count, seats).values() for shard in own]

    assert sorted(shards) == list(range(count))


@given(counts, crews)
def test_no_replica_has_two_shards_more_than_another(count: int, seats: set[int]) -> None:
    sizes = [len(own) for own in allotted(count, seats).values()]

    assert len(sizes) == len(seats)
    assert max(sizes) - min(sizes) <= 1


@given(counts, crews)
def test_the_order_in_which_replicas_are_seen_does_not_matter(count: int, seats: set[int]) -> None:
    assert allotted(count, sorted(seats)) == allotted(count, sorted(seats, reverse=True))


@pytest.mark.parametrize("count", [6, 12, 32])
@pytest.mark.parametrize("crew", [2, 3, 4, 5])
def test_most_shards_stay_where_they_are_when_a_replica_comes(count: int, crew: int) -> None:
    before, after = allotted(count, range(crew)), allotted(count, range(crew + 1))

    stay = sum(len(before[seat] & after[seat]) for seat in before)
    assert stay >= 0.8 * (count - len(after[crew])) - 1
