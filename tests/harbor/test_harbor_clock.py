"""Harbor's clock as its answers tell it."""

from datetime import UTC, datetime, timedelta

import pytest

from harbor_operator.harbor import HarborClock
from harbor_operator.harbor.errors import ClockUnknown

TEN = datetime(2026, 11, 25, 10, 0, 0, tzinfo=UTC)
AT_TEN = "Wed, 25 Nov 2026 10:00:00 GMT"


class Ticks:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def clock(ticks: Ticks) -> HarborClock:
    return HarborClock(ticks)


@pytest.mark.parametrize("header", [None, "", "yesterday", "Wed, 25 Nov 2026 10:00:00"], ids=repr)
def test_a_missing_or_malformed_date_sets_nothing(clock: HarborClock, header: str | None) -> None:
    clock.observe(header)

    with pytest.raises(ClockUnknown):
        clock.now()


def test_time_goes_on_after_an_answer(clock: HarborClock, ticks: Ticks) -> None:
    clock.observe(AT_TEN)
    ticks.now += 12.5

    assert clock.now() == TEN + timedelta(seconds=12.5)


def test_a_date_cut_to_seconds_does_not_set_the_clock_back(
    clock: HarborClock, ticks: Ticks
) -> None:
    clock.observe(AT_TEN)
    ticks.now += 0.9

    clock.observe(AT_TEN)

    assert clock.now() == TEN + timedelta(seconds=0.9)


@pytest.mark.parametrize("step", [-3600, -1, 2, 3600])
def test_a_clock_that_was_set_is_followed(clock: HarborClock, step: int) -> None:
    clock.observe((TEN - timedelta(seconds=step)).strftime("%a, %d %b %Y %H:%M:%S GMT"))

    clock.observe(AT_TEN)

    assert clock.now() == TEN


def test_the_skew_is_how_far_the_local_clock_runs_ahead(clock: HarborClock) -> None:
    clock.observe(AT_TEN)

    assert clock.skew(TEN + timedelta(seconds=90)) == timedelta(seconds=90)
