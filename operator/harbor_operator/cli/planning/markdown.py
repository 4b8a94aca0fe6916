"""Writes a plan as a comment for a pull request: a line to read, and details to unfold."""

import re
from collections.abc import Iterator
from typing import Final

from harbor_operator.cli.planning.report import ObjectPlan, PlanReport
from harbor_operator.cli.planning.screen import NOTHING, SIGNS, listed, summary, title
from harbor_operator.cli.printing import printable

MARKER: Final = "<!-- kubectl-harbor-plan -->"
"""By which a pipeline finds its own comment, to replace it."""

MOST_CHARACTERS: Final = 65_536
"""What a comment on GitHub may hold; GitLab takes more."""

_ROOM_FOR_THE_CUT: Final = 200
_LONGEST_CELL: Final = 500
_ESCAPES: Final = {
    **{char: f"\\{char}" for char in "\\`*_{}[]()#+-!|~"},
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "@": "@\u200b",
}
"""What is markup; behind an at sign nothing visible keeps it from calling somebody."""

_SPECIAL: Final = str.maketrans(_ESCAPES)


def write_markdown(report: PlanReport) -> str:
    """The whole comment, cut at an object's end where it would be too long for one."""
    head = f"{MARKER}\n### Harbor plan\n\n{escaped(summary(report))}\n"
    tail = "".join(f"\n> {escaped(note)}\n" for note in report.notes)
    sections = ["\n".join(_section(found)) + "\n" for found in listed(report)]
    room = MOST_CHARACTERS - _ROOM_FOR_THE_CUT - len(head) - len(tail)
    kept: list[str] = []
    for section in sections:
        room -= len(section)
        if room < 0:
            break
        kept.append(section)
    missing = len(sections) - len(kept)
    cut = (
        f"\n**{missing} more objects do not fit into a comment**: see the job's log.\n"
        if missing
        else ""
    )
    return (head + "".join(kept) + cut + tail)[:MOST_CHARACTERS]


def _section(found: ObjectPlan) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{escaped(title(found))}</summary>"
    yield ""
    if found.entries:
        yield "| | what | field | from | to |"
        yield "|---|---|---|---|---|"
        yield from _rows(found)
        yield ""
    for obstacle in found.obstacles:
        yield f"- **{escaped(obstacle.reason)}**: {escaped(obstacle.message)}"
    for note in found.notes:
        yield f"- {escaped(note)}"
    yield f"- {escaped(found.place)}"
    yield ""
    yield "</details>"


def _rows(found: ObjectPlan) -> Iterator[str]:
    for entry in found.entries:
        what = f"{entry.block} {entry.target}".strip()
        for field in entry.fields:
            cells = (what, field.field, field.before or NOTHING, field.after or NOTHING)
            yield f"| `{SIGNS[entry.action]}` | {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    """A value as code, in which nothing is markup."""
    shown = printable(text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…")
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    room = " " if longest else ""
    return f"{fence}{room}{shown.replace('|', chr(92) + '|')}{room}{fence}"


def escaped(text: str) -> str:
    """A text that is neither markup nor a mention, and stays on its line."""
    return printable(text).translate(_SPECIAL)
