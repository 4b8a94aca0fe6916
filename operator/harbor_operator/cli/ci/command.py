"""Runs `ci`: prints what a pipeline needs, or sets its variables."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.ci.arguments import CIOptions, System
from harbor_operator.cli.ci.recipes import PASSWORD, RECIPES, Scene, name_in, variables_of
from harbor_operator.cli.ci.stores import place_of, store
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.printing import Colour, Paper, show
from harbor_operator.cli.registry_logins import ROBOT_WORD, only_robot, read_logins, read_source

HIDDEN: Final = "(hidden; --show-secret prints it)"


@dataclass(frozen=True, slots=True)
class Supply:
    """All that `ci` has to say.

    Attributes:
        system: Who runs the builds.
        robot: The HarborRobot whose login it is.
        namespace: Its namespace.
        stored_in: Where the variables were set, empty where they were not.
        variables: What the pipeline is told.
        follows: Whether rotations reach the pipeline by themselves.
        steps: What to do before the snippet works.
        file: Where the snippet goes.
        snippet: What to write into the pipeline.
    """

    system: str
    robot: str
    namespace: str
    stored_in: str
    variables: Mapping[str, str]
    follows: bool
    steps: tuple[str, ...]
    file: str
    snippet: str


async def run(options: CIOptions) -> int:
    """Supply a pipeline with a login."""
    system = System(options.system)
    place = (
        place_of(system, options.store_in, options.url, os.environ) if options.store_in else None
    )
    scene = await _scene(options, system)
    variables = variables_of(scene.login)
    if place is not None:
        await store(place, variables)
    supply = supply_of(system, scene, options.store_in or "", show_secret=options.show_secret)
    show(supply, options.output, lambda paper: draw(supply, paper))
    return ExitCode.FINE


async def _scene(options: CIOptions, system: System) -> Scene:
    async with at_cluster(options) as (client, namespace):
        source = (
            read_source(options.source) if options.source else await only_robot(client, namespace)
        )
        if source.word != ROBOT_WORD:
            raise CommandError("a pipeline gets the login of a robot: robot/NAME", ExitCode.USAGE)
        robot, login = source.name, (await read_logins(client, namespace, source))[0]
    kept = name_in(system, login.secret, robot, options.store_in)
    return Scene(robot, namespace, login.secret, login, kept)


def supply_of(system: System, scene: Scene, stored_in: str, *, show_secret: bool) -> Supply:
    """What a system needs to know."""
    recipe = RECIPES[system]
    variables = variables_of(scene.login) | ({} if show_secret else {PASSWORD: HIDDEN})
    return Supply(
        system.value,
        scene.robot,
        scene.namespace,
        stored_in,
        variables,
        recipe.follows and not stored_in,
        () if stored_in else recipe.steps(scene),
        recipe.file,
        recipe.filled(scene),
    )


def draw(supply: Supply, paper: Paper) -> str:
    """What a system needs to know, as text."""
    return "\n".join(_lines(supply, paper)) + "\n"


def _lines(supply: Supply, paper: Paper) -> Iterator[str]:
    if supply.stored_in:
        yield f"Set in {supply.stored_in} of {supply.system}: {', '.join(supply.variables)}"
        yield f"note: run this again after each rotation of robot/{supply.robot}"
    else:
        yield paper.paint("Variables:", Colour.TITLE)
        yield from (f"{name}={value}" for name, value in supply.variables.items())
        yield ""
        yield from supply.steps
    yield ""
    yield paper.paint(f"{supply.file}:", Colour.TITLE)
    yield supply.snippet.rstrip()
