"""Whether what a command printed is what the page shows. Pure."""

import re
from collections.abc import Sequence

ANYTHING = ("...", "…")
"""Stands for anything within a line, and alone on a line for any number of lines."""

_AGE = r"(?:\d+(?:ms|[smhdwy]))+"
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_VOLATILE = re.compile(rf"(?P<time>{_TIME})|(?<![\w.-])(?P<age>{_AGE})(?![\w-])|(?P<any>\.\.\.|…)")


def is_as_shown(printed: str, shown: Sequence[str]) -> bool:
    """Whether output is what a page shows.

    Blanks do not count. An age fits any age, a time any time, and `...` anything.
    """
    pattern = "".join(_line_pattern(line) for line in shown)
    lines = [squeezed for line in printed.splitlines() if (squeezed := _squeezed(line))]
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def _line_pattern(line: str) -> str:
    if line.strip() in ANYTHING:
        return r"(?:.*\n)*"
    pattern, place = "", 0
    for found in _VOLATILE.finditer(line):
        pattern += re.escape(_squeezed(line[place : found.start()])) + _pattern_of(found)
        place = found.end()
    return pattern + re.escape(_squeezed(line[place:])) + r"\n"


def _pattern_of(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "time":
            return _TIME.replace("[T ]", "T?")
        case "age":
            return _AGE
        case _:
            return ".*"


def _squeezed(line: str) -> str:
    return "".join(line.split())
