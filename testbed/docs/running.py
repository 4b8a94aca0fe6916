"""Following one page to its end."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from testbed.docs.blocks import Act, Run, Step, WriteFile, acts_of
from testbed.docs.matching import is_as_shown
from testbed.docs.place import ROOT, Place, open_place
from testbed.docs.scenes import SCENES, Scene
from testbed.docs.shell import ShellError
from testbed.docs.stand_ins import Class, calls_in
from testbed.errors import WorldError


class PageError(WorldError):
    """A page is not as it says; the message has the line, the command and what it printed."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What was done of a page."""

    page: str
    blocks: int
    commands: int
    """Scripts that were run: all of an `sh` block, each command of a `console` block."""
    compared: int
    """Of these, those whose output the page shows."""
    files: int
    stand_ins: tuple[tuple[Class, str], ...]
    seconds: float


def read_page(path: Path) -> tuple[Act, ...]:
    """What is to be done of a page of the documentation.

    Raises:
        PageError: it cannot be read as a script; the message has the line.
    """
    try:
        acts = acts_of(path.read_text(encoding="utf-8"))
    except ValueError as unreadable:
        raise PageError(f"{path.relative_to(ROOT)}: {unreadable}") from None
    for act in acts:
        if act.scene not in SCENES:
            raise PageError(f"{path.relative_to(ROOT)}: there is no scene {act.scene}")
    return acts


async def follow(path: Path) -> Followed:
    """Do what a page says, in a world of its own.

    Raises:
        PageError: a command failed, or printed something else than the page shows.
        WorldError: the world could not be started.
    """
    begun = time.monotonic()
    acts, name = read_page(path), str(path.relative_to(ROOT))
    calls = [call for act in acts for call in await _play(name, act, SCENES[act.scene])]
    steps = [step for act in acts for step in act.steps]
    runs = [step for step in steps if isinstance(step, Run)]
    return Followed(
        page=name,
        blocks=sum(act.blocks for act in acts),
        commands=len(runs),
        compared=sum(run.shown is not None for run in runs),
        files=len(steps) - len(runs),
        stand_ins=tuple(calls),
        seconds=time.monotonic() - begun,
    )


async def _play(page: str, act: Act, scene: Scene) -> list[tuple[Class, str]]:
    scripts = [scene.script, *(step.script for step in act.steps if isinstance(step, Run))]
    used = frozenset(re.findall(r"[\w-]+", " ".join(scripts)))
    async with open_place(scene.placeholders, used) as place:
        set_up = await place.shell.run(place.names.in_world(scene.script))
        if set_up.code != 0:
            raise PageError(f"{page}: scene {scene.name} could not be made:\n{set_up.printed}")
        place.journal.write_text("", encoding="utf-8")
        for step in act.steps:
            await carry_out(place, page, step)
        return list(calls_in(place.journal.read_text(encoding="utf-8")))


async def carry_out(place: Place, page: str, step: Step) -> None:
    """Do one step.

    Raises:
        PageError: it failed, or printed something else than the page shows.
    """
    try:
        if isinstance(step, WriteFile):
            place.write(step.name, step.content)
        else:
            await _run(place, step)
    except (ValueError, ShellError, PageError) as failure:
        raise PageError(f"{page}:{step.line}: {failure}") from None


async def _run(place: Place, step: Run) -> None:
    script = place.names.filled_in(step.script)
    variables = {"KUBECONFIG": str(await place.kubeconfig_of(step.who))}
    outcome = await place.shell.run(script, variables)
    printed = place.names.on_page(outcome.printed)
    if outcome.code != step.exit_code:
        wanted = f" instead of {step.exit_code}" if step.exit_code else ""
        raise PageError(f"exit code {outcome.code}{wanted}\n{_told(step.script, printed)}")
    if step.shown is not None and not is_as_shown(printed, step.shown):
        shown = "\n".join(step.shown)
        raise PageError(f"not as shown\n{_told(step.script, printed)}\nthe page shows\n{shown}")


def _told(script: str, printed: str) -> str:
    return f"$ {script.rstrip()}\n{printed.rstrip()}"
