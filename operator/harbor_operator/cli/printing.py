"""Texts for people and programs: tables, colours, lengths of time, JSON and YAML."""

import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TextIO

import yaml

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_SECONDS: Final = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_LONG: Final = 2
"""From two of a unit on, the next smaller one says nothing that anybody needs."""

MOST_LINES: Final = 20
"""Lines of a table that fit one screen; the other formats give all."""


class Colour(StrEnum):
    """The colours in use, as terminals number them."""

    GOOD = "32"
    WARNING = "33"
    BAD = "31"
    FAINT = "2"
    TITLE = "1"


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written on.

    Attributes:
        coloured: Whether it shows colours.
        width: Its columns, None where lines may be of any length.
    """

    coloured: bool = False
    width: int | None = None

    def paint(self, text: str, colour: Colour) -> str:
        """Give a text its colour, where there are any."""
        return f"\x1b[{colour.value}m{text}\x1b[0m" if self.coloured else text


def paper_of(stream: TextIO) -> Paper:
    """Find out what a stream is: a terminal has colours, unless NO_COLOR is set, and a width."""
    if not stream.isatty():
        return Paper()
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Paper(wanted, shutil.get_terminal_size().columns)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a table, with the colour it may have."""

    text: str
    colour: Colour | None = None


Row = Sequence[Cell | str]


def table(rows: Sequence[Sequence[Cell | str]], paper: Paper) -> list[str]:
    """Lines of a table, the first row being its heading; the last column may be cut."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    shown = [[Cell(printable(cell.text), cell.colour) for cell in row] for row in cells]
    widths = [max(len(cell.text) for cell in column) for column in zip(*shown, strict=True)]
    return [_line(row, widths, paper) for row in shown]


@dataclass(frozen=True, slots=True)
class Part:
    """A table under a title, of which so many rows are shown."""

    title: str
    heading: Sequence[str]
    rows: Sequence[Row]
    most: int = MOST_LINES

    def lines(self, paper: Paper) -> Iterator[str]:
        """Title, heading and rows; nothing where there are no rows."""
        if not self.rows:
            return
        if self.title:
            yield paper.paint(f"{self.title}:", Colour.TITLE)
        heads = [Cell(head, Colour.FAINT) for head in self.heading]
        yield from table([heads, *self.rows[: self.most]], paper)
        if len(self.rows) > self.most:
            yield f"and {len(self.rows) - self.most} more, which -o json shows"


def page(parts: Iterable[Part], notes: Iterable[str], summary: str, paper: Paper) -> str:
    """Tables, then notes, then the summary, with an empty line between them."""
    blocks = [
        *([*part.lines(paper)] for part in parts),
        [paper.paint(f"note: {printable(note)}", Colour.FAINT) for note in notes],
        [summary],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _line(row: Sequence[Cell], widths: Sequence[int], paper: Paper) -> str:
    *first, last = row
    start = "".join(
        _painted(cell, paper) + " " * (width - len(cell.text) + 3)
        for cell, width in zip(first, widths, strict=False)
    )
    used = sum(width + 3 for width in widths[:-1])
    return (start + _painted(Cell(_cut(last.text, paper, used), last.colour), paper)).rstrip()


def _painted(cell: Cell, paper: Paper) -> str:
    return paper.paint(cell.text, cell.colour) if cell.colour else cell.text


def _cut(text: str, paper: Paper, used: int) -> str:
    if paper.width is None or used + len(text) <= paper.width:
        return text
    return text[: max(paper.width - used - 1, 0)] + "…"


def printable(text: str) -> str:
    """Take out what would steer a terminal: others write what is shown here."""
    return "".join(char if char.isprintable() else " " for char in text)


def span(length: timedelta) -> str:
    """A length of time as kubectl shows it: 5m, 3h, 12d."""
    seconds = int(abs(length.total_seconds()))
    for unit, size in _SECONDS:
        if seconds >= size * _LONG or (seconds >= size and unit == "s"):
            return f"{seconds // size}{unit}"
    return "0s"


def many(number: int, plural: str) -> str:
    """So many things, whose plural ends with an s."""
    return f"{number} {plural.removesuffix('s') if number == 1 else plural}"


def when(time: datetime | None, now: datetime) -> str:
    """A time as its distance from now."""
    if time is None:
        return "never"
    return f"in {span(time - now)}" if time > now else f"{span(now - time)} ago"


def show(report: "DataclassInstance", form: str, draw: Callable[[Paper], str]) -> None:
    """Print a report: drawn as a table, or all of it as data."""
    if form == "table":
        sys.stdout.write(draw(paper_of(sys.stdout)))
    else:
        sys.stdout.write(dump(dataclasses.asdict(report), form))


def dump(value: Any, form: str) -> str:  # noqa: ANN401 -- whatever JSON can say
    """Print plain data as `json` or `yaml`."""
    plain = json.loads(json.dumps(value, default=_plain))
    if form == "json":
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
