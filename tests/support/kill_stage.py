"""The stage of the kill tests: a killable operator, a Harbor before a real registry, and pulls."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from harbor_operator.api.base import ANNOTATION_ACCEPT_PULL_SECRETS
from harbor_operator.api.project import PROJECTS
from testbed.control_plane import OPERATOR, ControlPlane
from testbed.harbor import HarborSimulator
from testbed.harbor.state import Robot
from testbed.registry import Registry
from testbed.tools.waiting import until
from tests.support.api_caller import ApiCaller
from tests.support.cluster import NAMESPACES, Cluster, encoded, open_cluster
from tests.support.constant_pulls import Image, Pulls, pulling
from tests.support.custom_resources import Json
from tests.support.image import MANIFEST, push
from tests.support.kill_points import KillOrders
from tests.support.killable_operator import ORDERS_FLAG
from tests.support.namespaces import temporary_namespace
from tests.support.operator_process import OperatorProcess
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld, install, take_down
from tests.support.team import Team

TOKEN_MINUTES = 1
OVERLAP = timedelta(minutes=TOKEN_MINUTES)
"""The shortest overlap that Harbor's tokens leave."""
QUIET_SECONDS = 0.6
"""Longer than any pause between two steps of one reconcile."""
SETTLE_SECONDS = 50.0
"""It takes one or two seconds, and after a start half a minute until the garbage collector knows
the kinds. Less than an overlap: an operator that has to wait for the end of one has lost track."""
REVIVE_SECONDS = 90.0
"""For a start, on a busy machine."""
PROJECT = "web"
FOREIGN = "byhand"

Complaints = Callable[[], Coroutine[Any, Any, list[str]]]
"""What is not yet as promised, in sentences; nothing when all is well."""


@dataclass(slots=True)
class KillStage:
    """What the steps work with."""

    team: Team
    far: str
    """Another namespace, which takes pull secrets from the team's."""
    orders: KillOrders
    pulls: Pulls
    runs: int = 1
    """How often the operator was started."""
    foreign: list[Robot] = field(default_factory=list)
    foreign_secrets: list[Json] = field(default_factory=list)

    @property
    def world(self) -> SystemWorld:
        """The cluster, Harbor and the operator."""
        return self.team.world

    async def travel(self, time: timedelta) -> None:
        """Let time pass for Harbor, between two pulls: in none of them an hour goes by."""
        async with self.pulls.turn:
            self.world.harbor.clock.offset_seconds += time.total_seconds()

    async def death(self) -> int:
        """Wait until the operator has ended, by whatever hand; how."""
        code: list[int] = []

        async def has_ended() -> bool:
            ended = self.orders.exit_code(self.runs)
            code.extend([] if ended is None else [ended])
            return bool(code)

        await until(has_ended, within=REVIVE_SECONDS + 2 * SETTLE_SECONDS)
        return code[0]

    async def revive(self) -> None:
        """Start an operator after the dead one, and wait until it is ready."""
        self.runs += 1
        self.orders.start(self.runs)
        await until(self.world.operator.is_ready, within=REVIVE_SECONDS)

    async def settled(self, step: str, complaints: Complaints) -> None:
        """Wait until all is as promised, and nothing is done any more; it must stay so.

        Raises:
            AssertionError: It is not, or does not stay so.
        """
        left = ["nothing was looked at"]

        async def is_well() -> bool:
            left[:] = [*await complaints(), *await self.touched()]
            return not left

        try:
            await until(is_well, within=SETTLE_SECONDS)
            await until(lambda: self._is_quiet(step), within=SETTLE_SECONDS)
        except TimeoutError:
            told = "; ".join(left) or "no rest"
            raise AssertionError(f"{step} ({self.pulls.during}): {told}") from None
        assert await is_well(), f"{step} ({self.pulls.during}), at rest: {'; '.join(left)}"

    async def touched(self) -> list[str]:
        """What was changed that belongs to others."""
        known = {robot.id: robot for robot in self.team.robots(PROJECT)}
        robots = [r.name for r in self.foreign if known.get(r.id) != r]
        secrets = [s for s in self.foreign_secrets if await self._find(s) != s]
        return [f"robot {name} was touched" for name in robots] + [
            f"Secret {secret['metadata']['name']} was touched" for secret in secrets
        ]

    async def _find(self, secret: Json) -> Json | None:
        metadata = secret["metadata"]
        path = f"{NAMESPACES}/{metadata['namespace']}/secrets/{metadata['name']}"
        return await self.world.cluster.find(path)

    async def _is_quiet(self, step: str) -> bool:
        before = len(self.orders.points(step))
        await asyncio.sleep(QUIET_SECONDS)
        return len(self.orders.points(step)) == before

    async def plant(self) -> None:
        """Put things there that belong to others."""
        body = {
            "name": f"ci-{FOREIGN}-1",
            "level": "project",
            "duration": 30,
            "description": "made by hand",
            "permissions": [
                {
                    "kind": "project",
                    "namespace": self.team.harbor_name(PROJECT),
                    "access": [{"resource": "repository", "action": "pull"}],
                }
            ],
        }
        assert await self.world.ask_harbor("POST", "/robots", body) == 201
        self.foreign = copy.deepcopy(self.team.robots(PROJECT))
        for namespace in (self.team.namespace, self.far):
            secret = {"metadata": {"name": FOREIGN}, "data": encoded(password="theirs")}
            path = f"{NAMESPACES}/{namespace}/secrets"
            self.foreign_secrets.append(await self.world.cluster.create(path, secret))


