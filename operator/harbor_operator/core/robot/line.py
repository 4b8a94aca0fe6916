"""Who replaces a robot out of turn, and when: a place in the line of its connection.

A credential that is proven bad and a revoke wait for no schedule and no overlap. So that a Harbor
which loses every robot at once is not answered with robots as fast as they can be made, and that
nobody makes them in a row by breaking or revoking one again and again, each replacement takes a
place: the next free one of the connection, and for the same object after a growing pause.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

PACE: Final = timedelta(seconds=1)
"""One replacement costs Harbor about four requests, as in `catch_up`: a thousand lost robots are
back in a quarter of an hour, at a rate that Harbor serves beside its users even from one core."""

BURST: Final = 10
"""So many may begin at once after a calm: more than what a person breaks or revokes by hand, and
no more requests than one page of projects costs Harbor."""

FIRST_PAUSE: Final = timedelta(minutes=1)
"""From one replacement of an object to its next; it doubles with each that follows soon."""

LONGEST_PAUSE: Final = timedelta(hours=1)
"""An object that breaks again and again is tried as often as a default overlap lets robots go, so
that they do not pile up."""

CALM: Final = 2 * LONGEST_PAUSE
"""An object that needed nothing for so long begins without a pause again."""

FARTHEST: Final = timedelta(days=1)
"""No place is that far ahead, not of a hundred thousand robots: Harbor's clock has stepped back."""


@dataclass(frozen=True, slots=True)
class Place:
    """One object's place in the line."""

    subject: str
    """Which credential it is for; another one needs another place."""
    at: datetime
    row: int = 0
    """How many replacements of the object came soon before."""


@dataclass(frozen=True, slots=True)
class Line:
    """The places that one connection has given, by the uid of their object."""

    places: Mapping[str, Place] = field(default_factory=dict)
    full_until: datetime | None = None
    """When all of the burst is free again; None: it is."""

    def place(self, uid: str, subject: str, now: datetime) -> datetime | None:
        """When an object may replace a credential; None: it has not joined for this one."""
        place = self.places.get(uid)
        if place is None or place.subject != subject or place.at - now > FARTHEST:
            return None
        return place.at

    def join(self, uid: str, subject: str, now: datetime) -> "Line":
        """Give an object a place for one of its credentials; it keeps one that it has."""
        if self.place(uid, subject, now) is not None:
            return self
        kept = {key: place for key, place in self.places.items() if _counts(place, now)}
        begun = now if self.full_until is None else max(now, self.full_until)
        if begun - now > FARTHEST:
            begun = now
        free = max(now, begun - (BURST - 1) * PACE)
        before = kept.get(uid)
        row = 0 if before is None else before.row + 1
        at = free if before is None else max(free, before.at + pause(row))
        return replace(self, places={**kept, uid: Place(subject, at, row)}, full_until=begun + PACE)


def pause(row: int) -> timedelta:
    """How long after the replacement before it the next one of the same object begins."""
    return min(FIRST_PAUSE * (1 << min(row - 1, 10)), LONGEST_PAUSE)


def _counts(place: Place, now: datetime) -> bool:
    return -CALM < place.at - now < FARTHEST
