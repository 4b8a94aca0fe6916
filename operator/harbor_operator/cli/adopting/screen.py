"""Draws adoptions as text."""

from collections.abc import Iterator
from typing import Any, Final

from harbor_operator.cli.adopting.model import Adoption, Adoptions, State
from harbor_operator.cli.printing import Cell, Colour, Paper, Part, Row, page

_PROJECTS: Final = ("PROJECT", "OBJECT", "STATE", "WHY")
_PLAN: Final = ("PROJECT", "ACTION", "WHAT", "FIELD", "FROM", "TO")
_COLOURS: Final = {
    State.REFUSED: Colour.WARNING,
    State.UNSETTLED: Colour.BAD,
    State.MANAGED: Colour.GOOD,
}
_MOST: Final = 200
"""Of a plan nothing may be overlooked, so that it is cut late."""


def draw(found: Adoptions, paper: Paper) -> str:
    """How far each project has come, what would be changed, and what to do next."""
    rows = [
        (
            entry.project,
            entry.name or "-",
            Cell(entry.state, _COLOURS.get(entry.state)),
            entry.reason,
        )
        for entry in found.adoptions
    ]
    planned = [row for entry in found.of(State.PLANNED) for row in _changes(entry)]
    parts = [
        Part("", _PROJECTS, rows, most=_MOST),
        Part("What would be changed in Harbor", _PLAN, planned, most=_MOST),
    ]
    return page(parts, found.notes, _summary(found), paper)


def _changes(entry: Adoption) -> Iterator[Row]:
    for change in entry.plan:
        what = " ".join(filter(None, (change.get("block", ""), change.get("target") or "")))
        fields: list[dict[str, Any]] = change.get("fields") or [{}]
        for field in fields:
            yield (
                entry.project,
                str(change.get("action", "")),
                what,
                str(field.get("field", "-")),
                str(field.get("from") or "-"),
                str(field.get("to") or "-"),
            )


def _summary(found: Adoptions) -> str:
    numbers = ", ".join(
        f"{len(found.of(state))} {state.lower()}" for state in State if found.of(state)
    )
    planned = found.of(State.PLANNED)
    if not planned:
        return numbers or "nothing to adopt"
    names = " ".join(f"--project {entry.project}" for entry in planned)
    return f"{numbers}; to take over: kubectl harbor adopt {names} --confirm -n {found.namespace}"
