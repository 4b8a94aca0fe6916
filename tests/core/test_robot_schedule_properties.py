"""Ten years of clock: never two rotations for one due time, and never none."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harbor_operator.core.robot.cron import last_occurrence, occurrences
from harbor_operator.core.robot.schedule import Schedule, Window, begins_at, due_at, is_open

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
"""Ten years from here have two leap days, and twenty changes of the clocks in most zones."""
END = datetime(2036, 1, 1, tzinfo=UTC)
KEY = "0f5c"
ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "UTC"]
CLOCK_CHANGES = [
    *(("Europe/Paris", datetime(2026, *day, tzinfo=UTC)) for day in ((3, 28), (10, 24))),
    *(("America/New_York", datetime(2026, *day, tzinfo=UTC)) for day in ((3, 7), (10, 31))),
    *(("Australia/Lord_Howe", datetime(2026, *day, tzinfo=UTC)) for day in ((4, 3), (10, 2))),
    *(("Asia/Beirut", datetime(2026, *day, tzinfo=UTC)) for day in ((3, 27), (10, 23))),
]
"""Zones and the days before their clocks change."""


PARIS = "Europe/Paris"
CRONS = {
    "weeks, at a time that is skipped": "30 2 * * SUN",
    "month ends": "0 3 31 * *",
    "two days of the month": "59 23 1,15 * *",
    "leap days": "0 3 29 2 *",
}
AGES = {
    "an age": Schedule(every=10 * DAY, lifetime=30 * DAY, jitter=DAY, overlap=HOUR),
    "an age without an end": Schedule(every=10 * DAY, lifetime=None, overlap=HOUR),
    "two thirds of the lifetime": Schedule(lifetime=30 * DAY, jitter=DAY, overlap=HOUR),
    "what the end allows": Schedule(every=30 * DAY, lifetime=30 * DAY, overlap=HOUR),
}
NIGHTS = (Window("0 23 * * *", 4 * HOUR),)
SUNDAYS = (Window("0 1 * * SUN", 4 * HOUR),)
IN_WINDOWS = {
    "nights": Schedule(
        time_zone=PARIS, lifetime=30 * DAY, jitter=HOUR, windows=NIGHTS, overlap=HOUR
    ),
    "a schedule that always misses them": Schedule(
        cron="0 12 1,15 * *", time_zone=PARIS, lifetime=None, windows=NIGHTS, overlap=HOUR
    ),
    "a night that the clocks skip": Schedule(
        cron="0 1 * * SUN",
        time_zone=PARIS,
        lifetime=30 * DAY,
        jitter=HOUR,
        windows=(Window("30 2 * * *", HOUR / 2),),
        overlap=HOUR,
    ),
    "hardly one in each robot's life": Schedule(
        every=6 * DAY, lifetime=8 * DAY, jitter=HOUR, windows=SUNDAYS, overlap=HOUR
    ),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens around one rotation."""

    delay: timedelta = timedelta(0)
    """How long after it may begin somebody looks."""
    step: timedelta = timedelta(0)
    """How far Harbor's clock is set, forth or back, while the robot rests."""
    setback: timedelta = timedelta(0)
    """How far it is set back between the decision and the new robot."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One rotation."""

    due: datetime
    decided: datetime
    replaced: datetime
    """When Harbor made the robot that was replaced."""


delays = st.timedeltas(timedelta(0), 10 * MINUTE)
late = st.builds(Trouble, delays)
disturbed = st.builds(
    Trouble,
    delays,
    step=st.timedeltas(-3 * DAY, 3 * DAY),
    setback=st.timedeltas(timedelta(0), HOUR - MINUTE),
)


def rotations(schedule: Schedule, troubles: Sequence[Trouble]) -> Iterator[Turn]:
    """Live through ten years, and give each rotation."""
    clock = created = START
    for trouble in cycle(troubles):
        clock += trouble.step
        begin = begins_at(schedule, created, KEY, clock)
        due = due_at(schedule, created, KEY)
        assert begin is not None
        assert due is not None
        clock = max(clock, begin) + trouble.delay
        if clock >= END:
            return
        if begins_at(schedule, created, KEY, clock) == clock:
            yield Turn(due, clock, created)
            clock = created = clock - trouble.setback


def matching_walls(cron_hours: frozenset[int], minutes: frozenset[int], wall: datetime) -> bool:
    """Whether a clock shows a time of the schedule, which has no days."""
    return wall.hour in cron_hours and wall.minute in minutes


