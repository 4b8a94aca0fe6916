"""Who waits for a Secret of another object, and for how long that counts."""

import pytest

from harbor_operator.engine.heirs import STAKE_SECONDS, Heir, Heirs
from harbor_operator.engine.objects import ObjectId
from harbor_operator.kube.resources import ObjectKey
from tests.support.loop_clock import LoopClock

SHOP, BASE = ObjectKey("shop", "pull"), ObjectKey("base", "pull")
FIRST = Heir(ObjectId("HarborPullSecret", "team", "first"), "uid-1")
SECOND = Heir(ObjectId("HarborPullSecret", "team", "second"), "uid-2")


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> LoopClock:
    return LoopClock(monkeypatch)


async def test_nobody_waits_for_a_secret_that_nobody_wants() -> None:
    assert Heirs().of(SHOP) == []


async def test_the_longest_waiting_comes_first() -> None:
    heirs = Heirs()
    for heir in (FIRST, SECOND, FIRST):
        heirs.want(heir, frozenset({SHOP}))

    assert heirs.of(SHOP) == [FIRST, SECOND]


async def test_who_wants_another_secret_no_longer_wants_the_first() -> None:
    heirs = Heirs()
    heirs.want(FIRST, frozenset({SHOP}))
    heirs.want(FIRST, frozenset({BASE}))

    assert (heirs.of(SHOP), heirs.of(BASE)) == ([], [FIRST])


async def test_who_wants_nothing_is_forgotten() -> None:
    heirs = Heirs()
    heirs.want(FIRST, frozenset({SHOP}))
    heirs.want(FIRST, frozenset())

    assert heirs.of(SHOP) == []


async def test_who_has_not_looked_for_long_does_not_count(clock: LoopClock) -> None:
    heirs = Heirs()
    heirs.want(FIRST, frozenset({SHOP}))
    await clock.skip(STAKE_SECONDS)
    heirs.want(SECOND, frozenset({SHOP}))

    assert heirs.of(SHOP) == [SECOND]
