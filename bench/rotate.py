"""Case `rotate`: robots that are all due in the same minute.

They have been made without a schedule and get one at rest, so that nothing but their rotation is
measured. The bare rotation runs before and after the operator's, and its mean counts.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean

from bench import bare_rotation
from bench.bare_rotation import ROBOTS_A_PROJECT
from bench.figures import Figure, table
from bench.fleet import rotating
from bench.floor import Cost
from bench.gauges import Asked
from bench.parallel import each
from bench.processes import cpu_seconds, peak_mebibytes
from bench.readiness import NotConvergedError, converge
from bench.stage import FLOOR, OPERATOR, REQUESTS, Stage, open_stage
from bench.watches import all_seen, version
from testbed.control_plane.api import Json
from testbed.endtoend.objects import is_ready, path_of, status_of
from testbed.endtoend.running import running_operator

WALL_TIMES = 3.0
HARBOR_TIMES = 2.0
"""The goals, as multiples of the bare rotation."""

_OVERLAP_SECONDS = 60.0
"""The least that a spec may state; Harbor's tokens are made to live no longer."""
_NAMESPACE = "rotation"
_PERIOD = "6h"
"""Between drift passes: long enough for none to fall into a measurement."""
_SECONDS_TO_SCHEDULE = 60.0
_SECONDS_TO_SCHEDULE_ONE = 0.2
"""How long it may take to give all robots their schedule; what is left of it is waited for."""
_ROTATION_SECONDS = 300.0
_ROTATION_SECONDS_ONE = 2.0
"""How long all may take: the operator begins one a second of those that are late by a minute."""
_MERGE = {"Content-Type": "application/merge-patch+json"}


@dataclass(frozen=True, slots=True)
class Bare:
    """One run of the bare rotation."""

    cost: Cost
    harbor: Asked
    writes: Asked


@dataclass(frozen=True, slots=True)
class Rotation:
    """What the operator took from the minute in which all were due."""

    replaced_seconds: float
    """Until the last object said that its new robot serves."""
    removed_seconds: float
    """Until the last said that its old robot is gone, without the overlap."""
    cpu_seconds: float
    peak_mebibytes: float
    """Since its start."""
    harbor: Asked
    writes: Asked


async def run(size: int) -> None:
    """Measure and print.

    Args:
        size: how many robots.

    Raises:
        WorldError: something could not be started, or not all robots were replaced in time.
    """
    async with open_stage(drift_period=_PERIOD, token_minutes=1) as stage:
        before = await _run_floor(stage, "bare-before", size)
        rotated = await _run_operator(stage, size)
        after = await _run_floor(stage, "bare-after", size)
    print(
        f"rotate: {size} robots due in one minute, {ROBOTS_A_PROJECT} to a project; at most"
        f" {REQUESTS['maxConcurrent']} requests at once and {REQUESTS['perSecond']} a second\n"
    )
    print(table([*_totals(rotated, (before, after)), *_details(rotated, before, size)]))


async def _run_floor(stage: Stage, namespace: str, size: int) -> Bare:
    await stage.namespace(namespace)
    begun = bare_rotation.Task(stage.harbor, stage.floor, namespace, size)
    task = await bare_rotation.prepare(begun)
    harbor, mark = await stage.gauges.harbor(), stage.gauges.mark()
    cost = await bare_rotation.measure(task)
    return Bare(
        cost,
        harbor=(await stage.gauges.harbor()).since(harbor),
        writes=stage.gauges.writes(mark, FLOOR),
    )


async def _run_operator(stage: Stage, size: int) -> Rotation:
    await stage.namespace(_NAMESPACE)
    output = stage.folder / "operator.out"
    async with running_operator(stage.kubeconfig, output) as operator:
        await stage.connected()
        due, robots = await _all_due(stage, operator.pid, size)
        harbor, mark = await stage.gauges.harbor(), stage.gauges.mark()
        used = cpu_seconds(operator.pid)
        replaced, removed = await _rotated(stage, robots, due)
        await stage.gauges.rest(operator.pid)
        return Rotation(
            replaced_seconds=replaced,
            removed_seconds=removed - _OVERLAP_SECONDS,
            cpu_seconds=cpu_seconds(operator.pid) - used,
            peak_mebibytes=peak_mebibytes(operator.pid),
            harbor=(await stage.gauges.harbor()).since(harbor),
            writes=stage.gauges.writes(mark, OPERATOR),
        )


