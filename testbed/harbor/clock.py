"""The simulator's own clock, which a test may shift, and Harbor's way of writing times."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ZERO_TIME = "0001-01-01T00:00:00.000Z"
"""How Harbor writes a time that was never set (the zero value of its language)."""


@dataclass(slots=True)
class Clock:
    """Wall clock with an adjustable offset, so that expiry can be tested without waiting."""

    offset_seconds: float = 0.0

    def now(self) -> datetime:
        """The simulated time, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_seconds)

    def seconds(self) -> int:
        """The simulated time in whole seconds since the epoch, as tokens carry it."""
        return int(self.now().timestamp())


def rfc3339(moment: datetime) -> str:
    """A time as Harbor's API writes it: UTC with three digits of a second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def rfc3339_seconds(moment: datetime) -> str:
    """A time as Harbor's token service writes it: UTC, whole seconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def rfc3339_micros(moment: datetime) -> str:
    """A time as Harbor writes it where it does not round: UTC, microseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def http_date(moment: datetime) -> str:
    """A time as HTTP headers and cookies write it, whatever the locale of this program."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    day, month = days[moment.weekday()], months[moment.month - 1]
    return f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT"
