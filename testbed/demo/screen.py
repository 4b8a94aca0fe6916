"""What a person sees of a run: lines with times, and a table that is redrawn in place."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

_GAP = "  "
_NARROWEST = 40
"""Columns of the narrowest terminal that the table is cut for."""


class _Style(StrEnum):
    """Escape sequences, used on a terminal only."""

    BOLD = "\x1b[1m"
    GREEN = "\x1b[32m"
    RED = "\x1b[31m"
    DIM = "\x1b[2m"
    NONE = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Row:
    """One object in the table."""

    name: str
    ready: str
    reason: str
    detail: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The row's texts in the order of the columns."""
        return (self.name, self.ready, self.reason, self.detail)


HEADINGS = Row("OBJECT", "READY", "REASON", "DETAIL")


class Screen:
    """Writes for a person; on anything but a terminal without colours and without redrawing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._started = time.monotonic()
        self._drawn = 0
        self._shown: dict[str, Row] = {}

    def title(self, text: str) -> None:
        """Begin a part of the run."""
        self._write(f"\n{self._styled(text, _Style.BOLD)}")

    def step(self, text: str) -> None:
        """Say what is being done."""
        self._write(f"{self._time()}  {text}")

    def proven(self, text: str) -> None:
        """Say what has been shown to be so."""
        self._write(f"{self._time()}  {self._styled('ok', _Style.GREEN)}  {text}")

    def failed(self, text: str) -> None:
        """Say what went wrong, in as many lines as it takes."""
        self._write(f"{self._time()}  {self._styled('failed', _Style.RED)}  {text}")

    def plain(self, text: str) -> None:
        """Write lines that a person may copy."""
        self._write(text)

    def live(self, rows: Sequence[Row]) -> None:
        """Show how objects are: the whole table in place, or the rows that have changed."""
        if self._is_terminal:
            # A line that wraps would take two, and redrawing counts lines.
            self._redraw(self._table(rows, max(shutil.get_terminal_size().columns, _NARROWEST)))
            return
        for row in rows:
            if self._shown.get(row.name) != row:
                self._shown[row.name] = row
                state = _GAP.join(cell for cell in row.cells[1:] if cell)
                self.step(f"{row.name}: {state}")

    def table(self, rows: Sequence[Row]) -> None:
        """Show how objects are, for good."""
        self._redraw([])
        for line in self._table(rows):
            self._write(line)

    def _redraw(self, lines: Sequence[str]) -> None:
        if self._drawn:
            self._stream.write(f"\x1b[{self._drawn}F\x1b[J")
        self._drawn = 0
        for line in lines:
            self._write(line)
        self._drawn = len(lines)

    def _write(self, text: str) -> None:
        self._drawn = 0
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _table(self, rows: Sequence[Row], columns: int | None = None) -> list[str]:
        all_cells = [HEADINGS.cells, *(row.cells for row in rows)]
        widths = [max(map(len, column)) for column in zip(*all_cells, strict=True)]
        lines = []
        for cells in all_cells:
            padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
            lines.append(self._styled(_GAP.join(padded).rstrip()[:columns], _style_of(cells[1])))
        return lines

    def _time(self) -> str:
        elapsed = f"{time.monotonic() - self._started:6.1f} s"
        return self._styled(elapsed, _Style.DIM)

    def _styled(self, text: str, style: _Style) -> str:
        return f"{style}{text}{_Style.NONE}" if self._is_terminal else text


def _style_of(ready: str) -> _Style:
    match ready:
        case "True":
            return _Style.GREEN
        case "False":
            return _Style.RED
        case HEADINGS.ready:
            return _Style.BOLD
        case _:
            return _Style.NONE
