"""Reads what in Harbor carries a mark of an operator."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, TextIO, TypeVar

from harbor_operator.cli.orphans.facts import Account, Endpoint, InHarbor, ProjectMark
from harbor_operator.cli.progress import Progress
from harbor_operator.core.ownership import OWNER_LABEL
from harbor_operator.harbor import HarborClient, Project, Robot
from harbor_operator.harbor.errors import PermissionDenied

T = TypeVar("T")

_MOST_NAMED: Final = 5
"""Projects that a note names."""


async def read_harbor(client: HarborClient, stream: TextIO) -> InHarbor:
    """Look through everything that the login may see; the rest becomes a note.

    Harbor lists neither robots nor labels over all projects, so that each is asked for twice.

    Args:
        client: Logged in.
        stream: Where to show how far it is.

    Raises:
        HarborError: Harbor failed, or does not accept the login.
    """
    notes: list[str] = []
    projects = await client.projects.list()
    system = await _allowed(client.robots.list_system(), "robots of the system", notes)
    endpoints = await _allowed(client.registries.list(), "upstream registries", notes)
    with Progress(stream, "projects", len(projects)) as progress:
        looks = await asyncio.gather(*(_look(client, one, progress) for one in projects))
    refused = sorted(look.project for look in looks if look.refused)
    if refused:
        more = f" and {len(refused) - _MOST_NAMED} more" if len(refused) > _MOST_NAMED else ""
        named = ", ".join(refused[:_MOST_NAMED])
        notes.append(f"the login may not list robots or labels of projects {named}{more}")
    return InHarbor(
        accounts=(
            *(_account(robot, None) for robot in system),
            *(account for look in looks for account in look.accounts),
        ),
        marks=tuple(look.mark for look in looks if look.mark is not None),
        endpoints=tuple(Endpoint(row.id, row.name, row.description) for row in endpoints),
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What one project holds, and whether something of it may not be listed."""

    project: str
    accounts: tuple[Account, ...]
    mark: ProjectMark | None
    refused: bool


async def _look(client: HarborClient, project: Project, progress: Progress) -> _Look:
    robots: Sequence[Robot] = ()
    mark: ProjectMark | None = None
    refused = False
    try:
        robots = await client.robots.list_project(project.id)
    except PermissionDenied:
        refused = True
    try:
        mark = await mark_of(client, project.name, project.id)
    except PermissionDenied:
        refused = True
    progress.step()
    return _Look(
        project.name, tuple(_account(robot, project.name) for robot in robots), mark, refused
    )


async def mark_of(client: HarborClient, project: str, project_id: int) -> ProjectMark | None:
    """The owner label of a project.

    Raises:
        HarborError: It could not be read.
    """
    label = await client.labels.get(project_id, OWNER_LABEL)
    if label is None:
        return None
    return ProjectMark(project, project_id, label.id, label.description, label.creation_time)


def _account(robot: Robot, project: str | None) -> Account:
    return Account(robot.id, robot.name, project, robot.description, robot.creation_time)


async def _allowed(asked: Awaitable[Sequence[T]], what: str, notes: list[str]) -> Sequence[T]:
    try:
        return await asked
    except PermissionDenied:
        notes.append(f"{what} are left out: the login may not list them")
        return ()
