"""The line of a connection: places for those whose robots are replaced out of turn."""

from datetime import datetime, timedelta
from itertools import accumulate, repeat

import pytest

from harbor_operator.core.robot.line import (
    BURST,
    CALM,
    FARTHEST,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PACE,
    Line,
    pause,
)
from tests.support.robots import NOW

SECOND = timedelta(seconds=1)


def joined(line: Line, names: list[str], now: datetime = NOW) -> Line:
    """The line after these objects have joined for their first credential."""
    *_, last = accumulate(names, lambda so_far, name: so_far.join(name, "1", now), initial=line)
    return last


def crowd(size: int) -> list[str]:
    return [f"uid-{number}" for number in range(size)]


def waits(line: Line, names: list[str], now: datetime = NOW) -> list[timedelta]:
    places = (line.place(name, "1", now) for name in names)
    return [place - now for place in places if place is not None]


def test_nobody_has_a_place_without_joining() -> None:
    assert Line().place("uid", "1", NOW) is None


def test_so_many_begin_at_once_and_the_others_one_after_another() -> None:
    names = crowd(BURST + 3)

    line = joined(Line(), names)

    assert waits(line, names) == [*repeat(timedelta(0), BURST), PACE, 2 * PACE, 3 * PACE]


def test_the_burst_comes_back_with_time() -> None:
    full = joined(Line(), crowd(BURST))

    later = joined(full, ["another"], NOW + 60 * SECOND)

    assert later.place("another", "1", NOW + 60 * SECOND) == NOW + 60 * SECOND


def test_a_thousand_are_through_in_a_quarter_of_an_hour() -> None:
    names = crowd(1000)

    line = joined(Line(), names)

    assert max(waits(line, names)) < timedelta(minutes=17)


def test_who_has_a_place_keeps_it() -> None:
    line = joined(Line(), crowd(BURST + 1))

    assert line.join("uid-0", "1", NOW + SECOND) == line


def test_a_place_is_for_one_credential() -> None:
    line = Line().join("uid", "1", NOW)

    assert line.place("uid", "2", NOW) is None


def test_the_same_object_waits_longer_each_time() -> None:
    line = Line().join("uid", "1", NOW).join("uid", "2", NOW).join("uid", "3", NOW)

    assert line.place("uid", "3", NOW) == NOW + FIRST_PAUSE + 2 * FIRST_PAUSE


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(1, FIRST_PAUSE, id="the first"),
        pytest.param(2, 2 * FIRST_PAUSE, id="the second"),
        pytest.param(6, 32 * FIRST_PAUSE, id="the sixth"),
        pytest.param(7, LONGEST_PAUSE, id="the longest"),
        pytest.param(10_000, LONGEST_PAUSE, id="and never longer"),
    ],
)
def test_a_pause(row: int, expected: timedelta) -> None:
    assert pause(row) == expected


@pytest.mark.parametrize(
    ("after", "waits_for"),
    [
        pytest.param(CALM - SECOND, timedelta(0), id="almost a calm: the pause is over by then"),
        pytest.param(CALM, timedelta(0), id="a calm"),
    ],
)
def test_an_object_that_was_calm_begins_at_once(after: timedelta, waits_for: timedelta) -> None:
    line = Line().join("uid", "1", NOW).join("uid", "2", NOW + after)

    assert line.place("uid", "2", NOW + after) == NOW + after + waits_for


def test_after_a_calm_the_pauses_begin_anew() -> None:
    later = NOW + FIRST_PAUSE + CALM
    line = Line().join("uid", "1", NOW).join("uid", "2", NOW).join("uid", "3", later)

    line = line.join("uid", "4", later)

    assert line.place("uid", "4", later) == later + FIRST_PAUSE


def test_places_that_are_over_are_forgotten() -> None:
    line = joined(Line(), crowd(5)).join("another", "1", NOW + CALM)

    assert set(line.places) == {"another"}


def test_a_clock_that_stepped_back_holds_nobody_up() -> None:
    ahead = NOW + FARTHEST + SECOND
    line = joined(Line(), crowd(BURST + 1), ahead)

    assert line.place("uid-0", "1", NOW) is None
    assert line.join("uid-0", "1", NOW).place("uid-0", "1", NOW) == NOW
