"""When a robot's credential is replaced by itself.

What wins where wishes collide, from the strongest:

1. a window: outside of them nothing is begun. Where none opens during the robot's life, nothing
   is planned, and `problem_of` says so from the first look on, not when the credential expires;
2. the expiry: the replacement is due one overlap before it at the latest, whatever the schedule
   and the jitter say. Where no window opens between the due time and then, the last one before
   the due time is taken: too early costs nothing, too late costs an outage;
3. the schedule, the interval or the age;
4. the jitter, which moves a fleet apart and nothing else.

All times are by Harbor's clock. A robot's due time depends on the robot and its spec alone, never
on when somebody looks, so a restart, an outage or a second replica changes no plan.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from harbor_operator.core.robot.cron import ScheduleError, last_occurrence, occurrences, zone_of

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which rotations may begin."""

    cron: str
    """When it opens: five fields, in the schedule's time zone."""
    duration: timedelta
    """How long it stays open, as time passes: a change of the clocks makes it no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the robots of one object are replaced by themselves."""

    cron: str | None = None
    """Five fields; at most one of `cron` and `every` is there."""
    time_zone: str | None = None
    """Whose clocks cron and windows follow, a name of the IANA database; None for UTC."""
    every: timedelta | None = None
    """The age at which a robot is replaced."""
    lifetime: timedelta | None
    """The age at which it expires, None for never."""
    jitter: timedelta = timedelta(0)
    """By how much at most it is replaced later, so that a fleet is not replaced at once."""
    windows: tuple[Window, ...] = ()
    """When replacements may begin; at any time where there are none."""
    overlap: timedelta
    """How long two robots live side by side, Harbor's token lifetime accounted for."""

    @property
    def zone(self) -> tzinfo:
        """The time zone; raises ScheduleError where there is none of that name."""
        return zone_of(self.time_zone)

    def latest(self, created_at: datetime) -> datetime | None:
        """When the replacement of a robot must have begun, None where it never expires."""
        return None if self.lifetime is None else created_at + self.lifetime - self.overlap


@dataclass(frozen=True, slots=True, order=True)
class _Opening:
    start: datetime
    duration: timedelta


def due_at(schedule: Schedule, created_at: datetime, key: str) -> datetime | None:
    """Tell when the robot made at that time is to be replaced.

    A schedule counts from one overlap after the robot was made: it is not replaced while the one
    before it still lives, and not twice for one occurrence where Harbor's clock was set back by
    less than that between the decision and the new robot.

    Args:
        schedule: What the spec asks for.
        created_at: When Harbor made the robot.
        key: The object's uid, which alone decides its place within the jitter.

    Returns:
        The time, by Harbor's clock. None for never: nothing asks for it, or `problem_of` says
        why it cannot be.
    """
    try:
        planned = _planned(schedule, created_at)
        if planned is None:
            return None
        due = planned + _offset(schedule.jitter, key)
        latest = schedule.latest(created_at)
        if latest is not None:
            due = min(due, latest)
        return _moved_into_window(schedule, due, created_at, key)
    except ScheduleError:
        return None


def begins_at(schedule: Schedule, created_at: datetime, key: str, now: datetime) -> datetime | None:
    """Tell when the replacement may begin, seen from now: not before now where it is overdue.

    Overdue outside the windows, it waits for the next one. Only where the windows that were
    planned for have passed unused, in a downtime, and none is left, it begins one overlap before
    the expiry: an expired robot would be replaced outside the windows all the same.
    """
    due = due_at(schedule, created_at, key)
    if due is None or due > now:
        return due
    opening = next_opening(schedule, now)
    latest = schedule.latest(created_at)
    if latest is None:
        return opening
    forced = max(now, latest)
    return forced if opening is None else min(opening, forced)


def is_open(schedule: Schedule, now: datetime) -> bool:
    """Whether a rotation may begin now; raises ScheduleError for windows that are none."""
    return next_opening(schedule, now) == now


def next_opening(schedule: Schedule, now: datetime) -> datetime | None:
    """Tell when a rotation may begin: now in a window, else when the next one opens.

    Raises:
        ScheduleError: The windows are none; `problem_of` says the same.
    """
    if not schedule.windows:
        return now
    opening = _opening(schedule, now)
    return None if opening is None else max(now, opening.start)


def _planned(schedule: Schedule, created_at: datetime) -> datetime | None:
    if schedule.cron is not None:
        first = created_at + schedule.overlap
        return next(occurrences(schedule.cron, schedule.zone, first), None)
    if schedule.every is not None:
        return created_at + schedule.every
    return None if schedule.lifetime is None else created_at + schedule.lifetime * 2 / 3


def _moved_into_window(
    schedule: Schedule, due: datetime, created_at: datetime, key: str
) -> datetime | None:
    if not schedule.windows:
        return due
    latest = schedule.latest(created_at)
    opening = _opening(schedule, due)
    if opening is not None and opening.start <= due:
        return due
    if opening is not None and (latest is None or opening.start <= latest):
        moved = _within(schedule, opening, key)
        return moved if latest is None else min(moved, latest)
    earlier = _last_opening(schedule, created_at + schedule.overlap, due)
    return None if earlier is None else _within(schedule, earlier, key)


def _opening(schedule: Schedule, at: datetime) -> _Opening | None:
    """Give the window that is open at a time, else the next that opens."""
    starts = (
        (next(occurrences(window.cron, schedule.zone, at - window.duration), None), window.duration)
        for window in schedule.windows
    )
    return min((_Opening(start, length) for start, length in starts if start), default=None)


def _last_opening(schedule: Schedule, after: datetime, before: datetime) -> _Opening | None:
    """Give the last window that opens between two times."""
    starts = (
        (last_occurrence(window.cron, schedule.zone, before), window.duration)
        for window in schedule.windows
    )
    openings = (_Opening(start, length) for start, length in starts if start and start > after)
    return max(openings, default=None)


def _within(schedule: Schedule, opening: _Opening, key: str) -> datetime:
    """Give the robot's place in a window that it was moved to.

    What is moved to an opening would all begin at once, jitter or not, so it gets its jitter
    there, in the first half: what begins then, and takes a moment, still finds the window open.
    """
    return opening.start + _offset(min(schedule.jitter, opening.duration / 2), key)


def _offset(span: timedelta, key: str) -> timedelta:
    """Give the place of a key in [0, span), in whole seconds, the same on every machine."""
    seconds = span // _SECOND
    digest = hashlib.sha256(key.encode()).digest()
    return _SECOND * (int.from_bytes(digest) % seconds if seconds else 0)
