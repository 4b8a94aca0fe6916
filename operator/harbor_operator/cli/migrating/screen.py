"""Draws migrations as text: a list to follow."""

from collections.abc import Iterator

from harbor_operator.cli.migrating.model import Report
from harbor_operator.cli.migrating.planning import Migration
from harbor_operator.cli.printing import Colour, Paper, printable
from harbor_operator.cli.scan_report.sentences import number


def draw(report: Report, paper: Paper) -> str:
    """Each pull secret with its steps and their commands, then what else is to be known."""
    blocks = [[*_migration(migration, paper)] for migration in report.migrations]
    if report.created:
        blocks.append([f"created: {', '.join(report.created)}"])
    if report.notes:
        blocks.append([f"note: {printable(note)}" for note in report.notes])
    blocks.append([_summary(report)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _migration(migration: Migration, paper: Paper) -> Iterator[str]:
    who = ", ".join(migration.usernames)
    title = f"{migration.namespace}/{migration.name} ({migration.source}) logs in as {who}"
    yield paper.paint(printable(title), Colour.TITLE)
    for note in migration.notes:
        yield paper.paint(f"note: {printable(note)}", Colour.WARNING)
    for place, step in enumerate(migration.steps, 1):
        sign = "" if step.additive else " (takes away)"
        yield f"{place}. {printable(step.sentence)}{sign}"
        yield from (f"   {printable(command)}" for command in step.commands)


def _summary(report: Report) -> str:
    count, objects = len(report.migrations), len(report.translations)
    if not count and not objects:
        return "nothing to migrate"
    said = f"{number(count, 'pull secret')} of others for Harbor"
    if not objects:
        return said
    return f"{said}; manifests for {number(objects, 'object')} of another operator"
