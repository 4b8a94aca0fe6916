"""Following pages: which acts share a world, and what is done in it."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.docs.blocks import Act, Run, Step, WriteFile, acts_of
from testbed.docs.matching import is_as_shown
from testbed.docs.place import ROOT, Place, open_place
from testbed.docs.scenes import SCENES, Scene
from testbed.docs.shell import ShellError
from testbed.docs.stand_ins import Class, calls_in
from testbed.docs.world import World, open_world
from testbed.errors import WorldError


class PageError(WorldError):
    """A page is not as it says; the message has the line, the command and what it printed."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is done in one world: an act, or several that leave it as good as before."""

    acts: tuple[tuple[str, Act], ...]
    """Each with its page; all need the same to be there."""

    @property
    def scene(self) -> Scene:
        """What is there when the first act begins."""
        return SCENES[self.acts[0][1].scene]


@dataclass(frozen=True, slots=True)
class Followed:
    """What was done in one act."""

    page: str
    blocks: int
    commands: int
    """Scripts that were run: all of an `sh` block, each command of a `console` block."""
    compared: int
    """Of these, those whose output the page shows."""
    files: int
    stand_ins: tuple[tuple[Class, str], ...]
    seconds: float


Tell = Callable[[Followed | WorldError], None]
"""Is told of each act how it went."""


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


def jobs_of(pages: Mapping[str, tuple[Act, ...]]) -> list[Job]:
    """How pages are played: acts that can share what is there go together, in the pages' order."""
    acts = [(page, act) for page, its_acts in pages.items() for act in its_acts]
    alone = [Job((pair,)) for pair in acts if not SCENES[pair[1].scene].shared]
    together: dict[str, list[tuple[str, Act]]] = {}
    for page, act in acts:
        scene = SCENES[act.scene]
        if scene.shared:
            together.setdefault(scene.script, []).append((page, act))
    return [*alone, *(Job(tuple(some)) for some in together.values())]


async def play(job: Job, tell: Tell) -> None:
    """Set up a scene and do what is to be done there; whatever fails is told, too."""
    try:
        async with open_world() as world:
            if job.scene.shared:
                await _set_up_alone(world, job.scene)
            for page, act in job.acts:
                tell(await _outcome(world, page, act))
    except* WorldError as failures:
        pages = ", ".join(page for page, _ in job.acts)
        for failure in failures.exceptions:
            tell(WorldError(f"{pages}: {failure}"))


async def _set_up_alone(world: World, scene: Scene) -> None:
    async with open_place(world, scene.placeholders, _words(scene.script)) as place:
        await _set_up(place, scene)


async def _set_up(place: Place, scene: Scene) -> None:
    """Do what somebody has done before, who leaves files but no variables."""
    async with place.other_shell() as shell:
        done = await shell.run(place.names.in_world(scene.script))
    if done.code != 0:
        printed = place.names.on_page(done.printed)
        raise WorldError(f"scene {scene.name} could not be made:\n{printed}")
    place.journal.write_text("", encoding="utf-8")


async def _outcome(world: World, page: str, act: Act) -> Followed | PageError:
    begun = time.monotonic()
    scene = SCENES[act.scene]
    runs = [step for step in act.steps if isinstance(step, Run)]
    used = _words(" ".join([scene.script, *(run.script for run in runs)]))
    async with open_place(world, scene.placeholders, used) as place:
        try:
            if not scene.shared:
                await _set_up(place, scene)
            for step in act.steps:
                await carry_out(place, page, step)
        except PageError as failure:
            return failure
        calls = tuple(calls_in(place.journal.read_text(encoding="utf-8")))
    return Followed(
        page=page,
        blocks=act.blocks,
        commands=len(runs),
        compared=sum(run.shown is not None for run in runs),
        files=len(act.steps) - len(runs),
        stand_ins=calls,
        seconds=time.monotonic() - begun,
    )


def _words(script: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w-]+", script))


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
