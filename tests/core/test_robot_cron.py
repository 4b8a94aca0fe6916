"""When schedules come round: month ends, leap days and the changes of the clocks."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from harbor_operator.core.robot.cron import (
    ScheduleError,
    last_occurrence,
    occurrences,
    shortest_gap,
    zone_of,
)

PARIS = "Europe/Paris"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"
BEIRUT = "Asia/Beirut"
KATHMANDU = "Asia/Kathmandu"
CASABLANCA = "Africa/Casablanca"
TROLL = "Antarctica/Troll"
APIA = "Pacific/Apia"

IN_ORDER: dict[str, tuple[str, str | None, str, list[str]]] = {
    "not at the time itself": ("0 3 * * *", None, "2026-03-01T03:00", ["2026-03-02T03:00"]),
    "a moment later": ("0 3 * * *", None, "2026-03-01T02:59:59.900000", ["2026-03-01T03:00"]),
    "a moment before": ("0 3 * * *", None, "2026-03-01T03:00:00.100000", ["2026-03-02T03:00"]),
    "summer and winter in Paris": (
        "0 12 21 6,12 *",
        PARIS,
        "2026-01-01T00:00",
        ["2026-06-21T10:00", "2026-12-21T11:00"],
    ),
    "the day begins with the zone": (
        "0 0 1 * *",
        NEW_YORK,
        "2026-03-01T04:00",
        ["2026-03-01T05:00"],
    ),
    "every last of a long month": (
        "0 3 31 * *",
        None,
        "2026-01-31T03:00",
        ["2026-03-31T03:00", "2026-05-31T03:00", "2026-07-31T03:00"],
    ),
    "no 29th in February": (
        "0 3 29 * *",
        None,
        "2026-01-29T03:00",
        ["2026-03-29T03:00", "2026-04-29T03:00"],
    ),
    "a leap day": (
        "0 3 29 2 *",
        None,
        "2026-01-01T00:00",
        ["2028-02-29T03:00", "2032-02-29T03:00"],
    ),
    "a leap day that a century skips": (
        "0 3 29 2 *",
        None,
        "2096-03-01T00:00",
        ["2104-02-29T03:00"],
    ),
    "a day of the month or of the week": (
        "0 3 13 * FRI",
        None,
        "2026-02-05T00:00",
        ["2026-02-06T03:00", "2026-02-13T03:00", "2026-02-20T03:00"],
    ),
    "Paris skips the time": (
        "30 2 * * *",
        PARIS,
        "2026-03-28T00:00",
        ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
    ),
    "Paris skips several times at once": (
        "*/20 2 * * *",
        PARIS,
        "2026-03-28T02:00",
        ["2026-03-29T01:00", "2026-03-30T00:00"],
    ),
    "Paris skips the time of what never was later": (
        "30 2 * * *",
        PARIS,
        "2026-03-29T01:00",
        ["2026-03-30T00:30"],
    ),
    "Paris skips the time of a yearly schedule": (
        "30 2 29 3 *",
        PARIS,
        "2026-01-01T00:00",
        ["2026-03-29T01:00", "2027-03-29T00:30"],
    ),
    "Paris shows the time twice": (
        "30 2 * * *",
        PARIS,
        "2026-10-24T12:00",
        ["2026-10-25T00:30", "2026-10-26T01:30"],
    ),
    "between the two times in Paris": (
        "30 2 * * *",
        PARIS,
        "2026-10-25T00:45",
        ["2026-10-26T01:30"],
    ),
    "in the second of the two hours in Paris": (
        "45 2 * * *",
        PARIS,
        "2026-10-25T01:30",
        ["2026-10-26T01:45"],
    ),
    "every quarter through the change in Paris": (
        "*/30 * * * *",
        PARIS,
        "2026-10-25T00:00",
        ["2026-10-25T00:30", "2026-10-25T02:00", "2026-10-25T02:30"],
    ),
    "New York skips the time": (
        "15 2 * * SUN",
        NEW_YORK,
        "2026-03-02T00:00",
        ["2026-03-08T07:00", "2026-03-15T06:15"],
    ),
    "New York shows the time twice": (
        "0 1 * * SUN",
        NEW_YORK,
        "2026-10-26T00:00",
        ["2026-11-01T05:00", "2026-11-08T06:00"],
    ),
    "Lord Howe skips half an hour": (
        "0,15,45 2 * * *",
        LORD_HOWE,
        "2026-10-03T00:00",
        ["2026-10-03T15:30", "2026-10-03T15:45", "2026-10-04T15:00"],
    ),
    "Lord Howe shows half an hour twice": (
        "0,45 1 * * *",
        LORD_HOWE,
        "2026-04-04T00:00",
        ["2026-04-04T14:00", "2026-04-04T14:45", "2026-04-05T14:30"],
    ),
    "Lord Howe after its half hour": (
        "0 2 * * *",
        LORD_HOWE,
        "2026-04-04T14:50",
        ["2026-04-04T15:30", "2026-04-05T15:30"],
    ),
    "Beirut skips midnight": (
        "0 0 * * *",
        BEIRUT,
        "2026-03-28T00:00",
        ["2026-03-28T22:00", "2026-03-29T21:00"],
    ),
    "Kathmandu is three quarters of an hour off": (
        "0 3 * * *",
        KATHMANDU,
        "2026-03-28T00:00",
        ["2026-03-28T21:15", "2026-03-29T21:15"],
    ),
    "Casablanca puts its clocks back for Ramadan": (
        "30 2 * * *",
        CASABLANCA,
        "2026-02-14T00:00",
        ["2026-02-14T01:30", "2026-02-15T01:30", "2026-02-16T02:30"],
    ),
    "Casablanca puts its clocks on after Ramadan": (
        "30 2 * * *",
        CASABLANCA,
        "2026-03-21T00:00",
        ["2026-03-21T02:30", "2026-03-22T02:00", "2026-03-23T01:30"],
    ),
    "Troll skips two hours": (
        "0 2 * * *",
        TROLL,
        "2026-03-28T00:00",
        ["2026-03-28T02:00", "2026-03-29T01:00", "2026-03-30T00:00"],
    ),
    "Troll shows two hours twice": (
        "0 1,2 * * *",
        TROLL,
        "2026-10-24T12:00",
        ["2026-10-24T23:00", "2026-10-25T00:00", "2026-10-26T01:00", "2026-10-26T02:00"],
    ),
    "Apia skips a day": (
        "30 2 * * *",
        APIA,
        "2011-12-29T00:00",
        ["2011-12-29T12:30", "2011-12-30T10:00", "2011-12-30T12:30"],
    ),
    "Apia skips a day that was to begin with it": (
        "0 0 * * *",
        APIA,
        "2011-12-29T00:00",
        ["2011-12-29T10:00", "2011-12-30T10:00", "2011-12-31T10:00"],
    ),
    "Apia skips the day of a yearly schedule": (
        "0 4 30 12 *",
        APIA,
        "2010-12-01T00:00",
        ["2010-12-30T14:00", "2011-12-30T10:00", "2012-12-29T14:00"],
    ),
    "a leap day in Lord Howe": (
        "15 2 29 2 *",
        LORD_HOWE,
        "2026-01-01T00:00",
        ["2028-02-28T15:15", "2032-02-28T15:15"],
    ),
}
BEFORE: dict[str, tuple[str, str | None, str, str]] = {
    "not at the time itself": ("0 3 * * *", None, "2026-03-02T03:00", "2026-03-01T03:00"),
    "a moment later": ("0 3 * * *", None, "2026-03-02T03:00:00.100000", "2026-03-02T03:00"),
    "years ago": ("0 3 29 2 *", None, "2027-12-31T00:00", "2024-02-29T03:00"),
    "a day that was skipped": ("30 2 * * *", APIA, "2011-12-30T11:00", "2011-12-30T10:00"),
    "before a day that was skipped": (
        "30 2 * * *",
        APIA,
        "2011-12-30T10:00",
        "2011-12-29T12:30",
    ),
    "in the second of the two hours in Troll": (
        "30 2 * * *",
        TROLL,
        "2026-10-25T02:15",
        "2026-10-25T00:30",
    ),
    "a time that was skipped": ("30 2 * * *", PARIS, "2026-03-29T01:01", "2026-03-29T01:00"),
    "before a time that was skipped": ("30 2 * * *", PARIS, "2026-03-29T01:00", "2026-03-28T01:30"),
    "a later time of the first of two hours": (
        "45 2 * * *",
        PARIS,
        "2026-10-25T01:15",
        "2026-10-25T00:45",
    ),
}
WRONG = {
    "nothing": "",
    "words": "every sunday",
    "a word": "@weekly",
    "seconds": "0 0 3 * * *",
    "a minute too many": "60 3 * * *",
    "a 30th of February": "0 3 30 2 *",
    "a 31st of short months": "0 3 31 2,4,6,9,11 *",
}
GAPS = {
    "every minute": ("* * * * *", timedelta(minutes=1)),
    "every night": ("0 3 * * *", timedelta(days=1)),
    "twice a night": ("0 3,5 * * *", timedelta(hours=2)),
    "late and early": ("0 1,23 * * *", timedelta(hours=2)),
    "a month's end and beginning": ("0 3 1,31 * *", timedelta(days=1)),
    "every month": ("0 3 1 * *", timedelta(days=28)),
    "a day of the month or of the week": ("0 3 13 * FRI", timedelta(days=1)),
    "every year": ("0 3 1 1 *", timedelta(days=365)),
    "leap days": ("0 3 29 2 *", timedelta(days=1461)),
    "a leap day that is a Sunday": ("0 3 29 2 */7", None),
}


def at(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"), IN_ORDER.values(), ids=IN_ORDER.keys()
)
def test_a_schedule_comes_round(
    cron: str, zone: str | None, after: str, expected: list[str]
) -> None:
    found = islice(occurrences(cron, zone_of(zone), at(after)), len(expected))

    assert list(found) == [at(text) for text in expected]


@pytest.mark.parametrize(("cron", "zone", "before", "expected"), BEFORE.values(), ids=BEFORE.keys())
def test_a_schedule_came_round(cron: str, zone: str | None, before: str, expected: str) -> None:
    assert last_occurrence(cron, zone_of(zone), at(before)) == at(expected)


@pytest.mark.parametrize("cron", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_schedule_is_refused(cron: str) -> None:
    with pytest.raises(ScheduleError, match=f"^'{cron}' ".replace("*", "[*]")):
        next(occurrences(cron, UTC, at("2026-03-01T00:00")))


@pytest.mark.parametrize(("cron", "gap"), GAPS.values(), ids=GAPS.keys())
def test_two_occurrences_are_never_closer(cron: str, gap: timedelta | None) -> None:
    assert shortest_gap(cron) == gap


@pytest.mark.parametrize("name", [None, "UTC", PARIS, "US/Central", "Etc/GMT+12"])
def test_a_time_zone_has_a_name(name: str | None) -> None:
    assert at("2026-03-01T00:00").astimezone(zone_of(name)) == at("2026-03-01T00:00")


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Atlantis",
        "Europe",
        "europe/paris/",
        "../Europe/Paris",
        "/etc/passwd",
        "zone.tab",
        "",
    ],
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ScheduleError, match=r"rotation\.timeZone"):
        zone_of(name)
