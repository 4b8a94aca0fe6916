"""Text and tables for generated pages."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

WIDTH: Final = 110
"""Columns of a line that is no row of a table."""

_CODE: Final = re.compile(r"(`[^`]*`)")
_SPECIAL: Final = re.compile(r"[|<*\[\]{}_]")


def escaped(text: str) -> str:
    """A text as it stands, on one line; what is between backticks stays code."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(
        part.replace("|", r"\|") if index % 2 else _SPECIAL.sub(r"\\\g<0>", part)
        for index, part in enumerate(parts)
    )


def code(text: str) -> str:
    """A text as code in a table's cell."""
    return "`" + text.replace("|", r"\|") + "`" if text else ""


def rows_below(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables below a heading of the second level, with their heads."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = (line for line in section.splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, empty where there are no rows; cells are Markdown."""
    lines = [f"| {' | '.join(cells)} |\n" for cells in rows]
    if not lines:
        return ""
    return "".join([f"| {' | '.join(heads)} |\n", "|" + "---|" * len(heads) + "\n", *lines, "\n"])


def paragraph(text: str) -> str:
    """Markdown as a paragraph of short lines."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_on_hyphens=False) + "\n\n"