@asynccontextmanager
async def open_stage(plane: ControlPlane, folder: Path) -> AsyncIterator[KillStage]:
    """Start everything, and have one project with an image in it."""
    orders = KillOrders(folder)
    orders.give("start")
    orders.start(1)
    async with (
        open_cluster(plane) as cluster,
        Registry() as registry,
        HarborSimulator(
            registry_url=registry.url,
            admin_password=ADMIN_PASSWORD,
            token_expiration_minutes=TOKEN_MINUTES,
        ) as harbor,
    ):
        await install(plane, cluster)
        async with killable_operator(plane, orders) as operator:
            world = SystemWorld(plane, cluster, harbor, operator, "kill")
            await world.connect(driftCheckPeriod="24h")
            async with _teams(world) as (team, far), _image(team, cluster) as pulls:
                stage = KillStage(team, far, orders, pulls)
                await stage.plant()
                yield stage
                orders.give("take-down")
            await take_down(world)


def killable_operator(
    plane: ControlPlane, orders: KillOrders, flags: Sequence[str] = ()
) -> OperatorProcess:
    """The operator with traps.

    It stands for no election: a lease of the dead one would have to run out before each start.
    """
    return OperatorProcess(
        plane.kubeconfig_for(OPERATOR),
        orders.folder,
        f"{ORDERS_FLAG}{orders.folder}",
        "--no-leader-election",
        *flags,
        module="tests.support.killable_operator",
    )


@asynccontextmanager
async def _teams(world: SystemWorld) -> AsyncIterator[tuple[Team, str]]:
    """A team, and another namespace that takes its pull secrets."""
    async with (
        temporary_namespace(world.plane, prefix="team") as home,
        temporary_namespace(world.plane, prefix="far") as far,
    ):
        accepted = {"metadata": {"annotations": {ANNOTATION_ACCEPT_PULL_SECRETS: home}}}
        await world.cluster.merge(f"{NAMESPACES}/{far}", accepted)
        team = Team(world, home)
        yield team, far
        await team.clear()


@asynccontextmanager
async def _image(team: Team, cluster: Cluster) -> AsyncIterator[Pulls]:
    """Push an image into the team's project, and pull it all the time."""
    await team.project(PROJECT)
    await team.ready(PROJECTS, PROJECT)
    url = team.world.harbor.url
    repository = f"{team.harbor_name(PROJECT)}/app"
    async with aiohttp.ClientSession() as session:
        caller = ApiCaller(session, url).signed_in("admin", ADMIN_PASSWORD)
        pushed = await push(caller, repository, "1")
    assert pushed.status == 201, pushed.text
    async with pulling(cluster, Image(url, repository, "1", MANIFEST)) as pulls:
        yield pulls
