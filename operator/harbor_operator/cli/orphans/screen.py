"""Draws as text what belongs to nobody."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from harbor_operator.cli.orphans.findings import Deletion, Finding, Orphans, Standing
from harbor_operator.cli.printing import (
    MOST_LINES,
    Cell,
    Colour,
    Paper,
    Part,
    Row,
    page,
    printable,
    span,
)

_HEADING: Final = ("ORPHAN", "NAME", "OWNER", "AGE", "WHO REMOVES IT")
_OTHERS: Final = ("NAME", "KIND", "STANDING", "OWNER", "WHY")


def draw_orphans(orphans: Orphans, now: datetime, paper: Paper) -> str:
    """The orphans with their commands whole, so that these can be copied; then the others."""
    others = [found for found in orphans.findings if found.standing is not Standing.ORPHANED]
    parts = [
        Part("Orphaned", _HEADING, [_orphan(found, now) for found in orphans.orphaned]),
        Part("Not to be taken away", _OTHERS, [_other(found) for found in others]),
    ]
    commands = "\n".join(_commands(orphans, paper))
    body = page(parts, orphans.notes, _summary(orphans, paper), paper)
    return f"{body}\n{commands}\n" if commands else body


def draw_deletions(deletions: tuple[Deletion, ...], paper: Paper) -> str:
    """One line for each."""
    return "".join(f"{_deletion(deletion, paper)}\n" for deletion in deletions)


def _orphan(found: Finding, now: datetime) -> Row:
    age = span(now - found.since) if found.since else "-"
    name = Cell(f"{found.kind} {found.name}", Colour.WARNING)
    return (found.what, name, found.owner, age, found.remover)


def _other(found: Finding) -> Row:
    return (found.name, found.kind, found.standing.value, found.owner, found.reason)


def _commands(orphans: Orphans, paper: Paper) -> Iterator[str]:
    if orphans.orphaned:
        yield paper.paint("To take one away:", Colour.TITLE)
    for found in orphans.orphaned[:MOST_LINES]:
        yield printable(f"  {found.cure}")


def _deletion(deletion: Deletion, paper: Paper) -> str:
    sentence = printable(f"{deletion.what}: {deletion.sentence}")
    return sentence if deletion.done else paper.paint(sentence, Colour.BAD)


def _summary(orphans: Orphans, paper: Paper) -> str:
    found = len(orphans.orphaned)
    others = len(orphans.findings) - found
    sentence = f"Orphaned: {found}; not to be taken away: {others}"
    if not orphans.complete:
        return paper.paint(f"{sentence}; not everything could be read", Colour.BAD)
    return paper.paint(sentence, Colour.WARNING if found else Colour.GOOD)
