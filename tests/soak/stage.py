"""The stage of a soak: an operator behind a way that can be cut, two teams, and their model."""

import asyncio
import random  # noqa: TID251 -- seeded: a run can be repeated
import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harbor_operator.api.project import PROJECTS
from testbed.control_plane import OPERATOR, ControlPlane
from testbed.harbor import HarborSimulator
from tests.soak.model import Model, Rule, Selection, Space
from tests.support.cluster import Cluster, open_cluster
from tests.support.crossing import Crossing, open_crossing
from tests.support.namespaces import temporary_namespace
from tests.support.operator_process import OperatorProcess
from tests.support.system_world import (
    ADMIN_PASSWORD,
    LONG_LEASE,
    SystemWorld,
    in_office,
    install,
    take_down,
)
from tests.support.team import Team

TOKEN_MINUTES = 1
"""The shortest overlap is as long as a token lives."""
PAST_OVERLAP = 62.0
"""Seconds after which the account before is not needed any more."""
DRIFT_PERIOD = "1m"
"""The shortest there is: in it, all is found of which no event told."""
TRUST = ("trust", "yes")
"""The label for which namespaces get pull secrets of the first team without asking."""
PROJECT_NAMES = ("api", "db", "web")
_NAME = re.compile(r"\b(?:soak|pull|robot)-\d+\b")
"""Names that tell one thing from the others."""


@dataclass(slots=True)
class Journal:
    """What was done, for whoever has to find out why something is not as it should be."""

    seed: int
    begun: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)

    def note(self, line: str) -> None:
        """Note what is done now."""
        self.lines.append(f"{self.now():7.2f} {line}")

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.begun

    def about(self, complaints: Iterable[str]) -> list[str]:
        """The lines about whatever complaints name."""
        words = {word for complaint in complaints for word in _NAME.findall(complaint)}
        return [line for line in self.lines if words & set(_NAME.findall(line))]


@dataclass(slots=True)
class Stage:
    """What a soak works with.

    Attributes:
        turn: Held while a login is tried, and by whoever makes Harbor's time pass.
        ended: Robots, by name, whose accounts may end without an overlap.
        revoked: User names that somebody deleted in Harbor.
    """

    world: SystemWorld
    crossing: Crossing
    teams: tuple[Team, Team]
    model: Model
    choice: random.Random
    journal: Journal
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    ended: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)

    @property
    def cluster(self) -> Cluster:
        """The cluster, past the way that can be cut."""
        return self.world.cluster

    def team(self, namespace: str) -> Team:
        """The team that has a namespace."""
        return next(team for team in self.teams if team.namespace == namespace)

    async def travel(self, seconds: float) -> None:
        """Let time pass for Harbor, between two logins."""
        async with self.turn:
            self.world.harbor.clock.offset_seconds += seconds


@asynccontextmanager
async def open_stage(plane: ControlPlane, folder: Path, seed: int) -> AsyncIterator[Stage]:
    """Start everything; nothing but projects is there yet."""
    async with (
        open_cluster(plane) as cluster,
        open_crossing(plane.url) as crossing,
        HarborSimulator(
            admin_password=ADMIN_PASSWORD, token_expiration_minutes=TOKEN_MINUTES
        ) as harbor,
    ):
        await install(plane, cluster)
        operator = OperatorProcess(_kubeconfig(plane, crossing, folder), folder, LONG_LEASE)
        async with (
            in_office(operator, cluster),
            temporary_namespace(plane, prefix="team-a") as first,
            temporary_namespace(plane, prefix="team-b") as second,
        ):
            world = SystemWorld(plane, cluster, harbor, operator, "soak")
            await _connect(world, first)
            teams = (Team(world, first), Team(world, second))
            stage = Stage(
                world,
                crossing,
                teams,
                _model(teams),
                random.Random(seed),  # noqa: S311 -- nothing secret about it
                Journal(seed),
            )
            await _make_projects(teams)
            yield stage
            crossing.release()
            harbor.faults.clear()
            for team in teams:
                await team.clear()
            await take_down(world)


def _kubeconfig(plane: ControlPlane, crossing: Crossing, folder: Path) -> Path:
    """The operator's kubeconfig, with the other address."""
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    text = plane.kubeconfig_for(OPERATOR).read_text()
    path.write_text(text.replace(plane.url, crossing.url))
    return path


async def _connect(world: SystemWorld, source: str) -> None:
    rule = {"from": [source], "to": {"selector": {"matchLabels": dict([TRUST])}}}
    await world.connect(driftCheckPeriod=DRIFT_PERIOD, distribution=[rule])


def _model(teams: tuple[Team, Team]) -> Model:
    model = Model(rules=(Rule(teams[0].namespace, Selection(label=TRUST)),))
    for team in teams:
        model.place(Space(team.namespace, accounts={"default": ()}), 0.0)
    return model


async def _make_projects(teams: tuple[Team, Team]) -> None:
    for team in teams:
        for name in PROJECT_NAMES:
            await team.project(name)
        for name in PROJECT_NAMES:
            await team.ready(PROJECTS, name)
