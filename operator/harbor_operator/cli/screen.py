"""Draws a report as one screen of text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from harbor_operator.cli.kinds import KINDS
from harbor_operator.cli.objects import STALLED
from harbor_operator.cli.printing import Cell, Colour, Paper, printable, span, table
from harbor_operator.cli.report import ConnectionLine, Due, Report, Trouble

MOST_TROUBLES: Final = 20
MOST_ROTATIONS: Final = 5
"""Lines that fit one screen; the other formats give all."""

Row = Sequence[Cell | str]


def draw(report: Report, now: datetime, paper: Paper) -> str:
    """The whole screen; each part but the last line only where there is something to say."""
    parts = [
        _Part("", _CONNECTIONS, [_link(line) for line in report.connections]),
        _Part("Needs attention", _TROUBLES, [_trouble(entry, now) for entry in report.troubles]),
        _Part(
            "Expires with no rotation before it",
            _DUE,
            [_due(due, now, Colour.BAD) for due in report.expiring],
        ),
        _Part(
            "Next rotations",
            _DUE,
            [_due(due, now, None) for due in report.rotations],
            most=MOST_ROTATIONS,
        ),
    ]
    blocks = [
        *([*part.lines(paper)] for part in parts),
        [paper.paint(f"note: {printable(note)}", Colour.FAINT) for note in report.notes],
        [_summary(report, paper)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


_CONNECTIONS: Final = ("CONNECTION", "READY", "VERSION", "REASON")
_TROUBLES: Final = ("OBJECT", "NAMESPACE", "REASON", "SINCE", "MESSAGE")
_DUE: Final = ("ROBOT", "NAMESPACE", "ROTATION", "EXPIRES")


@dataclass(frozen=True, slots=True)
class _Part:
    """A table under a title, of which so many rows are shown."""

    title: str
    heading: Sequence[str]
    rows: Sequence[Row]
    most: int = MOST_TROUBLES

    def lines(self, paper: Paper) -> Iterator[str]:
        if not self.rows:
            return
        if self.title:
            yield paper.paint(f"{self.title}:", Colour.TITLE)
        heads = [Cell(head, Colour.FAINT) for head in self.heading]
        yield from table([heads, *self.rows[: self.most]], paper)
        if len(self.rows) > self.most:
            yield f"and {len(self.rows) - self.most} more, which -o json shows"


def _link(line: ConnectionLine) -> Row:
    colour = Colour.GOOD if line.ready == "True" else Colour.BAD
    return (line.name, Cell(line.ready, colour), line.version or "-", line.reason)


def _trouble(trouble: Trouble, now: datetime) -> Row:
    stalled = trouble.condition == STALLED
    return (
        f"{trouble.kind}/{trouble.name}",
        trouble.namespace or "-",
        Cell(trouble.reason, Colour.BAD if stalled else Colour.WARNING),
        span(now - trouble.since) if trouble.since else "-",
        trouble.message,
    )


def _due(due: Due, now: datetime, colour: Colour | None) -> Row:
    return (due.name, due.namespace, _when(due.rotation, now), Cell(_when(due.expiry, now), colour))


def _when(time: datetime | None, now: datetime) -> str:
    if time is None:
        return "never"
    return f"in {span(time - now)}" if time > now else f"{span(now - time)} ago"


def _summary(report: Report, paper: Paper) -> str:
    counts = [
        f"{report.counts[kind.word].ready}/{report.counts[kind.word].total} {kind.title}"
        for kind in KINDS
        if kind.word in report.counts
    ]
    suspended = sum(count.suspended for count in report.counts.values())
    unready = sum(count.total - count.ready for count in report.counts.values())
    sentence = f"Ready: {', '.join(counts)}; {unready} not ready, {suspended} suspended"
    return paper.paint(sentence, Colour.BAD if report.troubles else Colour.GOOD)
