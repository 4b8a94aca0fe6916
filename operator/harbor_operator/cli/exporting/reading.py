"""Reads what is exported from Harbor."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harbor_operator.api.project import ProjectSpec
from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.bridge.project_blocks.settings import SettingsInUse
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_side import UNCHECKED, HarborSide
from harbor_operator.core.grants import SYSTEM
from harbor_operator.core.ownership import OWNER_LABEL
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.robot.facts import HarborRobot
from harbor_operator.core.secret import Secret
from harbor_operator.harbor.errors import PermissionDenied
from harbor_operator.harbor.models import Project

_BLOCKS = tuple(block.name for block in BLOCKS)


@dataclass(frozen=True, slots=True)
class ProjectFound:
    """One project of Harbor."""

    name: str
    mark: str | None
    """Whose it is, by the operator's label; None without one."""
    settings: Mapping[str, Any]
    """What Harbor has of each block, by the block's name; a `Trouble` where it is hidden."""
    robots: tuple[HarborRobot, ...] | None
    """Its robots; None where the login may not list them."""


@dataclass(frozen=True, slots=True)
class HarborFound:
    """What is in a Harbor, as far as it is exported."""

    projects: tuple[ProjectFound, ...]
    robots: tuple[HarborRobot, ...] | None
    """Those of the system; None where the login may not list them, or nobody asked for any."""
    prefix: str
    """What Harbor puts before the name of each robot."""
    hidden: tuple[str, ...] = ()
    """Projects that the login sees and may not look into."""


class _NoHeaders:
    """An export names no Secrets."""

    async def read(self, name: str, key: str) -> Secret | None:
        """Nothing."""
        del name, key
        return None


async def find_projects(harbor: HarborSide, names: Iterable[str]) -> list[Project]:
    """The projects of these names, or all that the login sees.

    Raises:
        CommandError: One of the names is not there.
        HarborError: Harbor failed or refused.
    """
    wanted = sorted({*names})
    if not wanted:
        return sorted(await harbor.client.projects.list(), key=lambda project: project.name)
    found = await harbor.client.projects.find(wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise CommandError(
            f"there is no project {', '.join(missing)}, or the login may not see it",
            ExitCode.NOT_FOUND,
        )
    return [found[name] for name in wanted]


async def read_harbor(
    harbor: HarborSide,
    projects: Iterable[Project],
    done: Callable[[], None],
    *,
    with_robots: bool,
) -> HarborFound:
    """Read the settings and the robots of projects, and the robots of the system.

    Args:
        harbor: Harbor.
        projects: The projects.
        done: Told after each of them.
        with_robots: Whether robots are asked for.

    Raises:
        HarborError: Harbor failed.
    """

    async def one(project: Project) -> ProjectFound | str:
        try:
            return await _read_project(harbor, project, with_robots=with_robots)
        except PermissionDenied:
            return project.name
        finally:
            done()

    read = await asyncio.gather(*map(one, projects))
    prefix = (await harbor.client.system.configuration()).robot_prefix or "robot$"
    robots = await _robots(harbor, SYSTEM) if with_robots else ()
    found = tuple(project for project in read if isinstance(project, ProjectFound))
    hidden = tuple(name for name in read if isinstance(name, str))
    return HarborFound(found, robots, prefix, hidden)


async def _read_project(harbor: HarborSide, project: Project, *, with_robots: bool) -> ProjectFound:
    label = await harbor.client.labels.get(project.id, OWNER_LABEL)
    scene = Scene(harbor.client, _NoHeaders(), ProjectSpec(), UNCHECKED, harbor.login, project)
    return ProjectFound(
        name=project.name,
        mark=label.description if label else None,
        settings=await SettingsInUse().observe(scene, _BLOCKS),
        robots=await _robots(harbor, project.name) if with_robots else (),
    )


async def _robots(harbor: HarborSide, place: str) -> tuple[HarborRobot, ...] | None:
    try:
        return await harbor.robots_at(place)
    except PermissionDenied:
        return None
