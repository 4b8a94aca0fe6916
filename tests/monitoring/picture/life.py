"""Some minutes that show something on every panel."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import is_ready
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld
from tests.support.team import Team

TEAMS = ("payments", "search", "web")
LIFETIMES = {"ci": 30, "puller": 90, "scanner": 7}
PAUSE = 8.0
"""Seconds between two things that people do."""
LATENCY = 0.8
"""Of the slow Harbor, in seconds."""


@asynccontextmanager
async def populated(world: SystemWorld) -> AsyncIterator[list[Team]]:
    """Teams that have nothing yet; what they make is taken away at the end."""
    async with AsyncExitStack() as stack:
        namespaces = [
            await stack.enter_async_context(temporary_namespace(world.plane, prefix=name))
            for name in TEAMS
        ]
        teams = [Team(world, namespace) for namespace in namespaces]
        try:
            yield teams
        finally:
            world.harbor.faults.clear()
            await world.cluster.seen(world.connection_path, is_ready, within=60)
            for team in teams:
                await team.clear()


async def live(world: SystemWorld, teams: Sequence[Team], seconds: float) -> None:
    """Let people work, and Harbor be slow in the second quarter and away in the third."""
    quarter = seconds / 4
    busy = asyncio.create_task(_work(teams))
    try:
        await asyncio.sleep(quarter)
        world.harbor.faults.add_latency(LATENCY)
        await asyncio.sleep(quarter / 2)
        world.harbor.faults.clear()
        await asyncio.sleep(quarter)
        world.harbor.faults.add_status(503)
        await asyncio.sleep(quarter / 3)
        world.harbor.faults.clear()
        await asyncio.sleep(quarter * 7 / 6)
    finally:
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
    if not busy.cancelled() and (error := busy.exception()):
        raise error


async def _work(teams: Sequence[Team]) -> None:
    """Make things, one after the other, then use them until cancelled."""
    for team in teams:
        await _make(team)
        await asyncio.sleep(PAUSE)
    for number, team in enumerate(itertools.cycle(teams)):
        robot = list(LIFETIMES)[number // len(teams) % len(LIFETIMES)]
        await team.annotate(ROBOTS, robot, "rotate-requested-at", str(number))
        await asyncio.sleep(PAUSE)
        edited = {"data": {"password": "eA=="}}
        await team.world.cluster.merge(team.core_path("secrets", robot), edited)
        await team.annotate(PROJECTS, "app", "reconcile-requested-at", str(number))
        await asyncio.sleep(PAUSE)


async def _make(team: Team) -> None:
    for name in ("app", "base"):
        await team.project(name)
    for name, days in LIFETIMES.items():
        await team.robot(name, "app", lifetimeDays=days)
    await team.pull_secret("images", "puller")
    for name in LIFETIMES:
        await team.ready(ROBOTS, name)
    await team.ready(PULL_SECRETS, "images")
