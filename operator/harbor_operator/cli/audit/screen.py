"""Draws an audit as text, or as lines of CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from harbor_operator.cli.audit.usage import Audit, Standing, Usage
from harbor_operator.cli.printing import Cell, Colour, Paper, Part, Row, many, page, when

_HEADING: Final = (
    "ROBOT",
    "NAMESPACE",
    "ACCOUNT",
    "LAST USE",
    "PULLS",
    "PUSHES",
    "STANDING",
    "IMAGES",
)
_COLUMNS: Final = (
    "robot",
    "namespace",
    "username",
    "last_used",
    "pulls",
    "pushes",
    "more",
    "standing",
    "reason",
    "images",
    "late",
)
_MOST_IMAGES: Final = 3
_COLOURS: Final = {Standing.UNUSED: Colour.BAD, Standing.UNKNOWN: Colour.FAINT}


def draw_audit(audit: Audit, now: datetime, paper: Paper) -> str:
    """A line for each robot, then what needs a word."""
    parts = [Part("", _HEADING, [_line(one, now) for one in audit.usages])]
    notes = [*_late(audit), *_reasons(audit), *audit.notes]
    return page(parts, notes, _summary(audit, now, paper), paper)


def csv_of(audit: Audit) -> str:
    """All of it as RFC 4180 has it, but for the line ends; lists are parted by blanks."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in audit.usages:
        writer.writerow([_text(getattr(one, column)) for column in _COLUMNS])
    return stream.getvalue()


def _line(one: Usage, now: datetime) -> Row:
    more = "+" if one.more else ""
    return (
        one.robot or "-",
        one.namespace or "-",
        one.username or "-",
        when(one.last_used, now) if one.standing is not Standing.UNKNOWN or one.last_used else "?",
        f"{one.pulls}{more}",
        f"{one.pushes}{more}",
        Cell(one.standing.value, _COLOURS.get(one.standing, Colour.GOOD)),
        ", ".join(one.images[:_MOST_IMAGES]) + (", …" if len(one.images) > _MOST_IMAGES else ""),
    )


def _late(audit: Audit) -> Iterator[str]:
    for one in audit.usages:
        for username in one.late:
            yield (
                f"{username} was used after it had been replaced: somebody still has the old"
                f" credential of {one.namespace}/{one.robot}"
            )


def _reasons(audit: Audit) -> Iterator[str]:
    reasons = {one.reason: 0 for one in audit.usages if one.standing is Standing.UNKNOWN}
    for reason in reasons:
        count = sum(one.reason == reason for one in audit.usages)
        yield f"{count} unknown: {reason}"


def _summary(audit: Audit, now: datetime, paper: Paper) -> str:
    counts = {state: sum(one.standing is state for one in audit.usages) for state in Standing}
    reach = f"the log begins {when(audit.reaches, now)}" if audit.reaches else "by projects"
    told = ", ".join(f"{count} {state.value}" for state, count in counts.items())
    robots = many(len(audit.usages), "robots")
    sentence = f"{robots}: {told}; counted since {audit.since:%Y-%m-%d}; {reach}"
    return paper.paint(sentence, Colour.BAD if audit.unused else Colour.GOOD)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, tuple):
        return " ".join(value)
    return "" if value is None else str(value)
