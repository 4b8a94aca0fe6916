"""Ten years of clock: never two rotations for one due time, and never none."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice, pairwise, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harbor_operator.core.robot.cron import last_occurrence, occurrences
from harbor_operator.core.robot.schedule import Schedule, Window, begins_at, due_at, is_open
from harbor_operator.core.robot.schedule_problem import problem_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
"""Ten years from here have two leap days, and twenty changes of the clocks in most zones."""
TEN_YEARS = datetime(2036, 1, 1, tzinfo=UTC) - START
END = START + TEN_YEARS
KEY = "0f5c"
PARIS, LORD_HOWE, APIA = "Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia"
"""Clocks that change by an hour, by half an hour, and once by a day: 2011-12-30 never was."""
ZONES = [
    *(PARIS, LORD_HOWE, APIA, "America/New_York", "Asia/Beirut"),
    *("Asia/Kathmandu", "Africa/Casablanca", "UTC"),
]
STARTS = {APIA: datetime(2008, 3, 2, tzinfo=UTC)}
"""Where the ten years begin in a zone, if not at `START`; they have as many leap days."""
CLOCK_CHANGES = [
    *((PARIS, datetime(2026, *day, tzinfo=UTC)) for day in ((3, 28), (10, 24))),
    *(("America/New_York", datetime(2026, *day, tzinfo=UTC)) for day in ((3, 7), (10, 31))),
    *((LORD_HOWE, datetime(2026, *day, tzinfo=UTC)) for day in ((4, 3), (10, 2))),
    *(("Asia/Beirut", datetime(2026, *day, tzinfo=UTC)) for day in ((3, 27), (10, 23))),
    *(("Africa/Casablanca", datetime(2026, *day, tzinfo=UTC)) for day in ((2, 13), (3, 20))),
    *(("Antarctica/Troll", datetime(2026, *day, tzinfo=UTC)) for day in ((3, 28), (10, 24))),
    (APIA, datetime(2011, 12, 29, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 3, 28, tzinfo=UTC)),
]
"""Zones and the days before their clocks change, if they do."""
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
LONGEST_DOWNTIME = 45 * DAY
down = st.builds(Trouble, st.timedeltas(timedelta(0), LONGEST_DOWNTIME))
disturbed = st.builds(
    Trouble,
    delays,
    step=st.timedeltas(-3 * DAY, 3 * DAY),
    setback=st.timedeltas(timedelta(0), HOUR - MINUTE),
)


def rotations(
    schedule: Schedule, troubles: Sequence[Trouble], start: datetime = START
) -> Iterator[Turn]:
    """Live through ten years, and give each rotation."""
    clock = created = start
    for trouble in cycle(troubles):
        clock += trouble.step
        begin = begins_at(schedule, created, KEY, clock)
        due = due_at(schedule, created, KEY)
        assert begin is not None
        assert due is not None
        clock = max(clock, begin) + trouble.delay
        if clock >= start + TEN_YEARS:
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


def calendar_of(cron: str, zone: str) -> list[datetime]:
    """Every occurrence in a zone's ten years, and the first after them."""
    start = STARTS.get(zone, START)
    end = start + TEN_YEARS + LONGEST_DOWNTIME
    times = occurrences(cron, ZoneInfo(zone), start)
    within = list(takewhile(lambda instant: instant <= end, times))
    return [*within, next(occurrences(cron, ZoneInfo(zone), end))]


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
        ("Asia/Kathmandu", "45 5"),
        ("Africa/Casablanca", "30 2"),
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

    turns = rotations(schedule, troubles, STARTS.get(zone, START))
    dues = [turn.due for turn in turns]

    assert len(set(dues)) == len(dues) == count


def test_a_daily_schedule_rotates_once_around_a_day_that_never_was() -> None:
    schedule = Schedule(cron="0 0 * * *", time_zone=APIA, lifetime=None, overlap=HOUR)
    zone, start = ZoneInfo(APIA), datetime(2011, 12, 28, 12, tzinfo=UTC)

    turns = islice(rotations(schedule, [Trouble()], start), 4)

    assert [turn.due.astimezone(zone).date().isoformat() for turn in turns] == [
        *("2011-12-29", "2011-12-31"),
        *("2012-01-01", "2012-01-02"),
    ]


