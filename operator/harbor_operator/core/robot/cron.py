"""When a five-field cron expression comes round, on the clocks of a time zone.

The expression is followed on the wall clock alone, which every library agrees on; what daylight
saving does to the wall clock is decided here, once, for every expression: a time that the clocks
skip is taken at the moment they have skipped it, and a time that they show twice counts the first
time. So nothing is left out, nothing happens twice, and a later wall-clock time is never earlier.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import islice, pairwise, takewhile
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

FIELDS: Final = 5
"""Minute, hour, day, month, weekday; the library would take seconds before them too."""

A_MONDAY: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""Where questions begin that have the same answer at any time: a leap year is ahead."""

_MINUTE: Final = timedelta(minutes=1)

_ENOUGH: Final = 400
"""Occurrences that show how close two can be: more than a year of a daily schedule, and more of
rarer ones."""

_CALENDAR: Final = timedelta(days=28 * 365 + 7)
"""After 28 years, leap days and weekdays fall together as before."""

_LONGEST_FOLD: Final = timedelta(hours=2)
"""The most by which a zone puts its clocks back (Antarctica/Troll)."""


class ScheduleError(ValueError):
    """A schedule that can never be followed; its text is a sentence for the object's status."""


def zone_of(name: str | None) -> tzinfo:
    """Give the time zone of that name, UTC where there is none.

    Raises:
        ScheduleError: There is no such zone.
    """
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        # The name of a folder of zones is an OSError, that of another file a ValueError.
        raise ScheduleError(
            f"rotation.timeZone: {name!r} is no time zone; give a name such as Europe/Paris or UTC"
        ) from error


def occurrences(cron: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Give the times at which an expression comes round later than an instant, in order, in UTC.

    They end where fifty years pass without one.

    Raises:
        ScheduleError: The expression is none, or names a day that no month has.
    """
    for wall in _walls(cron, after.astimezone(zone).replace(tzinfo=None)):
        instant = _instant(wall, zone)
        if instant > after:
            yield instant
            # Several times that the clocks skip are one instant, which is given once.
            after = instant


def last_occurrence(cron: str, zone: tzinfo, before: datetime) -> datetime | None:
    """Give the last time at which an expression came round earlier than an instant, in UTC.

    None where fifty years pass without one.

    Raises:
        ScheduleError: As for `occurrences`.
    """
    # An instant at which the clocks show a time again is later than all they showed before.
    start = before.astimezone(zone).replace(tzinfo=None) + _LONGEST_FOLD
    instants = (_instant(wall, zone) for wall in _walls(cron, start, reverse=True))
    return next((instant for instant in instants if instant < before), None)


@lru_cache(maxsize=1024)
def shortest_gap(cron: str) -> timedelta | None:
    """Tell how close two occurrences of an expression can be, None where there are not two.

    They are looked for in one cycle of the calendar. Daylight saving, which moves some an hour
    closer, is left out. The answer belongs to the expression alone and is asked of every robot at
    every look, so it is remembered.

    Raises:
        ScheduleError: As for `occurrences`.
    """
    first = islice(occurrences(cron, UTC, A_MONDAY), _ENOUGH)
    times = takewhile(lambda time: time < A_MONDAY + _CALENDAR, first)
    return min((later - earlier for earlier, later in pairwise(times)), default=None)


def _walls(cron: str, start: datetime, *, reverse: bool = False) -> CronSim:
    if len(cron.split()) != FIELDS:
        raise ScheduleError(
            f"{cron!r} is no schedule: it needs minute, hour, day, month and weekday"
        )
    try:
        return CronSim(cron, start, reverse=reverse)
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        raise ScheduleError(f"{cron!r} can never come round because of its {field}") from error


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    while _skipped(wall, zone):
        wall += _MINUTE
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _skipped(wall: datetime, zone: tzinfo) -> bool:
    """Whether the clocks of the zone never show this time."""
    shown = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return shown.replace(tzinfo=None) != wall
