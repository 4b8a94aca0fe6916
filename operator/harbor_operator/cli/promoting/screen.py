"""Draws a promotion as text."""

from typing import Final

from harbor_operator.cli.printing import Cell, Colour, Paper, Part, page
from harbor_operator.cli.promoting.model import Outcome, Promotion, Verdict

_HEADING: Final = ("GATE", "VERDICT", "WHY")
_MISSING: Final = ("TYPE", "DIGEST")
_COLOURS: Final = {
    Verdict.PASSED: Colour.GOOD,
    Verdict.FAILED: Colour.BAD,
    Verdict.NOT_REQUIRED: Colour.FAINT,
}
_WORDS: Final = {
    Outcome.PROMOTED: "Promoted",
    Outcome.ALREADY: "Promoted already",
    Outcome.POSSIBLE: "Nothing stands against it",
}


def draw(promotion: Promotion, paper: Paper) -> str:
    """The gates, what else is to be known, and the pinned reference."""
    rows = [
        (gate.name, Cell(gate.verdict, _COLOURS[gate.verdict]), gate.reason)
        for gate in promotion.gates
    ]
    said = summary(promotion)
    fine = promotion.outcome in _WORDS
    painted = paper.paint(said, Colour.GOOD if fine else Colour.BAD)
    missing = [(entry.type, entry.digest) for entry in promotion.missing]
    parts = [
        Part("", _HEADING, rows),
        Part("Not in the target", _MISSING, missing),
    ]
    return page(parts, promotion.notes, painted, paper)


def summary(promotion: Promotion) -> str:
    """The whole in one sentence."""
    match promotion.outcome:
        case Outcome.REFUSED:
            names = ", ".join(gate.name for gate in promotion.failed)
            return f"Not promoted, nothing was copied: {names}"
        case Outcome.INCOMPLETE:
            lacking = ", ".join(f"{entry.type} {entry.digest}" for entry in promotion.missing)
            return f"Not complete: {promotion.reference} is there without {lacking}"
        case outcome:
            return f"{_WORDS[outcome]}: {promotion.reference}"
