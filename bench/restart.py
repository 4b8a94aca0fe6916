"""Case `restart`: a new operator meets a world in which nothing is left to do.

The world is written by copying a team, see `bench.copies`, as thousands would take an operator
minutes to converge. The operator gets one core, everything else the others.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import aiohttp

from bench.copies import OBJECTS, copy, read, team
from bench.figures import Figure, table
from bench.gauges import Asked
from bench.parallel import each
from bench.processes import cpu_seconds, peak_mebibytes
from bench.readiness import NotConvergedError, converge
from bench.stage import OPERATOR, Stage, open_stage
from testbed.control_plane.api import Json
from testbed.control_plane.audit import WRITE_VERBS, Request
from testbed.endtoend.running import running_operator
from testbed.tools.waiting import until

READY_SECONDS = 12.0
PEAK_MEBIBYTES = 300.0
"""The goals, for 10,000 custom resources."""

_MODEL = "team-model"
_QUIET_SECONDS = 2.0
_LOOK_SECONDS = 0.5
_FILLED_SECONDS = 300.0
_LOOKED_AT_SECONDS = 900.0
"""Longer than the period within which each object is looked at."""
_GROUP = "harbor-operator.dev"
_KINDS = frozenset(f"harbor{plural}.{_GROUP}" for plural in ("projects", "robots", "pullsecrets"))
_LEASES = "leases.coordination.k8s.io"


@dataclass(frozen=True, slots=True)
class World:
    """What there is."""

    teams: int
    namespaces: int
    """With those that belong to no team."""

    @property
    def objects(self) -> int:
        """The custom resources."""
        return self.teams * OBJECTS


@dataclass(frozen=True, slots=True)
class Reading:
    """What the operator has taken since its program's start."""

    seconds: float
    cpu_seconds: float
    peak_mebibytes: float
    harbor: Asked
    cluster: Asked
    """Requests to the API server, without those about its Lease."""
    writes: Asked
    """Those of them that write."""
    objects: int
    """How many custom resources have been read by themselves: each look begins so."""