def watched(
    zone: ZoneInfo, start: datetime, hours: frozenset[int], minutes: frozenset[int]
) -> list[datetime]:
    """Watch a clock for three days: each minute, has it newly shown, or skipped, a time?"""
    found = []
    seen = start.astimezone(zone).replace(tzinfo=None, fold=0)
    for passed in range(1, 3 * 24 * 60):
        instant = start + passed * MINUTE
        shown = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        new = (seen + n * MINUTE for n in range(1, (shown - seen) // MINUTE + 1))
        if any(matching_walls(hours, minutes, wall) for wall in new):
            found.append(instant)
        seen = max(seen, shown)
    return found


@settings(max_examples=25)
@given(
    st.sampled_from(CLOCK_CHANGES),
    st.frozensets(st.integers(0, 23), min_size=1, max_size=6),
    st.frozensets(st.sampled_from(range(0, 60, 5)), min_size=1, max_size=3),
    st.integers(0, 48 * 60),
)
def test_a_schedule_follows_the_clock_on_the_wall(
    change: tuple[str, datetime], hours: frozenset[int], minutes: frozenset[int], before: int
) -> None:
    name, start = change
    zone = ZoneInfo(name)
    cron = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * *"

    expected = watched(zone, start, hours, minutes)
    instant = start + DAY + before * MINUTE

    assert list(islice(occurrences(cron, zone, start), len(expected))) == expected
    assert last_occurrence(cron, zone, instant) == max(
        (time for time in expected if time < instant), default=last_occurrence(cron, zone, start)
    )


def calendar_of(cron: str, zone: ZoneInfo) -> Iterator[datetime]:
    """Every occurrence in the ten years, and the first after them."""
    for instant in occurrences(cron, zone, START):
        yield instant
        if instant > END:
            return


def first_after(calendar: list[datetime], instant: datetime) -> datetime:
    """The occurrence that comes next."""
    return calendar[bisect_right(calendar, instant)]


def days(zone: str) -> list[date]:
    """The days of the ten years in a zone."""
    first = START.astimezone(ZoneInfo(zone)).date()
    last = END.astimezone(ZoneInfo(zone)).date()
    return [first + n * DAY for n in range((last - first).days + 1)]


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("Europe/Paris", "30 2"),
        ("America/New_York", "30 2"),
        ("Australia/Lord_Howe", "15 2"),
        ("Asia/Beirut", "30 0"),
        ("UTC", "0 12"),
    ],
)
def test_a_daily_schedule_rotates_once_on_each_day(zone: str, time: str) -> None:
    schedule = Schedule(
        cron=f"{time} * * *",
        time_zone=zone,
        lifetime=2 * DAY,
        jitter=20 * MINUTE,
        overlap=HOUR,
    )
    troubles = [Trouble(n * MINUTE) for n in range(11)]

    rotated = [turn.due.astimezone(ZoneInfo(zone)).date() for turn in rotations(schedule, troubles)]

    # The first and the last day are cut by the begin and the end of the ten years.
    assert rotated[1:-1] == [day for day in days(zone) if rotated[1] <= day <= rotated[-2]]
    assert len(days(zone)) - len(rotated) in {0, 1, 2}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("cron", "count"),
    [("0 4 29 2 *", 2), ("0 4 31 * *", 70), ("0 4 1 * *", 120), ("0 4 * * SUN", 522)],
    ids=["leap days", "month ends", "months", "weeks"],
)
@settings(max_examples=2)
@given(troubles=st.lists(late, min_size=1, max_size=20))
def test_a_schedule_rotates_as_often_as_it_comes_round(
    cron: str, count: int, zone: str, troubles: list[Trouble]
) -> None:
    schedule = Schedule(cron=cron, time_zone=zone, lifetime=None, jitter=HOUR / 2, overlap=HOUR)

    dues = [turn.due for turn in rotations(schedule, troubles)]

    assert len(set(dues)) == len(dues) == count


@pytest.mark.parametrize("cron", CRONS.values(), ids=CRONS.keys())
@settings(max_examples=6)
@given(troubles=st.lists(disturbed, min_size=1, max_size=20))
def test_no_step_of_the_clock_rotates_twice_or_leaves_one_out(
    cron: str, troubles: list[Trouble]
) -> None:
    schedule = Schedule(cron=cron, time_zone=PARIS, lifetime=40 * DAY, overlap=HOUR)
    calendar = list(calendar_of(cron, ZoneInfo(PARIS)))

    turns = list(rotations(schedule, troubles))

    assert all(earlier.due < later.due for earlier, later in pairwise(turns))
    assert [turn.due for turn in turns] == [
        min(first_after(calendar, turn.replaced + HOUR), turn.replaced + 40 * DAY - HOUR)
        for turn in turns
    ]
    assert all(turn.due <= turn.decided <= turn.due + 3 * DAY + 10 * MINUTE for turn in turns)


@pytest.mark.parametrize("schedule", AGES.values(), ids=AGES.keys())
@settings(max_examples=6)
@given(troubles=st.lists(disturbed, min_size=1, max_size=20))
def test_an_age_is_counted_from_the_robot_whatever_the_clock_does(
    schedule: Schedule, troubles: list[Trouble]
) -> None:
    turns = list(rotations(schedule, troubles))

    ages = {turn.due - turn.replaced for turn in turns}
    assert len(ages) == 1
    assert all(turn.due <= turn.decided <= turn.due + 3 * DAY + 10 * MINUTE for turn in turns)
    assert all(earlier.due < later.due for earlier, later in pairwise(turns))


@pytest.mark.parametrize("schedule", IN_WINDOWS.values(), ids=IN_WINDOWS.keys())
@settings(max_examples=3)
@given(troubles=st.lists(late, min_size=1, max_size=20))
def test_ten_years_within_windows(schedule: Schedule, troubles: list[Trouble]) -> None:
    turns = list(rotations(schedule, troubles))

    assert turns[-1].decided > END - 40 * DAY
    assert all(is_open(schedule, turn.decided) for turn in turns)
    assert all(earlier.due < later.due for earlier, later in pairwise(turns))
    for turn in turns:
        latest = schedule.latest(turn.replaced)
        assert latest is None or turn.decided <= latest + 10 * MINUTE