@pytest.mark.parametrize("cron", CRONS.values(), ids=CRONS.keys())
@settings(max_examples=5)
@given(zone=st.sampled_from(ZONES), troubles=st.lists(down, min_size=1, max_size=20))
def test_what_a_downtime_has_missed_is_made_up_for_once(
    cron: str, zone: str, troubles: list[Trouble]
) -> None:
    schedule = Schedule(cron=cron, time_zone=zone, lifetime=None, overlap=HOUR)
    calendar = calendar_of(cron, zone)

    turns = list(rotations(schedule, troubles, STARTS.get(zone, START)))

    served = [
        {time for time in calendar if before.decided + HOUR < time <= turn.decided}
        for before, turn in pairwise(turns)
    ]
    assert all(min(times) == turn.due for times, turn in zip(served, turns[1:], strict=True))


@pytest.mark.parametrize("cron", CRONS.values(), ids=CRONS.keys())
@settings(max_examples=5)
@given(zone=st.sampled_from(ZONES), troubles=st.lists(disturbed, min_size=1, max_size=20))
def test_no_step_of_the_clock_rotates_twice_or_leaves_one_out(
    cron: str, zone: str, troubles: list[Trouble]
) -> None:
    schedule = Schedule(cron=cron, time_zone=zone, lifetime=40 * DAY, overlap=HOUR)
    calendar = calendar_of(cron, zone)

    turns = list(rotations(schedule, troubles, STARTS.get(zone, START)))

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


@pytest.mark.parametrize("schedule", IN_WINDOWS.values(), ids=IN_WINDOWS.keys())
@settings(max_examples=4)
@given(troubles=st.lists(disturbed, min_size=1, max_size=20))
def test_a_clock_that_is_set_leaves_windows_only_to_save_a_credential(
    schedule: Schedule, troubles: list[Trouble]
) -> None:
    turns = list(rotations(schedule, troubles))

    assert turns[-1].decided > END - 40 * DAY
    assert all(earlier.due < later.due for earlier, later in pairwise(turns))
    for turn in turns:
        latest = schedule.latest(turn.replaced)
        saved = latest is not None and latest <= turn.decided
        assert saved or is_open(schedule, turn.decided)


whens: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"cron": st.sampled_from(list(CRONS.values()))}),
    st.fixed_dictionaries({"every": st.timedeltas(DAY, 30 * DAY)}),
    st.just({}),
)
plans = st.builds(
    lambda when, **rest: Schedule(**when, **rest),
    whens,
    time_zone=st.sampled_from(ZONES),
    lifetime=st.sampled_from([None, 40 * DAY, 400 * DAY]),
    jitter=st.timedeltas(timedelta(0), DAY / 2),
    windows=st.sampled_from([(), NIGHTS, SUNDAYS]),
    overlap=st.timedeltas(MINUTE, DAY),
)
"""Schedules of all sorts, some of which never ask for anything."""
instants = st.datetimes(datetime(2006, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


@settings(max_examples=200)
@given(plans, instants, st.timedeltas(-3 * DAY, 500 * DAY), st.floats(0, 0.999))
def test_a_look_never_moves_what_is_still_ahead(
    schedule: Schedule, created: datetime, age: timedelta, passed: float
) -> None:
    now = created + age
    planned = begins_at(schedule, created, KEY, now)
    later = now + (max(planned, now) - now) * passed if planned is not None else now + 500 * DAY

    assert planned is None or planned >= now or due_at(schedule, created, KEY) == planned
    assert begins_at(schedule, created, KEY, later) == planned


@pytest.mark.parametrize("lifetime", [None, 40 * DAY, 400 * DAY], ids=["endless", "40", "400"])
@settings(max_examples=100)
@given(plan=plans, created=instants)
def test_the_replacement_is_due_within_the_life_of_a_robot_or_never(
    plan: Schedule, created: datetime, lifetime: timedelta | None
) -> None:
    schedule = replace(plan, lifetime=lifetime)
    due, latest = due_at(schedule, created, KEY), schedule.latest(created)

    assert due is None or due > created
    assert due is None or latest is None or due <= latest
    assert due or problem_of(schedule, created, KEY) or is_endless(schedule)


def is_endless(schedule: Schedule) -> bool:
    """Whether a schedule asks for no rotation at all."""
    return schedule.cron is None and schedule.every is None and schedule.lifetime is None
