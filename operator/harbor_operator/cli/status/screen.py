"""Draws a report as one screen of text."""

from datetime import datetime
from typing import Final

from harbor_operator.cli.kinds import KINDS
from harbor_operator.cli.objects import STALLED
from harbor_operator.cli.printing import Cell, Colour, Paper, Part, Row, page, span, when
from harbor_operator.cli.status.report import ConnectionLine, Due, Report, Trouble

MOST_ROTATIONS: Final = 5
"""Rotations that fit one screen."""


def draw(report: Report, now: datetime, paper: Paper) -> str:
    """The whole screen; each part but the last line only where there is something to say."""
    parts = [
        Part("", _CONNECTIONS, [_link(line) for line in report.connections]),
        Part("Needs attention", _TROUBLES, [_trouble(entry, now) for entry in report.troubles]),
        Part(
            "Expires with no rotation before it",
            _DUE,
            [_due(due, now, Colour.BAD) for due in report.expiring],
        ),
        Part(
            "Next rotations",
            _DUE,
            [_due(due, now, None) for due in report.rotations],
            most=MOST_ROTATIONS,
        ),
    ]
    return page(parts, report.notes, _summary(report, paper), paper)


_CONNECTIONS: Final = ("CONNECTION", "READY", "VERSION", "REASON")
_TROUBLES: Final = ("OBJECT", "NAMESPACE", "REASON", "SINCE", "MESSAGE")
_DUE: Final = ("ROBOT", "NAMESPACE", "ROTATION", "EXPIRES")


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
    return (due.name, due.namespace, when(due.rotation, now), Cell(when(due.expiry, now), colour))


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
