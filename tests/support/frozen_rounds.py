"""Two replicas, of which the leader is frozen in the middle of its work again and again.

What a frozen replica writes after another has taken over is seen from outside: each has a user of
its own in the cluster, whose audit log names it, and its own name in the User-Agent that Harbor
logs. While it is frozen it cannot send anything, so all that is logged of it after the moment at
which it goes on is stale. A freeze may come between the last check and the system call, though,
which uvloop makes at the end of the turn: such requests are on their way, and the API server
refuses them, since another has written meanwhile. They are told, and how many there are depends on
how busy the machine is.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from testbed.control_plane.audit import Request
from testbed.tools.waiting import until
from tests.support.cluster import decoded, status_of
from tests.support.freezable_operator import FreezableOperator
from tests.support.replica_users import kubeconfig_of
from tests.support.team import Team

TAKE_OVER_SECONDS = 60.0
"""Ten times the lease, for a busy machine."""
OVERLAP_SECONDS = 62
"""Of time in Harbor, after which a rotated credential's predecessor may go."""
ROTATION_SECONDS = 120.0
"""For a rotation that a take-over lies in the midst of, on a busy machine."""
LATENCY_SECONDS = 0.03
"""How long Harbor takes for a write, so that most of the time an answer is waited for."""
FREEZES = 4
"""How often a round tries to freeze in the middle of a rotation, of which some are over sooner."""
LOGIN = "/c/login"
"""Changes nothing that anybody owns, and passes the gate."""

ROBOT_NAMES = ("ci", "deploy", "report")
NAMES = ("blue", "green")


@dataclass(frozen=True, slots=True)
class Round:
    """What was seen of one leader that was frozen."""

    under_way: bool
    """Whether it was in the middle of a rotation."""
    failover_seconds: float
    """From the freeze until the other held the lease."""
    exit_code: int | None
    stale: Sequence[str]
    """What it wrote after it went on."""
    refused: Sequence[str]
    """What it sent after it went on, and the API server refused."""


class Duel:
    """Two replicas that compete for a team's objects, which change all the time."""

    def __init__(self, team: Team, replicas: Sequence[FreezableOperator]) -> None:
        self._team = team
        self._replicas = replicas
        self._lease = f"/apis/coordination.k8s.io/v1/namespaces/{team.namespace}/leases"

    async def start(self) -> None:
        """Start the replicas that do not run; both stand by or lead afterwards."""
        for replica in self._replicas:
            if not replica.running:
                await replica.start()

    async def leader(self) -> FreezableOperator:
        """Wait until a replica leads; which one."""

        async def somebody_leads() -> bool:
            return any([await self.leads(replica) for replica in self._replicas])

        await until(somebody_leads, within=TAKE_OVER_SECONDS)
        [found] = [replica for replica in self._replicas if await self.leads(replica)]
        return found

    def other(self, replica: FreezableOperator) -> FreezableOperator:
        """The other replica."""
        [found] = [other for other in self._replicas if other is not replica]
        return found

    async def leads(self, replica: FreezableOperator) -> bool:
        """Whether a replica holds the lease."""
        lease = await self._team.world.cluster.find(f"{self._lease}/harbor-operator")
        holder = str(((lease or {}).get("spec") or {}).get("holderIdentity") or "")
        return replica.running and holder.startswith(f"{replica.name}_")

    async def round(self, delay: float) -> Round:
        """Freeze the leader until the other leads and works, and look at what it does then.

        Args:
            delay: Seconds between the beginning of a rotation and the freeze.
        """
        leader, under_way = await self._frozen(delay)
        failover = await self._failover_to(self.other(leader))
        mark = self._mark_of(leader)
        leader.thaw()
        exit_code = await leader.ended()
        # Before it runs again: it may come to lead again, too.
        stale, refused = self._written_since(mark, leader), self._refused_since(mark, leader)
        await leader.stop()
        await leader.start()
        return Round(under_way, failover, exit_code, stale, refused)

    async def _frozen(self, delay: float) -> tuple[FreezableOperator, bool]:
        """Freeze the leader so long after the beginning of a rotation; whether that goes on still.

        Where it does not, the leader goes on at once, and another rotation is waited for.
        """
        for _ in range(FREEZES - 1):
            leader = await self._leader_at_work(delay)
            leader.freeze()
            if await self._is_rotating():
                return leader, True
            leader.thaw()
        leader = await self._leader_at_work(delay)
        leader.freeze()
        return leader, await self._is_rotating()

    async def _leader_at_work(self, delay: float) -> FreezableOperator:
        """Wait for a rotation, and then for so many seconds; who leads at that moment.

        On a busy machine a leader may lose its lease by itself before it is frozen.
        """
        while True:
            await self.start()
            leader = await self.leader()
            await until(self._is_rotating, within=TAKE_OVER_SECONDS)
            await asyncio.sleep(delay)
            if await self.leads(leader):
                return leader

    async def hand_over(self) -> float:
        """End the leader as its node would; seconds from then until the other leads."""
        await self.start()
        leader = await self.leader()
        told_at = _now()
        ending = asyncio.create_task(leader.stop())
        await self._until_leads(self.other(leader))
        await ending
        return _now() - told_at

    async def _failover_to(self, replica: FreezableOperator) -> float:
        """Wait until a replica has taken over and gone on with all; how long the first took."""
        frozen_at = _now()
        await self._until_leads(replica)
        seconds = _now() - frozen_at
        before = self._mark_of(replica)
        ledgers = {f"update secrets {name}-ledger" for name in ROBOT_NAMES}

        async def has_gone_on() -> bool:
            return ledgers <= set(self._written_since(before, replica))

        await until(has_gone_on, within=ROTATION_SECONDS)
        return seconds

    async def _until_leads(self, replica: FreezableOperator) -> None:
        async def leads() -> bool:
            return await self.leads(replica)

        await until(leads, within=TAKE_OVER_SECONDS)

    async def _is_rotating(self) -> bool:
        """Whether a robot's ledger speaks of a credential that does not serve yet."""
        cluster = self._team.world.cluster
        paths = [self._team.core_path("secrets", f"{name}-ledger") for name in ROBOT_NAMES]
        ledgers = [decoded(await cluster.get(path))["ledger"] for path in paths]
        return any('"attempt"' in text or '"pending"' in text for text in ledgers)

    def _mark_of(self, replica: FreezableOperator) -> tuple[int, list[str]]:
        """Where the logs are now, as far as they are about a replica."""
        return self._team.world.plane.audit.mark(), self._in_harbor(replica)

    def _written_since(self, mark: tuple[int, list[str]], replica: FreezableOperator) -> list[str]:
        """What a replica has written to the cluster and to Harbor after a mark."""
        since, before = mark
        in_cluster = [_named(write) for write in self._sent(since, replica) if not _refused(write)]
        in_harbor = list(self._in_harbor(replica))
        for write in before:
            in_harbor.remove(write)
        return [*in_cluster, *in_harbor]

    def _refused_since(self, mark: tuple[int, list[str]], replica: FreezableOperator) -> list[str]:
        """What a replica has sent to the cluster in vain after a mark."""
        since, _ = mark
        return [_named(write) for write in self._sent(since, replica) if _refused(write)]

    def _sent(self, since: int, replica: FreezableOperator) -> list[Request]:
        return self._team.world.plane.audit.writes(since=since, user=self._user(replica))

    def written_to_cluster(self, since: int) -> list[str]:
        """What the replicas have written to the cluster after a mark of its log."""
        replicas = self._user_prefix
        writes = self._team.world.plane.audit.writes(since=since)
        return [_named(write) for write in writes if write.user.startswith(replicas)]

    def _in_harbor(self, replica: FreezableOperator) -> list[str]:
        """What a replica has written to Harbor so far, once for each time."""
        counts = self._team.world.harbor.requests.written_by(f"({replica.name})")
        return [
            f"{k.method} {k.template} {k.status}" for k in counts.elements() if k.template != LOGIN
        ]

    def _user(self, replica: FreezableOperator) -> str:
        return f"{self._user_prefix}{replica.name}"

    @property
    def _user_prefix(self) -> str:
        return f"system:serviceaccount:{self._team.namespace}:"


