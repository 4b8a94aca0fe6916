"""Harbor's time, as its answers tell it."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from .errors import ClockUnknown, Exchange

_RESOLUTION = timedelta(seconds=1)  # a Date header is cut to whole seconds (RFC 9110, 5.6.7)


class HarborClock:
    """The last `Date` header plus the time that has passed since.

    Harbor's expiry and creation times are Harbor's, so decisions about them use this clock and
    the local one may be wrong. Resolution is one second.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._date: datetime | None = None
        self._read_at = 0.0

    def now(self) -> datetime:
        """Harbor's time, with a time zone.

        Raises:
            ClockUnknown: Nothing has been asked yet, or no answer carried a date.
        """
        if self._date is None:
            raise ClockUnknown("no answer has told Harbor's time", Exchange("GET", "any"))
        return self._date + timedelta(seconds=self._monotonic() - self._read_at)

    def skew(self, local_now: datetime) -> timedelta:
        """How far a local clock runs ahead of Harbor's; negative when it is behind."""
        return local_now - self.now()

    def observe(self, date_header: str | None) -> None:
        """Set the clock by an answer; an absent or malformed header changes nothing.

        A header that agrees within its resolution changes nothing either, or else the cut
        seconds would make the clock step back with every answer.
        """
        date = _parsed(date_header)
        if date is None:
            return
        if self._date is not None and date <= self.now() < date + _RESOLUTION:
            return
        self._date = date
        self._read_at = self._monotonic()


def _parsed(date_header: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(date_header or "")
    except ValueError:
        return None
    return date if date.tzinfo else None
