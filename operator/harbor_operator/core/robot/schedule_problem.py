"""What is wrong with a schedule, found when it is written and not when a credential expires."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from harbor_operator.core.robot.cron import A_MONDAY, ScheduleError, occurrences, shortest_gap
from harbor_operator.core.robot.schedule import Schedule, due_at, next_opening

LEAST_LIFE: Final = 3
"""How many overlaps a robot must live: one in which its predecessor still lives, one in which its
successor already does, and one to be alone."""

LEAST_PERIOD: Final = 2
"""How many overlaps lie between two rotations: one until the predecessor is gone, and as much
again, so that what runs late does not make the next one wait."""


def problem_of(schedule: Schedule, created_at: datetime | None, key: str) -> str | None:
    """Say in a sentence why a schedule cannot work, None where it can.

    Args:
        schedule: What the spec asks for.
        created_at: When Harbor made the robot. Before it has one, give the time of the look for
            what would become of one made now; with None, only what holds for any robot is said.
        key: The object's uid.
    """
    try:
        problems = (check(schedule) for check in _CHECKS)
        general = next((problem for problem in problems if problem is not None), None)
    except ScheduleError as error:
        return str(error)
    if general is not None or created_at is None:
        return general
    return _never_open(schedule, created_at, key)


def _never(schedule: Schedule) -> str | None:
    for cron in _expressions(schedule):
        if next(occurrences(cron, schedule.zone, A_MONDAY), None) is None:
            return f"{cron!r} can never come round"
    return None


def _expressions(schedule: Schedule) -> Iterator[str]:
    if schedule.cron is not None:
        yield schedule.cron
    for window in schedule.windows:
        yield window.cron


def _short_life(schedule: Schedule) -> str | None:
    if schedule.lifetime is None or schedule.lifetime >= LEAST_LIFE * schedule.overlap:
        return None
    return (
        f"a robot that lives for {schedule.lifetime} leaves no room for an overlap of"
        f" {schedule.overlap}: it must live {LEAST_LIFE} times as long at least"
    )


def _too_often(schedule: Schedule) -> str | None:
    least = LEAST_PERIOD * schedule.overlap
    if schedule.every is not None and schedule.every < least:
        return (
            f"rotation.every is {schedule.every}, less than twice the overlap, which is"
            f" {schedule.overlap} with Harbor's token lifetime"
        )
    gap = None if schedule.cron is None else shortest_gap(schedule.cron)
    if gap is None or gap >= least + schedule.jitter:
        return None
    return (
        f"rotation.schedule comes round after {gap}, sooner than twice the overlap and the jitter,"
        f" which are {least + schedule.jitter} with Harbor's token lifetime"
    )


def _never_open(schedule: Schedule, created_at: datetime, key: str) -> str | None:
    latest = schedule.latest(created_at)
    if latest is None or not schedule.windows or due_at(schedule, created_at, key) is not None:
        return None
    opening = next_opening(schedule, created_at + schedule.overlap)
    found = "never" if opening is None else f"at {opening:%Y-%m-%d %H:%M} UTC"
    return (
        f"no window opens before the robot expires: its replacement must begin by"
        f" {latest:%Y-%m-%d %H:%M} UTC, and the next window opens {found}"
    )


_CHECKS: Final[tuple[Callable[[Schedule], str | None], ...]] = (_never, _short_life, _too_often)
