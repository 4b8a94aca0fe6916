"""When a robot is replaced by itself, row by row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harbor_operator.core.robot.schedule import (
    Schedule,
    Window,
    begins_at,
    due_at,
    is_open,
    next_opening,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MADE = datetime(2026, 3, 4, 12, tzinfo=UTC)
"""A Wednesday."""
KEY = "0f5c"
PARIS = "Europe/Paris"
NIGHTLY = Window("0 1 * * *", 4 * HOUR)
PLAIN = Schedule(lifetime=90 * DAY, overlap=HOUR)


def at(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def time_of(schedule: Schedule, key: str) -> datetime:
    """When a robot made at `MADE` is due, for a schedule that has such a time."""
    due = due_at(schedule, MADE, key)
    assert due is not None
    return due


DUE: dict[str, tuple[dict[str, Any], datetime | None]] = {
    "two thirds of the lifetime": ({}, MADE + 60 * DAY),
    "an age": ({"every": 30 * DAY}, MADE + 30 * DAY),
    "an age without an end": ({"every": 30 * DAY, "lifetime": None}, MADE + 30 * DAY),
    "no end, nothing said": ({"lifetime": None}, None),
    "a schedule": ({"cron": "0 3 * * SUN"}, at("2026-03-08T03:00")),
    "a schedule in Paris": ({"cron": "0 3 * * SUN", "time_zone": PARIS}, at("2026-03-08T02:00")),
    "a schedule without an end": (
        {"cron": "0 3 * * SUN", "lifetime": None},
        at("2026-03-08T03:00"),
    ),
    "a schedule within the overlap": ({"cron": "30 12 * * *"}, at("2026-03-05T12:30")),
    "a schedule just after the overlap": ({"cron": "1 13 * * *"}, at("2026-03-04T13:01")),
    "a schedule after the end": (
        {"cron": "0 3 1 * *", "lifetime": 20 * DAY},
        MADE + 20 * DAY - HOUR,
    ),
    "an age after the end": ({"every": 30 * DAY, "lifetime": 30 * DAY}, MADE + 30 * DAY - HOUR),
    "a leap day before the end": (
        {"cron": "0 3 29 2 *", "lifetime": 1000 * DAY},
        at("2028-02-29T03:00"),
    ),
    "in an open window": (
        {"cron": "0 3 * * SUN", "windows": (NIGHTLY,)},
        at("2026-03-08T03:00"),
    ),
    "as the window opens": ({"cron": "0 1 * * SUN", "windows": (NIGHTLY,)}, at("2026-03-08T01:00")),
    "as the window closes": (
        {"cron": "0 5 * * SUN", "windows": (NIGHTLY,)},
        at("2026-03-09T01:00"),
    ),
    "before the window": ({"windows": (NIGHTLY,)}, at("2026-05-04T01:00")),
    "the window in Paris": ({"windows": (NIGHTLY,), "time_zone": PARIS}, at("2026-05-03T23:00")),
    "in a window over midnight": (
        {"cron": "30 0 * * SUN", "windows": (Window("0 22 * * SAT", 4 * HOUR),)},
        at("2026-03-08T00:30"),
    ),
    "after a window over midnight": (
        {"cron": "30 2 * * SUN", "windows": (Window("0 22 * * SAT", 4 * HOUR),)},
        at("2026-03-14T22:00"),
    ),
    "the first of two windows": (
        {"every": 3 * DAY, "windows": (NIGHTLY, Window("0 20 * * *", HOUR))},
        at("2026-03-07T20:00"),
    ),
    "the open one of two windows": (
        {"every": 3 * DAY, "windows": (NIGHTLY, Window("0 11 * * *", 2 * HOUR))},
        at("2026-03-07T12:00"),
    ),
    "a window that opens just before the end": (
        {"every": 8 * DAY, "lifetime": 10 * DAY, "windows": (Window("0 11 14 * *", HOUR),)},
        at("2026-03-14T11:00"),
    ),
    "a window too near to the end": (
        {"every": 8 * DAY, "lifetime": 10 * DAY, "windows": (Window("1 11 6,14 * *", HOUR),)},
        at("2026-03-06T11:01"),
    ),
    "the last window before the due time": (
        {"every": 8 * DAY, "lifetime": 10 * DAY, "windows": (Window("0 1 6-8 * *", HOUR),)},
        at("2026-03-08T01:00"),
    ),
    "a window before the robot's first hour is over": (
        {"every": 8 * DAY, "lifetime": 10 * DAY, "windows": (Window("0 13 4 * *", HOUR),)},
        None,
    ),
    "no window in its life": (
        {"lifetime": 20 * DAY, "windows": (Window("0 1 1 * *", 4 * HOUR),)},
        None,
    ),
    "a window that the clocks skip": (
        {"every": 25 * DAY, "time_zone": PARIS, "windows": (Window("30 2 29 3 *", HOUR),)},
        at("2026-03-29T01:00"),
    ),
    "an unknown time zone": ({"cron": "0 3 * * SUN", "time_zone": "Mars/Olympus"}, None),
    "a schedule that is none": ({"cron": "often"}, None),
}
TOGETHER: dict[str, tuple[dict[str, Any], timedelta]] = {
    "a schedule": ({"cron": "0 3 * * SUN"}, HOUR / 2),
    "an age": ({"every": 30 * DAY}, HOUR / 2),
    "before a window": ({"windows": (NIGHTLY,)}, HOUR / 2),
    "before a window shorter than the jitter": (
        {"windows": (Window("0 1 * * *", HOUR / 4),)},
        HOUR / 8,
    ),
}
"""What a fleet has in common, and how far apart it is moved by a jitter of half an hour."""

BEGINS: dict[str, tuple[dict[str, Any], str, str]] = {
    "not due yet": ({"windows": (NIGHTLY,)}, "2026-05-03T22:00", "2026-05-04T01:00"),
    "overdue": ({}, "2026-05-20T17:00", "2026-05-20T17:00"),
    "overdue in a window": ({"windows": (NIGHTLY,)}, "2026-05-20T03:00", "2026-05-20T03:00"),
    "overdue after a window": ({"windows": (NIGHTLY,)}, "2026-05-20T05:00", "2026-05-21T01:00"),
    "overdue without an end": (
        {"every": 30 * DAY, "lifetime": None, "windows": (NIGHTLY,)},
        "2026-05-20T05:00",
        "2026-05-21T01:00",
    ),
    "after the last window": (
        {"windows": (Window("0 1 1 * *", HOUR),), "every": 20 * DAY, "lifetime": 40 * DAY},
        "2026-04-05T00:00",
        "2026-04-13T11:00",
    ),
    "after the last window, at its end": (
        {"windows": (Window("0 1 1 * *", HOUR),), "every": 20 * DAY, "lifetime": 40 * DAY},
        "2026-04-13T11:30",
        "2026-04-13T11:30",
    ),
}
OPENINGS: dict[str, tuple[tuple[Window, ...], str, str | None]] = {
    "none at all": ((), "2026-03-04T12:00", "2026-03-04T12:00"),
    "before": ((NIGHTLY,), "2026-03-04T12:00", "2026-03-05T01:00"),
    "as it opens": ((NIGHTLY,), "2026-03-05T01:00", "2026-03-05T01:00"),
    "inside": ((NIGHTLY,), "2026-03-05T04:59:59", "2026-03-05T04:59:59"),
    "as it closes": ((NIGHTLY,), "2026-03-05T05:00", "2026-03-06T01:00"),
    "over midnight": (
        (Window("0 22 * * *", 4 * HOUR),),
        "2026-03-05T01:30",
        "2026-03-05T01:30",
    ),
    "one inside another": (
        (Window("0 2 * * *", HOUR), NIGHTLY),
        "2026-03-05T04:00",
        "2026-03-05T04:00",
    ),
    "longer than its period": (
        (Window("0 0 * * *", 36 * HOUR),),
        "2026-03-05T18:00",
        "2026-03-05T18:00",
    ),
    "decades away": ((Window("0 0 29 2 */7", HOUR),), "2060-03-01T00:00", "2088-02-29T00:00"),
}


@pytest.mark.parametrize(("changes", "due"), DUE.values(), ids=DUE.keys())
def test_a_robot_is_due(changes: dict[str, Any], due: datetime | None) -> None:
    assert due_at(replace(PLAIN, **changes), MADE, KEY) == due


@pytest.mark.parametrize(("changes", "now", "begins"), BEGINS.values(), ids=BEGINS.keys())
def test_a_replacement_begins(changes: dict[str, Any], now: str, begins: str) -> None:
    assert begins_at(replace(PLAIN, **changes), MADE, KEY, at(now)) == at(begins)


def test_what_is_never_due_never_begins() -> None:
    assert begins_at(replace(PLAIN, lifetime=None), MADE, KEY, MADE) is None


@pytest.mark.parametrize(("windows", "now", "opening"), OPENINGS.values(), ids=OPENINGS.keys())
def test_windows_open(windows: tuple[Window, ...], now: str, opening: str | None) -> None:
    schedule = replace(PLAIN, windows=windows)

    assert next_opening(schedule, at(now)) == (None if opening is None else at(opening))
    assert is_open(schedule, at(now)) == (opening == now)


@pytest.mark.parametrize(("changes", "span"), TOGETHER.values(), ids=TOGETHER.keys())
def test_a_fleet_is_moved_apart_and_no_further(changes: dict[str, Any], span: timedelta) -> None:
    schedule = replace(PLAIN, **changes)
    planned = time_of(schedule, KEY)
    moved = replace(schedule, jitter=HOUR / 2)

    delays = {time_of(moved, f"uid-{n}") - planned for n in range(200)}

    assert len(delays) > 100
    assert min(delays) >= timedelta(0)
    assert max(delays) < span
    assert max(delays) - min(delays) > span * 0.9


def test_a_robots_delay_is_its_own_and_stays() -> None:
    schedule = replace(PLAIN, every=30 * DAY, jitter=HOUR)

    first, second = (due_at(schedule, MADE, KEY), due_at(schedule, MADE + 30 * DAY, KEY))

    assert first == at("2026-04-03T12:27:45")
    assert second == at("2026-05-03T12:27:45")


@pytest.mark.parametrize("jitter", [timedelta(0), timedelta(milliseconds=500)])
def test_a_jitter_below_a_second_is_none(jitter: timedelta) -> None:
    assert due_at(replace(PLAIN, jitter=jitter), MADE, KEY) == MADE + 60 * DAY


@pytest.mark.parametrize(
    "windows", [(), (Window("59 10 2 6 *", 4 * HOUR),)], ids=["at any time", "in a window"]
)
def test_the_jitter_does_not_reach_the_end(windows: tuple[Window, ...]) -> None:
    schedule = replace(PLAIN, every=88 * DAY, jitter=7 * DAY, windows=windows)

    due = [time_of(schedule, f"uid-{n}") for n in range(50)]

    assert max(due) == MADE + 90 * DAY - HOUR