async def _all_due(stage: Stage, pid: int, size: int) -> tuple[datetime, list[Json]]:
    """Make robots that are all due at one time, and come to rest before; when that is."""
    manifests = list(rotating(_NAMESPACE, size, robots_a_project=ROBOTS_A_PROJECT))
    robots = [manifest for manifest in manifests if manifest["kind"] == "HarborRobot"]
    async with stage.admin.session() as api:
        await converge(api, manifests)
        await stage.gauges.rest(pid)
        due = _next_minute(_SECONDS_TO_SCHEDULE + size * _SECONDS_TO_SCHEDULE_ONE)
        patch = {"spec": {"rotation": {"schedule": f"{due.minute} {due.hour} * * *"}}}

        async def give_schedule(robot: Json) -> None:
            async with api.patch(path_of(robot), json=patch, headers=_MERGE):
                pass

        await each(robots, give_schedule)
    await stage.gauges.rest(pid)
    if datetime.now(UTC) >= due:
        raise NotConvergedError(f"{size} robots did not have their schedule before {due:%H:%M:%S}")
    return due, robots


def _next_minute(after_seconds: float) -> datetime:
    earliest = datetime.now(UTC) + timedelta(seconds=after_seconds, minutes=1)
    return earliest.replace(second=0, microsecond=0)


async def _rotated(stage: Stage, robots: list[Json], due: datetime) -> tuple[float, float]:
    """Seconds from the due time until all have a new robot, and until all have lost the old one."""
    names = frozenset(robot["metadata"]["name"] for robot in robots)
    collection = path_of(robots[0]).rpartition("/")[0]
    limit = _ROTATION_SECONDS + len(robots) * _ROTATION_SECONDS_ONE
    started = asyncio.get_running_loop().time() + (due - datetime.now(UTC)).total_seconds()
    async with stage.admin.session() as api:
        since = await version(api, collection)
        try:
            async with asyncio.timeout_at(started + limit), asyncio.TaskGroup() as both:
                watches = [
                    both.create_task(all_seen(api, collection, names, since=since, check=check))
                    for check in (_is_replaced, _is_alone)
                ]
        except TimeoutError:
            raise NotConvergedError(
                f"not all robots were replaced {limit:.0f} s after {due:%H:%M}"
            ) from None
    replaced, removed = (watch.result() - started for watch in watches)
    return replaced, removed


def _is_replaced(body: Json) -> bool:
    """Whether a robot serves that was made because the one before was due."""
    history = status_of(body).get("history") or [{}]
    return is_ready(body) and history[0].get("reason") == "Due"


def _is_alone(body: Json) -> bool:
    """Whether the one before is gone, too."""
    return _is_replaced(body) and not status_of(body).get("previous")


def _totals(operator: Rotation, bare: tuple[Bare, Bare]) -> Iterable[Figure]:
    costs = [run.cost for run in bare]
    wall = fmean(cost.wall_seconds for cost in costs)
    yield Figure(
        "wall time to the last old one gone, overlap taken off, s",
        operator.removed_seconds,
        wall,
        most_times=WALL_TIMES,
    )
    yield Figure("  until the last new one serves, s", operator.replaced_seconds)
    cpu = fmean(cost.cpu_seconds for cost in costs)
    yield Figure("CPU time, s", operator.cpu_seconds, cpu)
    peak = max(cost.peak_mebibytes for cost in costs)
    yield Figure("peak RSS, MiB", operator.peak_mebibytes, peak)


def _details(operator: Rotation, bare: Bare, size: int) -> Iterator[Figure]:
    """What was asked for one robot."""
    harbor, writes = operator.harbor, operator.writes
    yield Figure(
        "Harbor requests a rotation",
        harbor.total / size,
        bare.harbor.total / size,
        most_times=HARBOR_TIMES,
    )
    yield from _kinds(harbor, bare.harbor, size)
    yield Figure("API server writes a rotation", writes.total / size, bare.writes.total / size)
    yield from _kinds(writes, bare.writes, size)


def _kinds(operator: Asked, bare: Asked, size: int) -> Iterator[Figure]:
    for name in sorted(operator.counts | bare.counts):
        yield Figure(f"  {name}", operator.counts[name] / size, bare.counts[name] / size)
