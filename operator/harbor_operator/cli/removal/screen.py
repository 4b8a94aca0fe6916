"""Draws as text what is to be done before the operator goes."""

from collections.abc import Iterator
from datetime import datetime

from harbor_operator.cli.printing import MOST_LINES, Colour, Paper, page, printable, when
from harbor_operator.cli.removal.tasks import LAST_STEP, Removal


def draw_removal(removal: Removal, now: datetime, paper: Paper) -> str:
    """Each task with its command whole, so that it can be copied; then what goes on to work."""
    body = page((), removal.notes, _summary(removal, paper), paper)
    blocks = ["\n".join(_tasks(removal, paper)), _credentials(removal, now)]
    return "".join(f"{block}\n\n" for block in blocks if block) + body


def _tasks(removal: Removal, paper: Paper) -> Iterator[str]:
    if removal.tasks:
        yield paper.paint("To do, in this order:", Colour.TITLE)
    for task in removal.tasks[:MOST_LINES]:
        yield paper.paint(printable(f"{task.step}. {task.problem}"), Colour.WARNING)
        yield printable(f"   {task.cure}")
    if len(removal.tasks) > MOST_LINES:
        yield f"and {len(removal.tasks) - MOST_LINES} more, which -o json shows"


def _credentials(removal: Removal, now: datetime) -> str:
    if not removal.robots:
        return ""
    counted = f"Robots that nobody would rotate any more: {removal.robots}."
    if removal.expiry is None:
        return f"{counted} No credential that works now expires."
    first = f"{removal.expiry.namespace}/{removal.expiry.name}"
    until = removal.expiry.time.strftime("%Y-%m-%dT%H:%M:%SZ")
    ahead = when(removal.expiry.time, now)
    return f"{counted} The first credential expires {ahead}, {until}: {first}."


def _summary(removal: Removal, paper: Paper) -> str:
    if removal.tasks:
        return paper.paint(f"Not yet: {len(removal.tasks)} to do", Colour.BAD)
    if not removal.complete:
        return paper.paint("Not known: not everything could be read", Colour.BAD)
    return paper.paint(f"Nothing is left to do but step {LAST_STEP}", Colour.GOOD)
