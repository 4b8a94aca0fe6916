"""Cron expressions with six fields, of which the first counts seconds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

FIELDS = 6
_NEVER_AFTER = timedelta(days=5 * 366)
"""Harbor's library looks five years ahead before it gives up on a date such as 30 February."""
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_WEEKDAYS = {
    name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
}


class CronError(ValueError):
    """The expression makes no sense; the message is the one that Harbor quotes."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What a field may hold."""

    lowest: int
    highest: int
    names: Mapping[str, int]


_BOUNDS = (
    _Bounds(0, 59, {}),
    _Bounds(0, 59, {}),
    _Bounds(0, 23, {}),
    _Bounds(1, 31, {}),
    _Bounds(1, 12, _MONTHS),
    _Bounds(0, 6, _WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class _Field:
    """The values of one field, and whether it leaves them open."""

    values: frozenset[int]
    open: bool


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression."""

    _second: _Field
    _minute: _Field
    _hour: _Field
    _day: _Field
    _month: _Field
    _weekday: _Field

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time after a moment; None when there is none in years."""
        return next((time for time in self._times_from(moment) if time > moment), None)

    def _times_from(self, moment: datetime) -> Iterator[datetime]:
        for days in range(_NEVER_AFTER.days):
            day = moment.date() + timedelta(days=days)
            if self._includes(day.day, day.month, day.isoweekday() % 7):
                for clock in self._clock_times():
                    yield datetime.combine(day, clock, moment.tzinfo)

    def _clock_times(self) -> Iterator[time]:
        for hour in sorted(self._hour.values):
            for minute in sorted(self._minute.values):
                for second in sorted(self._second.values):
                    yield time(hour, minute, second)

    def _includes(self, day: int, month: int, weekday: int) -> bool:
        if month not in self._month.values:
            return False
        by_day, by_weekday = day in self._day.values, weekday in self._weekday.values
        if self._day.open or self._weekday.open:
            return by_day and by_weekday
        return by_day or by_weekday


def parse_cron(text: str) -> Cron:
    """Reads an expression.

    Raises:
        CronError: it is malformed.
    """
    if not text:
        raise CronError("empty spec string")
    parts = text.split()
    if len(parts) != FIELDS:
        found = f"{len(parts)}: [{' '.join(parts)}]"
        raise CronError(f"expected exactly {FIELDS} fields, found {found}")
    return Cron(*(_field(part, bounds) for part, bounds in zip(parts, _BOUNDS, strict=True)))


def validate_cron(text: str) -> None:
    """Refuses what Harbor does not schedule.

    Raises:
        CronError: the expression is malformed or starts at a second other than 0.
    """
    if not text:
        raise CronError("empty cron string is invalid")
    parse_cron(text)
    if not text.startswith("0 "):
        raise CronError("the 1st field (indicating Seconds of time) of the cron setting must be 0")


def _field(text: str, bounds: _Bounds) -> _Field:
    values: set[int] = set()
    is_open = False
    for part in filter(None, text.split(",")):
        span, _, step = part.partition("/")
        is_open = is_open or (span in {"*", "?"} and step in {"", "1"})
        values.update(_range(part, bounds))
    return _Field(frozenset(values), is_open)


def _range(text: str, bounds: _Bounds) -> range:
    span, *steps = text.split("/")
    start, *ends = span.split("-")
    if len(steps) > 1:
        raise CronError(f"too many slashes: {text}")
    if len(ends) > 1:
        raise CronError(f"too many hyphens: {text}")
    if start in {"*", "?"}:
        first, last = bounds.lowest, bounds.highest
    else:
        first = _number(start, bounds.names)
        last = _number(ends[0], bounds.names) if ends else first
        last = bounds.highest if steps and not ends else last
    step = _number(steps[0], {}) if steps else 1
    _check(text, bounds, first=first, last=last, step=step)
    return range(first, last + 1, step)


def _check(text: str, bounds: _Bounds, *, first: int, last: int, step: int) -> None:
    if first < bounds.lowest:
        raise CronError(f"beginning of range ({first}) below minimum ({bounds.lowest}): {text}")
    if last > bounds.highest:
        raise CronError(f"end of range ({last}) above maximum ({bounds.highest}): {text}")
    if first > last:
        raise CronError(f"beginning of range ({first}) beyond end of range ({last}): {text}")
    if step == 0:
        raise CronError(f"step of range should be a positive number: {text}")


def _number(text: str, names: Mapping[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not text.isdigit():
        raise CronError(
            f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax'
        )
    return int(text)
