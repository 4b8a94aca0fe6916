"""In which order, and how fast, overdue robots are replaced after a downtime."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

PACE: Final = timedelta(seconds=1)
"""One replacement costs Harbor about four requests: a thousand robots are through in a quarter of
an hour, at a rate that Harbor serves beside its users even from one core."""

HEAD_START: Final = timedelta(minutes=1)
"""How long before the expiry a replacement begins at least: it is done within seconds, and a target
that has to be written twice, or a slow Harbor, still finds the old credential working."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A robot that waits for its replacement."""

    key: str
    """The object's uid."""
    due: datetime
    expires: datetime | None
    """When its credential stops working, None for never."""


def spread(
    robots: Iterable[Waiting], now: datetime, *, pace: timedelta = PACE
) -> dict[str, datetime]:
    """Give every overdue robot its turn, the one that expires first at first.

    One begins per pace, sooner only where a credential would expire before its turn. It depends
    on nothing but what is given, not on the order either. Ask once when a downtime ends and keep
    the turns: asked again, the rest would move up to now.

    Returns:
        When each begins, by key and in this order; without those that are not due yet.
    """
    overdue = sorted((robot for robot in robots if robot.due <= now), key=_urgency)
    return {robot.key: _turn(robot, now + place * pace, now) for place, robot in enumerate(overdue)}


def _urgency(robot: Waiting) -> tuple[bool, datetime, datetime, str]:
    return (robot.expires is None, robot.expires or robot.due, robot.due, robot.key)


def _turn(robot: Waiting, turn: datetime, now: datetime) -> datetime:
    return turn if robot.expires is None else max(now, min(turn, robot.expires - HEAD_START))
