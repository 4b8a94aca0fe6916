"""Case `converge`: projects, robots and pull secrets to Ready, and a restart with all of them.

The bare loop runs before and after the operator, with fresh names, and its mean counts: so a
machine that others slow down meanwhile does it to both.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from bench import floor
from bench.figures import Figure, table
from bench.fleet import Fleet
from bench.gauges import Asked
from bench.processes import cpu_seconds, peak_mebibytes
from bench.readiness import converge
from bench.stage import FLOOR, OPERATOR, REQUESTS, Stage, open_stage
from testbed.endtoend.running import running_operator

WALL_TIMES = 3.0
HARBOR_TIMES = 2.0
"""The goals, as multiples of the bare loop."""


@dataclass(frozen=True, slots=True)
class Bare:
    """One run of the bare loop."""

    cost: floor.Cost
    apiserver_seconds: float
    """CPU time of the API server meanwhile."""
    harbor: Asked
    writes: Asked


@dataclass(frozen=True, slots=True)
class Convergence:
    """What the operator took from the first object to its rest."""

    ready_seconds: dict[str, float]
    """Until the last object of a kind was Ready."""
    cpu_seconds: float
    peak_mebibytes: float
    apiserver_seconds: float
    """CPU time of the API server meanwhile, the creation of the objects included."""
    harbor: Asked
    writes: Asked


@dataclass(frozen=True, slots=True)
class Restart:
    """What a new operator took from its program's start until it had looked at everything."""

    seconds: float
    cpu_seconds: float
    harbor: Asked
    writes: Asked


async def run(size: int) -> None:
    """Measure and print.

    Args:
        size: how many projects, robots and pull secrets.

    Raises:
        WorldError: something could not be started, or not everything became Ready.
    """
    async with open_stage() as stage:
        before = await _run_floor(stage, Fleet("floor-before", size))
        converged = await _run_operator(stage, Fleet("fleet", size))
        after = await _run_floor(stage, Fleet("floor-after", size))
        restart = await _restart(stage)
    print(
        f"converge: {size} projects, {size} robots and {size} pull secrets; at most"
        f" {REQUESTS['maxConcurrent']} requests at once and {REQUESTS['perSecond']} a second\n"
    )
    bare = (before, after)
    print(table([*_totals(converged, bare), *_details(converged, before), *_restarted(restart)]))


async def _run_floor(stage: Stage, fleet: Fleet) -> Bare:
    await stage.namespace(fleet.namespace)
    harbor, mark = await stage.gauges.harbor(), stage.gauges.mark()
    served = cpu_seconds(stage.apiserver_pid)
    task = floor.Task(stage.harbor, stage.floor, namespace=fleet.namespace, size=fleet.size)
    cost = await floor.measure(task)
    return Bare(
        cost,
        apiserver_seconds=cpu_seconds(stage.apiserver_pid) - served,
        harbor=(await stage.gauges.harbor()).since(harbor),
        writes=stage.gauges.writes(mark, FLOOR),
    )


async def _run_operator(stage: Stage, fleet: Fleet) -> Convergence:
    await stage.namespace(fleet.namespace)
    output = stage.folder / "operator.out"
    async with running_operator(stage.kubeconfig, output) as operator, stage.admin.session() as api:
        await stage.connected()
        await stage.gauges.rest(operator.pid)
        harbor, mark = await stage.gauges.harbor(), stage.gauges.mark()
        used, served = cpu_seconds(operator.pid), cpu_seconds(stage.apiserver_pid)
        ready = await converge(api, list(fleet.manifests()))
        await stage.gauges.rest(operator.pid)
        return Convergence(
            ready_seconds=ready,
            cpu_seconds=cpu_seconds(operator.pid) - used,
            peak_mebibytes=peak_mebibytes(operator.pid),
            apiserver_seconds=cpu_seconds(stage.apiserver_pid) - served,
            harbor=(await stage.gauges.harbor()).since(harbor),
            writes=stage.gauges.writes(mark, OPERATOR),
        )


async def _restart(stage: Stage) -> Restart:
    harbor, mark = await stage.gauges.harbor(), stage.gauges.mark()
    started = asyncio.get_running_loop().time()
    output = stage.folder / "operator-again.out"
    async with running_operator(stage.kubeconfig, output) as operator:
        rested = await stage.gauges.rest(operator.pid)
        return Restart(
            seconds=rested - started,
            cpu_seconds=cpu_seconds(operator.pid),
            harbor=(await stage.gauges.harbor()).since(harbor),
            writes=stage.gauges.writes(mark, OPERATOR),
        )


def _totals(operator: Convergence, bare: tuple[Bare, Bare]) -> Iterable[Figure]:
    costs = [run.cost for run in bare]
    wall = fmean(cost.wall_seconds for cost in costs)
    yield Figure(
        "wall time to Ready, s", max(operator.ready_seconds.values()), wall, most_times=WALL_TIMES
    )
    for plural, seconds in operator.ready_seconds.items():
        yield Figure(f"  {plural}", seconds)
    cpu = fmean(cost.cpu_seconds for cost in costs)
    yield Figure("CPU time, s", operator.cpu_seconds, cpu)
    peak = max(cost.peak_mebibytes for cost in costs)
    yield Figure("peak RSS, MiB", operator.peak_mebibytes, peak)
    served = fmean(run.apiserver_seconds for run in bare)
    yield Figure("API server's CPU time, s", operator.apiserver_seconds, served)


def _details(operator: Convergence, bare: Bare) -> Iterable[Figure]:
    """What was asked, kind by kind; the bare loop asks the same each time."""
    harbor, writes = operator.harbor, operator.writes
    yield Figure("Harbor requests", harbor.total, bare.harbor.total, most_times=HARBOR_TIMES)
    yield from _kinds(harbor, bare.harbor)
    yield Figure("API server writes", writes.total, bare.writes.total)
    yield from _kinds(writes, bare.writes)


def _kinds(operator: Asked, bare: Asked) -> Iterable[Figure]:
    for name in sorted(operator.counts | bare.counts):
        yield Figure(f"  {name}", operator.counts[name], bare.counts[name])


def _restarted(restart: Restart) -> Iterable[Figure]:
    yield Figure("restart: all looked at, s", restart.seconds)
    yield Figure("restart: CPU time, s", restart.cpu_seconds)
    yield Figure("restart: Harbor reads", restart.harbor.total - restart.harbor.changes)
    yield Figure("restart: Harbor changes", restart.harbor.changes, most=0)
    yield Figure("restart: API server writes", restart.writes.total, most=0)
    yield from _kinds(restart.writes, Asked(Counter()))
