"""When and how a robot account's credential is replaced by itself."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from harbor_operator.api.cron import CronSchedule
from harbor_operator.api.model import ApiModel, Rule
from harbor_operator.api.values import Duration, parse_duration

MAX_WINDOWS: Final = 16
"""Enough for two a day and two of a month; each costs a calculation at every look."""

TimeZone = Annotated[
    str, Field(pattern="^[A-Z][A-Za-z0-9_+-]*(/[A-Z0-9][A-Za-z0-9_+-]*)*$", max_length=64)
]
"""The name of a time zone in the IANA database; the operator refuses one that it does not have.

The names of zones begin with a capital; other files of the database do not.
"""


class RotationStrategy(StrEnum):
    """How a credential is replaced."""

    REPLACE = "Replace"
    """Another robot account, while the old one still works; the user name changes."""

    REFRESH = "Refresh"
    """Another secret for the same robot account: what still holds the old one fails at once."""


class RotationWindow(ApiModel):
    """A time in which credentials may be replaced."""

    checks = (
        Rule(
            "duration(self.duration) >= duration('5m')"
            " && duration(self.duration) <= duration('168h')",
            "duration: from 5m to 168h",
            field="duration",
        ),
    )

    schedule: CronSchedule
    """When it opens, as five fields like a CronJob's, such as 0 1 * * *, in timeZone."""

    duration: Duration
    """How long it stays open, from 5m to 168h."""

    @property
    def length(self) -> timedelta:
        """How long it stays open, as a length of time."""
        return parse_duration(self.duration)


class Rotation(ApiModel):
    """When the credential is replaced. The new one is in place before the old one ends."""

    checks = (
        Rule(
            "!has(self.overlap) || (duration(self.overlap) >= duration('1m')"
            " && duration(self.overlap) <= duration('720h'))",
            "overlap: from 1m to 720h",
            field="overlap",
        ),
        Rule(
            "!has(self.every) || duration(self.every)"
            " >= duration(has(self.overlap) ? self.overlap : '1h')"
            " + duration(has(self.overlap) ? self.overlap : '1h')",
            "every: at least twice the overlap (1h where none is given)",
            field="every",
        ),
        Rule(
            "!has(self.schedule) || !has(self.every)",
            "give at most one of schedule and every",
            field="schedule",
        ),
        Rule(
            "!has(self.timeZone) || has(self.schedule) || has(self.windows)",
            "timeZone: only schedule and windows have one",
            field="timeZone",
        ),
        Rule(
            "!has(self.jitter) || duration(self.jitter) <= duration('168h')",
            "jitter: at most 168h",
            field="jitter",
        ),
    )

    strategy: RotationStrategy = RotationStrategy.REPLACE
    """How it is replaced: Replace (default) makes another robot account and keeps the old one for
    the overlap; Refresh keeps the account and its user name, and old logins fail at once."""

    schedule: CronSchedule | None = None
    """When it is replaced, as five fields like a CronJob's, such as 0 3 * * 0, in timeZone."""

    time_zone: TimeZone | None = None
    """Whose clocks schedule and windows follow, such as Europe/Paris; default UTC. A time that
    they skip counts at the end of the gap, a time that they show twice counts once."""

    every: Duration | None = None
    """Or how old a credential gets before it is replaced, such as 720h. Default: two thirds of the
    lifetime; a robot that never expires is then replaced on request only."""

    jitter: Duration = "0s"
    """By how much at most it is replaced later than said, such as 30m; each robot has its own
    delay, which stays, so that many are not replaced at once. Default 0s."""

    windows: tuple[RotationWindow, ...] = Field(default=(), max_length=MAX_WINDOWS)
    """When it may be replaced by itself, at any time where none is given; a request is followed
    at once. A robot for which none opens before it expires is Stalled."""

    overlap: Duration = "1h"
    """How long the old credential still works after the new one is everywhere; default 1h. At
    least the lifetime of Harbor's registry tokens is kept."""

    @property
    def interval(self) -> timedelta | None:
        """The rotation period, or None where it is not given."""
        return None if self.every is None else parse_duration(self.every)

    @property
    def jitter_interval(self) -> timedelta:
        """The jitter as a length of time."""
        return parse_duration(self.jitter)

    @property
    def overlap_interval(self) -> timedelta:
        """The overlap as a length of time."""
        return parse_duration(self.overlap)
