"""Draws a plan as text: what is made, changed and refused, in the way of a diff."""

from collections.abc import Iterable, Iterator
from typing import Final

from harbor_operator.cli.planning.report import Entry, ObjectPlan, Outcome, PlanReport
from harbor_operator.cli.printing import Colour, Paper, page, printable

SIGNS: Final = {"Create": "+", "Update": "~", "Delete": "-"}
_COLOURS: Final = {"+": Colour.GOOD, "~": Colour.WARNING, "-": Colour.BAD}
NOTHING: Final = "-"

SENTENCES: Final = {
    Outcome.CREATE: "would be created",
    Outcome.CHANGE: "would be changed",
    Outcome.NONE: "is as its spec says",
    Outcome.REFUSED: "would be refused",
    Outcome.OBSERVED: "is only observed, nothing is written",
    Outcome.SUSPENDED: "is suspended",
    Outcome.HIDDEN: "cannot be told in full",
}
QUIET: Final = frozenset({Outcome.NONE, Outcome.SUSPENDED})
"""Outcomes that are counted and not listed."""


def draw_plan(report: PlanReport, paper: Paper) -> str:
    """Each object that is more than as it should be, then the notes and the summary."""
    blocks = ["\n".join(_object(found, paper)) for found in listed(report)]
    body = page((), report.notes, paper.paint(summary(report), Colour.TITLE), paper)
    return "".join(f"{block}\n\n" for block in blocks) + body


def listed(report: PlanReport) -> Iterable[ObjectPlan]:
    """The objects about which there is something to say."""
    return [
        found
        for found in report.objects
        if found.outcome not in QUIET
        and (found.outcome is not Outcome.OBSERVED or found.entries or found.notes)
    ]


def summary(report: PlanReport) -> str:
    """One line that says all, nothing's being changed included."""
    counts = report.counts
    parts = [
        f"{counts[Outcome.CREATE]} to create",
        f"{counts[Outcome.CHANGE]} to change",
        f"{counts[Outcome.NONE]} as they should be",
    ]
    others = (Outcome.OBSERVED, Outcome.SUSPENDED, Outcome.REFUSED)
    parts += [f"{counts[outcome]} {outcome}" for outcome in others if counts[outcome]]
    if counts[Outcome.HIDDEN]:
        parts.append(f"{counts[Outcome.HIDDEN]} not to be told in full")
    ignored = sum(report.ignored.values())
    tail = f"; {ignored} documents of other kinds ignored" if ignored else ""
    return f"Harbor {report.harbor}: {', '.join(parts)}{tail}"


def title(found: ObjectPlan) -> str:
    """What an object is, and what would become of it."""
    where = f" ({found.in_harbor})" if found.in_harbor not in {"", found.name} else ""
    return f"{found.kind} {found.path}{where} {SENTENCES[found.outcome]}"


def _object(found: ObjectPlan, paper: Paper) -> Iterator[str]:
    bad = found.obstacles or found.outcome is Outcome.HIDDEN
    yield paper.paint(printable(title(found)), Colour.BAD if bad else Colour.TITLE)
    for entry in found.entries:
        yield from _entry(entry, paper)
    for obstacle in found.obstacles:
        told = printable(f"  ! {obstacle.reason}: {obstacle.message}")
        yield paper.paint(told, Colour.BAD)
    for note in found.notes:
        yield paper.paint(printable(f"  note: {note}"), Colour.FAINT)


def _entry(entry: Entry, paper: Paper) -> Iterator[str]:
    sign = SIGNS[entry.action]
    target = f" {entry.target}" if entry.target else ""
    yield paper.paint(printable(f"  {sign} {entry.block}{target}"), _COLOURS[sign])
    for field in entry.fields:
        before, after = field.before or NOTHING, field.after or NOTHING
        yield printable(f"      {field.field}: {before} -> {after}")