async def run(size: int) -> None:
    """Measure and print.

    Args:
        size: how many custom resources; half as many namespaces.

    Raises:
        WorldError: something could not be started, or the operator does not look at everything.
    """
    teams = max(size // OBJECTS, 1)
    world = World(teams, namespaces=max(size // 2, teams))
    with _cores() as core:
        async with open_stage(audit_reads=True) as stage:
            await _fill(stage, world)
            ready, looked_at = await _restart(stage, world, core)
    print(
        f"restart: {world.teams} projects, {world.objects - world.teams} robots and pull secrets"
        f" (half and half), {world.namespaces} namespaces; the operator has one core\n"
    )
    print(table([*_figures(ready, looked_at)]))


@contextmanager
def _cores() -> Iterator[int | None]:
    """Keep a core free for the operator while it is measured; None where there is only one."""
    all_cores = os.sched_getaffinity(0)
    kept, *others = sorted(all_cores)
    os.sched_setaffinity(0, others or all_cores)
    try:
        yield kept
    finally:
        os.sched_setaffinity(0, all_cores)


async def _fill(stage: Stage, world: World) -> None:
    """Have one team converged, copy it, and add namespaces that nobody uses."""
    await stage.namespace(_MODEL)
    output = stage.folder / "operator-model.out"
    async with stage.admin.session() as cluster, await stage.harbor.session() as harbor:
        mark = stage.gauges.mark()
        async with running_operator(stage.kubeconfig, output):
            await stage.connected()
            await converge(cluster, team(_MODEL))
            await _quiet(stage, mark)
        model = await read(_MODEL, cluster, harbor)

        async def add_team(number: int) -> None:
            name = f"team-{number:05}"
            await stage.namespace(name)
            await copy(model, name, cluster, harbor)

        await each(range(world.teams - 1), add_team)
        await each(range(world.namespaces - world.teams), lambda n: stage.namespace(f"other-{n}"))
        await _accounts(cluster, world.namespaces)


async def _quiet(stage: Stage, mark: int) -> None:
    """Wait until the operator asks nothing of the API server any more."""
    seen = -1
    while (asked := len(_requests(stage, mark))) != seen:
        seen = asked
        await asyncio.sleep(_QUIET_SECONDS)


async def _accounts(cluster: aiohttp.ClientSession, namespaces: int) -> None:
    """Wait until the controller manager has given each namespace its ServiceAccount.

    Raises:
        NotConvergedError: it has not.
    """

    async def given() -> bool:
        return await _count(cluster, "/api/v1/serviceaccounts") >= namespaces

    try:
        await until(given, within=_FILLED_SECONDS)
    except TimeoutError:
        raise NotConvergedError("not every namespace has a ServiceAccount") from None


async def _count(cluster: aiohttp.ClientSession, path: str) -> int:
    async with cluster.get(path, params={"limit": "1"}) as answer:
        listed: Json = await answer.json()
    return len(listed["items"]) + int(listed["metadata"].get("remainingItemCount", 0))


async def _restart(stage: Stage, world: World, core: int | None) -> tuple[Reading, Reading]:
    """What was taken until the operator was ready, and until it had looked at everything."""
    harbor, mark = await stage.gauges.harbor(), stage.gauges.mark()
    clock = asyncio.get_running_loop().time
    started = clock()
    output = stage.folder / "operator.out"
    async with running_operator(stage.kubeconfig, output, core=core) as operator:

        async def reading() -> Reading:
            seconds, used = clock() - started, cpu_seconds(operator.pid)
            requests = _requests(stage, mark)
            return Reading(
                seconds=seconds,
                cpu_seconds=used,
                peak_mebibytes=peak_mebibytes(operator.pid),
                harbor=(await stage.gauges.harbor()).since(harbor),
                cluster=_asked(requests),
                writes=_asked(request for request in requests if request.verb in WRITE_VERBS),
                objects=len(_looked_at(requests)),
            )

        ready = await reading()
        last = ready
        while last.objects < world.objects:
            if last.seconds > _LOOKED_AT_SECONDS:
                raise NotConvergedError(
                    f"after {last.seconds:.0f} s the operator has looked at {last.objects} of"
                    f" {world.objects} objects"
                )
            # Reading the log takes the longer the more there is to be measured.
            await asyncio.sleep(_LOOK_SECONDS + world.objects / 1000)
            last = await reading()
        # The last looks have only begun.
        await _quiet(stage, mark)
        return ready, replace(await reading(), seconds=last.seconds)


def _requests(stage: Stage, mark: int) -> list[Request]:
    asked = stage.gauges.asked(mark, OPERATOR)
    return [request for request in asked if request.resource != _LEASES]


def _asked(requests: Iterable[Request]) -> Asked:
    return Asked(Counter(f"{request.verb} {request.resource}" for request in requests))


def _looked_at(requests: Iterable[Request]) -> set[tuple[str, str, str]]:
    return {
        (request.resource, request.namespace, request.name)
        for request in requests
        if request.verb == "get" and request.resource in _KINDS
    }


def _figures(ready: Reading, looked_at: Reading) -> Iterator[Figure]:
    yield Figure("until ready, s", ready.seconds, most=READY_SECONDS)
    yield Figure("  CPU time, s", ready.cpu_seconds)
    yield Figure("  peak RSS, MiB", ready.peak_mebibytes)
    yield Figure("until all is looked at, s", looked_at.seconds)
    yield Figure("  CPU time, s", looked_at.cpu_seconds)
    yield Figure("  peak RSS, MiB", looked_at.peak_mebibytes, most=PEAK_MEBIBYTES)
    harbor = looked_at.harbor
    yield Figure("Harbor changes", harbor.changes, most=0)
    yield Figure("API server writes", looked_at.writes.total, most=0)
    for name, count in sorted(looked_at.writes.counts.items()):
        yield Figure(f"  {name}", count)
    yield Figure("Harbor requests", harbor.total)
    for name, count in sorted(harbor.counts.items()):
        yield Figure(f"  {name}", count)
    yield Figure("API server requests", looked_at.cluster.total)
    for name, count in sorted(looked_at.cluster.counts.items()):
        yield Figure(f"  {name}", count)