@asynccontextmanager
async def open_duel(
    team: Team, folder: Path, *, lease_seconds: int, module: str
) -> AsyncIterator[Duel]:
    """Two replicas in the place of the world's operator, which comes back afterwards."""
    world = team.world
    await world.operator.stop()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(world.operator.start)
        replicas = []
        for name in NAMES:
            kubeconfig = await kubeconfig_of(team, name)
            flag = f"--lease-seconds={lease_seconds}"
            output = _made(folder / name)
            replica = FreezableOperator(name, kubeconfig, output, flag, module=module)
            stack.push_async_callback(replica.stop)
            replicas.append(replica)
        yield Duel(team, replicas)


@asynccontextmanager
async def busy(team: Team) -> AsyncIterator[None]:
    """Keep a team's robots rotating and its project changing during a block."""
    rule = team.world.harbor.faults.add_latency(LATENCY_SECONDS, "P*", "/api/*")
    changing = asyncio.create_task(_change(team))
    try:
        yield
    finally:
        changing.cancel()
        with suppress(asyncio.CancelledError):
            await changing
        team.world.harbor.faults.remove(rule)


async def _change(team: Team) -> None:
    """Have all robots rotated once and the project changed, and again as soon as that is done."""
    for number in itertools.count():
        team.world.harbor.clock.offset_seconds += OVERLAP_SECONDS
        for name in ROBOT_NAMES:
            await team.annotate(ROBOTS, name, "rotate-requested-at", str(number))
        await team.change(PROJECTS, "web", scanning={"onPush": number % 2 == 0})
        for name in ROBOT_NAMES:
            await _rotated(team, name, token=str(number))


async def _rotated(team: Team, name: str, *, token: str) -> None:
    await team.world.cluster.seen(
        team.path(ROBOTS, name),
        lambda body: status_of(body, "lastHandledRotateAt") == token,
        within=ROTATION_SECONDS,
    )


def _named(write: Request) -> str:
    return f"{write.verb} {write.resource} {write.name}"


def _refused(write: Request) -> bool:
    return write.status >= HTTPStatus.BAD_REQUEST


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _now() -> float:
    return asyncio.get_running_loop().time()
