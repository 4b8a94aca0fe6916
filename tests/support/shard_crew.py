"""Several replicas that share the namespaces out, and who held which shard when.

Each replica has a user of its own in the cluster, so that the audit log says who wrote what. The
terms are read from the Leases, which say themselves when they were taken and given up.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.shards import CLUSTER, shard_of
from testbed.control_plane.audit import Request
from testbed.tools.waiting import until
from tests.support.cluster import Cluster, is_ready
from tests.support.custom_resources import Json
from tests.support.freezable_operator import FreezableOperator
from tests.support.replica_users import kubeconfig_of
from tests.support.system_world import SystemWorld
from tests.support.team import Team

SHARE_SECONDS = 60.0
"""Ten times what it takes until shards have moved, for a busy machine."""
WORK_SECONDS = 120.0
"""For what all replicas have to do at once, on a busy machine."""
WRITES_BEFORE_A_FREEZE = 4
"""The first writes of a replica that has many to make."""
LOOK_SECONDS = 0.1
"""Between two looks at the Leases: no shard changes hands twice in that time."""

_SHARD = re.compile(r"^harbor-operator-shard-(\d+)$")


@dataclass(frozen=True, slots=True)
class Term:
    """A time during which a replica held a shard."""

    shard: int
    replica: str
    began: datetime
    ended: datetime | None


class Terms:
    """Notes who holds which shard."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._seen: dict[int, list[Json]] = {}

    async def run(self) -> None:
        """Look at the Leases until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> dict[int, str]:
        """Note how the Leases are now; who holds which shard."""
        listed = await self._cluster.get(self._leases)
        for body in listed["items"]:
            match = _SHARD.match(body["metadata"]["name"])
            if match is not None:
                self._note(int(match[1]), body["spec"])
        return {shard: _replica(seen[-1]) for shard, seen in self._seen.items()}

    def all(self) -> list[Term]:
        """Every term so far, shard by shard in order."""
        return [term for shard in sorted(self._seen) for term in self._of(shard)]

    def _note(self, shard: int, spec: Json) -> None:
        seen = self._seen.setdefault(shard, [])
        if seen and _same_term(seen[-1], spec):
            return
        if seen:
            assert spec["leaseTransitions"] - seen[-1]["leaseTransitions"] <= 1, "a term was missed"
        seen.append(spec)

    def _of(self, shard: int) -> Iterable[Term]:
        seen = self._seen[shard]
        for spec, after in zip(seen, [*seen[1:], None], strict=True):
            if spec["holderIdentity"]:
                ended = None if after is None else _moment(after["acquireTime"])
                yield Term(shard, _replica(spec), _moment(spec["acquireTime"]), ended)


class Crew:
    """The replicas, and the teams whose objects they serve."""

    def __init__(
        self, teams: Sequence[Team], replicas: Sequence[FreezableOperator], *, shards: int
    ) -> None:
        self.teams = teams
        self.terms = Terms(teams[0].world.cluster, teams[0].namespace)
        self._shards = shards
        self._replicas = {replica.name: replica for replica in replicas}
        self._since = teams[0].world.plane.audit.mark()

    @property
    def _world(self) -> SystemWorld:
        return self.teams[0].world

    async def start(self, *names: str) -> float:
        """Start replicas; seconds until all that run share the shards evenly."""
        began = _now()
        await asyncio.gather(*(self._replicas[name].start() for name in names))
        await self.shared_out()
        return _now() - began

    async def stop(self, name: str) -> float:
        """End a replica as its node would; seconds until the others share the shards evenly."""
        told_at = _now()
        ending = asyncio.create_task(self._replicas[name].stop())
        await self._until_shared_out(self._running() - {name})
        seconds = _now() - told_at
        await ending
        return seconds

    async def kill(self, name: str) -> float:
        """End a replica on the spot; seconds until the others share the shards evenly."""
        self._replicas[name].kill()
        killed_at = _now()
        await self.shared_out()
        return _now() - killed_at

    async def freeze(self, name: str) -> int | None:
        """Stop a replica in the midst of its work until others do that; its exit code later."""
        begun = self._written_by(name) + WRITES_BEFORE_A_FREEZE

        async def is_at_work() -> bool:
            return self._written_by(name) >= begun

        await until(is_at_work, within=WORK_SECONDS)
        self._replicas[name].freeze()
        await self._until_shared_out(self._running() - {name})
        self._replicas[name].thaw()
        return await self._replicas[name].ended()

    async def shared_out(self) -> None:
        """Wait until all shards are held by those that run, none with two more than another."""
        await self._until_shared_out(self._running())

    async def _until_shared_out(self, names: Collection[str]) -> None:
        async def is_so() -> bool:
            held = Counter((await self.terms.look()).values())
            counts = [held[name] for name in names]
            return sum(counts) == self._shards and max(counts) - min(counts) <= 1

        await until(is_so, within=SHARE_SECONDS)

    def _running(self) -> set[str]:
        return {name for name, replica in self._replicas.items() if replica.running}

    async def make(self, wave: str, *, robots: int = 0) -> float:
        """Have each team make a project at once; seconds until all are Ready.

        Args:
            wave: What tells the objects from others.
            robots: How many robots each team makes as well, and a pull secret for a neighbour.
        """
        began = _now()
        others = [*self.teams[1:], self.teams[0]]
        pairs = zip(self.teams, others, strict=True)
        await asyncio.gather(*(_make(team, other, wave, robots) for team, other in pairs))
        return _now() - began

    def writes(self) -> list[tuple[str, Request]]:
        """What the replicas have written so far, each with the replica's name.

        A request that was refused is none.
        """
        prefix = f"system:serviceaccount:{self.teams[0].namespace}:"
        written = self._world.plane.audit.writes(since=self._since)
        named = [(write.user.removeprefix(prefix), write) for write in written]
        # What a replica was about to send when it was frozen may still be sent, and is refused.
        done = [(name, write) for name, write in named if write.status < HTTPStatus.BAD_REQUEST]
        return [(name, write) for name, write in done if name in self._replicas]

    def _written_by(self, name: str) -> int:
        return sum(writer == name for writer, _ in self.writes())

    def strays(self) -> list[str]:
        """The writes of replicas that did not hold the shard which they belong to."""
        terms = self.terms.all()
        return [
            f"{name}: {write.verb} {write.resource} {write.namespace}/{write.name}"
            f" at {write.answered_at}, shard {self.shard_of(write)}"
            for name, write in self.writes()
            if not any(_covers(term, self.shard_of(write), name, write) for term in terms)
        ]

    def shard_of(self, write: Request) -> int:
        """The shard of the object because of which a write was made."""
        spaces = [team.namespace for team in self.teams]
        if write.namespace not in spaces:
            return CLUSTER  # the connection, or an Event about it
        # Delivered pull secrets are named after the namespace that their object is in.
        owner = next((space for space in spaces if write.name.endswith(space)), write.namespace)
        return shard_of(owner, self._shards)


async def _make(team: Team, other: Team, wave: str, robots: int) -> None:
    project, pull = f"web-{wave}", f"{wave}-{team.namespace}"
    names = [f"ci-{wave}-{number}" for number in range(robots)]
    await team.project(project)
    for name in names:
        await team.robot(name, project)
    await _seen(team, team.path(PROJECTS, project))
    if names:
        neighbour = {"namespaces": {"names": [other.namespace]}}
        await team.pull_secret(pull, names[0], targets=neighbour)
        await _seen(team, team.path(PULL_SECRETS, pull))
    for name in names:
        await _seen(team, team.path(ROBOTS, name))


async def _seen(team: Team, path: str) -> None:
    await team.world.cluster.seen(path, is_ready, within=WORK_SECONDS)


@asynccontextmanager
async def open_crew(
    teams: Sequence[Team], names: Sequence[str], folder: Path, *flags: str, shards: int, module: str
) -> AsyncIterator[Crew]:
    """Replicas in the place of the world's operator, which comes back afterwards; none runs yet."""
    world = teams[0].world
    await world.operator.stop()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(world.operator.start)
        replicas = []
        for name in names:
            (folder / name).mkdir()
            kubeconfig = await kubeconfig_of(teams[0], name)
            told = (f"--shards={shards}", *flags)
            replica = FreezableOperator(name, kubeconfig, folder / name, *told, module=module)
            stack.push_async_callback(replica.stop)
            replicas.append(replica)
        crew = Crew(teams, replicas, shards=shards)
        noting = asyncio.create_task(crew.terms.run())
        try:
            yield crew
        finally:
            noting.cancel()
            with suppress(asyncio.CancelledError):
                await noting


def _covers(term: Term, shard: int, replica: str, write: Request) -> bool:
    begun = (term.shard, term.replica) == (shard, replica) and term.began <= write.answered_at
    return begun and (term.ended is None or write.answered_at <= term.ended)


def _same_term(before: Mapping[str, object], now: Mapping[str, object]) -> bool:
    keys = ("holderIdentity", "acquireTime")
    return all(before.get(key) == now.get(key) for key in keys)


def _replica(spec: Json) -> str:
    return str(spec["holderIdentity"]).partition("_")[0]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _now() -> float:
    return asyncio.get_running_loop().time()
