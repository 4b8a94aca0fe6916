"""Runs `adopt`."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from harbor_operator.api.project import ManagementPolicy
from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.adopting.arguments import AdoptOptions
from harbor_operator.cli.adopting.judging import (
    Objects,
    judged,
    may_confirm,
    own_object,
    refusal,
    robots_left,
)
from harbor_operator.cli.adopting.model import Adoption, Adoptions, State
from harbor_operator.cli.adopting.objects import ObjectWork, read_objects
from harbor_operator.cli.adopting.screen import draw
from harbor_operator.cli.exporting.composing import Export, Wishes, compose
from harbor_operator.cli.exporting.reading import (
    HarborFound,
    ProjectFound,
    find_projects,
    read_harbor,
)
from harbor_operator.cli.exporting.writing import stream_of
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.harbor_access import DEFAULT_CONNECTION, at_harbor
from harbor_operator.cli.harbor_side import open_side
from harbor_operator.cli.printing import printable, show
from harbor_operator.cli.progress import Progress
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.resources import JsonObject

_ROBOTS: Final = (
    "robot accounts that people made stay as they are: Harbor shows nobody their secrets, so"
    " `kubectl harbor export` writes HarborRobots for new ones"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What there is on both sides.

    Attributes:
        projects: The projects that are meant.
        refused: Why some of them are left alone, by their names.
        objects: The HarborProjects that there are.
        export: Manifests for those that have none.
        notes: What else is to be known.
    """

    projects: tuple[ProjectFound, ...]
    refused: Mapping[str, str]
    objects: Objects
    export: Export
    notes: tuple[str, ...]


async def run(options: AdoptOptions) -> int:
    """Have projects observed, show the plans, and have them carried out where that is confirmed."""
    async with at_cluster(options) as (client, namespace):
        found = await _find(client, namespace, options)
        if options.dry_run:
            return _print_manifests(found)
        with Progress(sys.stderr, "projects waited for") as progress:
            work = ObjectWork(client, namespace, options.timeout, progress.step)
            bodies = await _observed(work, found)
            if options.confirm:
                bodies = await _confirmed(work, bodies)
    adoptions = _told(found, bodies)
    show(adoptions, options.output, lambda paper: draw(adoptions, paper))
    fine = State.MANAGED if options.confirm else State.PLANNED
    good = {fine, State.MANAGED} | (set() if options.project else {State.REFUSED})
    done = all(entry.state in good for entry in adoptions.adoptions)
    return ExitCode.FINE if done else ExitCode.NOT_SO


async def _find(client: KubeClient, namespace: str, options: AdoptOptions) -> Found:
    connection = options.connection_ref or options.connection or DEFAULT_CONNECTION
    async with at_harbor(options) as (harbor_client, login):
        harbor = await open_side(harbor_client, login)
        named = await find_projects(harbor, options.project)
        with Progress(sys.stderr, "projects read", len(named)) as progress:
            seen = await read_harbor(harbor, named, progress.step, with_robots=True)
        objects, notes = await read_objects(client, namespace, connection)
        refused = {
            project.name: reason
            for project in seen.projects
            if (reason := refusal(project, objects)) is not None
        }
        new = tuple(
            replace(project, robots=())
            for project in seen.projects
            if project.name not in refused and own_object(project.name, objects) is None
        )
        wishes = Wishes(namespace, connection=connection, policy=ManagementPolicy.OBSERVE)
        export = compose(HarborFound(new, (), seen.prefix), wishes, harbor.now)
    return Found(seen.projects, refused, objects, export, (*notes, *export.notes))


async def _observed(work: ObjectWork, found: Found) -> dict[str, JsonObject]:
    """The objects by the names of their projects, once the operator has looked at them."""
    begun = {
        project.name: body
        for project in found.projects
        if project.name not in found.refused
        and (body := own_object(project.name, found.objects)) is not None
    }
    for exported in found.export.objects:
        name = exported.body["spec"].get("projectName") or exported.body["metadata"]["name"]
        begun[name] = await work.create(exported.body)
    return await _settled(work, begun)


async def _confirmed(work: ObjectWork, bodies: Mapping[str, JsonObject]) -> dict[str, JsonObject]:
    confirmed = {
        project: await work.confirm(body) if may_confirm(body) else body
        for project, body in bodies.items()
    }
    return await _settled(work, confirmed)


async def _settled(work: ObjectWork, bodies: Mapping[str, JsonObject]) -> dict[str, JsonObject]:
    settled = await asyncio.gather(*map(work.settled, bodies.values()))
    return dict(zip(bodies, settled, strict=True))


def _told(found: Found, bodies: Mapping[str, JsonObject]) -> Adoptions:
    about = tuple(f"{each.source}: {note}" for each in found.export.objects for note in each.notes)
    adoptions = tuple(_one(project, found, bodies) for project in found.projects)
    robots = (_ROBOTS,) if any(entry.robots for entry in adoptions) else ()
    return Adoptions(found.objects.namespace, adoptions, (*found.notes, *about, *robots))


def _one(project: ProjectFound, found: Found, bodies: Mapping[str, JsonObject]) -> Adoption:
    robots = robots_left(project)
    if project.name in found.refused:
        reason = found.refused[project.name]
        return Adoption(project.name, "", State.REFUSED, reason, (), robots)
    if project.name not in bodies:
        reason = "no manifest can say it, as a note tells"
        return Adoption(project.name, "", State.REFUSED, reason, (), robots)
    return judged(project.name, bodies[project.name], robots)


def _print_manifests(found: Found) -> ExitCode:
    sys.stdout.write(stream_of(found.export))
    for project, reason in found.refused.items():
        sys.stderr.write(f"refused: {printable(project)}: {printable(reason)}\n")
    for note in found.notes:
        sys.stderr.write(f"note: {printable(note)}\n")
    return ExitCode.NOT_SO if found.refused else ExitCode.FINE
