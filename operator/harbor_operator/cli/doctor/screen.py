"""Draws a diagnosis as text."""

from collections.abc import Iterator, Mapping
from typing import Final

from harbor_operator.cli.doctor.checks import Check, Diagnosis, State
from harbor_operator.cli.printing import Cell, Colour, Paper, printable, table

_COLOURS: Final[Mapping[State, Colour]] = {
    State.FAIL: Colour.BAD,
    State.WARN: Colour.WARNING,
    State.UNKNOWN: Colour.FAINT,
    State.OK: Colour.GOOD,
}


def draw_diagnosis(diagnosis: Diagnosis, paper: Paper) -> str:
    """All checks, then the cures whole, so that they can be copied."""
    heading = [Cell(word, Colour.FAINT) for word in ("STATE", "CHECK", "FOUND")]
    lines = table([heading, *(_row(check) for check in diagnosis.checks)], paper)
    blocks = ["\n".join(lines), "\n".join(_cures(diagnosis, paper)), _summary(diagnosis, paper)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _row(check: Check) -> tuple[Cell, str, str]:
    return Cell(check.state.value, _COLOURS[check.state]), check.name, check.found


def _cures(diagnosis: Diagnosis, paper: Paper) -> Iterator[str]:
    ill = [check for check in diagnosis.checks if check.cure]
    if ill:
        yield paper.paint("To do:", Colour.TITLE)
    for check in sorted(ill, key=lambda check: [*State].index(check.state)):
        yield paper.paint(printable(f"  {check.name}: {check.found}"), _COLOURS[check.state])
        yield printable(f"    {check.cure}")


def _summary(diagnosis: Diagnosis, paper: Paper) -> str:
    fine = len(diagnosis.checks) - diagnosis.failed - diagnosis.warned - diagnosis.unknown
    sentence = (
        f"{len(diagnosis.checks)} checks: {fine} ok, {diagnosis.warned} warn,"
        f" {diagnosis.failed} fail, {diagnosis.unknown} unknown"
    )
    bad = Colour.BAD if diagnosis.failed else Colour.WARNING
    return paper.paint(sentence, bad if diagnosis.failed + diagnosis.warned else Colour.GOOD)
