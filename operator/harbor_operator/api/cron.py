"""The schedules that Harbor keeps, in the five fields of a CronJob.

Harbor stores a sixth field before them, the seconds, which it wants to be 0. Its parser knows
ranges, steps, lists and the English names of months and days, but no 7 for Sunday and no words
such as @daily.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from harbor_operator.api.model import Rule, checked_by

MAX_CRON_LENGTH: Final = 62
"""Harbor stores 64 characters, of which the seconds and a space take two."""

_MONTHS: Final = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_DAYS: Final = "SUN|MON|TUE|WED|THU|FRI|SAT"
_NUMBERS: Final = {name: number for number, name in enumerate(_MONTHS.split("|"), 1)} | {
    name: number for number, name in enumerate(_DAYS.split("|"))
}


def _field(value: str) -> str:
    """Give the pattern of a field from the pattern of one of its values."""
    part = f"([*]|({value})(-({value}))?)(/[1-9][0-9]?)?"
    return f"{part}(,{part})*"


_CRON_PATTERN: Final = "^{}$".format(
    " ".join(
        _field(value)
        for value in (
            "[0-5]?[0-9]",
            "[01]?[0-9]|2[0-3]",
            "0?[1-9]|[12][0-9]|3[01]",
            f"0?[1-9]|1[0-2]|{_MONTHS}",
            f"[0-6]|{_DAYS}",
        )
    )
)
_CRON: Final = re.compile(_CRON_PATTERN)
_RANGE: Final = re.compile("([0-9A-Z]+)-([0-9A-Z]+)")

_RULE: Final = Rule(
    f"self.matches('{_CRON_PATTERN}')",
    "a schedule has five fields with single spaces: minute hour day month weekday, such as"
    " '0 3 * * *'; the weekday is 0 (Sunday) to 6, or SUN to SAT",
)


def _checked_cron(text: str) -> str:
    if len(text) > MAX_CRON_LENGTH or _CRON.fullmatch(text) is None:
        raise ValueError(f"{text!r}: {_RULE.message}")
    for first, last in _RANGE.findall(text):
        if _number(first) > _number(last):
            raise ValueError(f"{text!r}: the range {first}-{last} ends before it begins")
    return text


def _number(value: str) -> int:
    return _NUMBERS[value] if value in _NUMBERS else int(value)


CronSchedule = Annotated[
    str,
    AfterValidator(_checked_cron),
    WithJsonSchema({"type": "string", "maxLength": MAX_CRON_LENGTH, **checked_by(_RULE)}),
]
"""When something runs, in Harbor's time zone; a range that ends before it begins is refused by
the operator, all else by the API server."""
