"""One pull secret in many namespaces: what it takes the operator, and what the bare loop."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

import aiohttp

from bench import bare_delivery, profiled
from bench.delivered import NotDeliveredError, require_delivered
from bench.figures import Figure
from bench.fleet import pull_secret, team
from bench.gauges import Asked
from bench.namespaces import TARGET
from bench.processes import cpu_seconds, peak_mebibytes
from bench.readiness import converge
from bench.stage import FLOOR, OPERATOR, Stage
from bench.watches import Check, all_seen, version
from testbed.control_plane.api import Json
from testbed.endtoend.objects import is_ready, path_of, status_of
from testbed.tools.child import Child

IsServed = Callable[[], bool]
Request = Callable[[aiohttp.ClientSession, IsServed], Awaitable[None]]
"""Asks for a delivery; afterwards it may go on with something else until all are served."""

PLATFORM = "platform"
"""The namespace whose pull secret goes to the others."""
PULL = "platform-images"
DISTRIBUTION: list[Json] = [{"from": [PLATFORM], "to": {"names": ["*"]}}]
PERIOD = "6h"
"""Between drift passes: long enough for none to fall into a measurement."""
_SECONDS, _SECONDS_ONE = 60.0, 0.2
"""How long a delivery may take: two hundred times what the bare loop takes for a namespace."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What it took, whoever delivered."""

    wall_seconds: float
    """Until the answer to the last write in a target."""
    cpu_seconds: float
    peak_mebibytes: float
    apiserver_seconds: float
    """CPU time of the API server meanwhile."""
    writes: Asked


def manifest() -> Json:
    """The pull secret that goes to all namespaces with the label."""
    targets = {"namespaces": {"selector": {"matchLabels": TARGET}}}
    accounts = {"names": [bare_delivery.ACCOUNT]}
    return pull_secret(PLATFORM, PULL, {"targets": targets, "serviceAccounts": accounts})


async def make_pull_secret(session: aiohttp.ClientSession, _is_served: IsServed) -> None:
    """Ask for the delivery."""
    async with session.post(path_of(manifest()).rpartition("/")[0], json=manifest()):
        pass


async def settle(stage: Stage, operator: Child, namespaces: Collection[str]) -> None:
    """Make a team's project and robot in each of these namespaces, and wait for rest."""
    await stage.connected()
    async with stage.admin.session() as api:
        for namespace in namespaces:
            await stage.namespace(namespace)
            await converge(api, team(namespace))
    await stage.gauges.rest(operator.pid)


async def by_floor(stage: Stage, task: bare_delivery.Task) -> Delivery:
    """What the bare loop takes.

    Raises:
        FloorError: it ended with an error, or did not end.
    """
    mark, served = stage.gauges.mark(), cpu_seconds(stage.apiserver_pid)
    cost = await bare_delivery.measure(task)
    return Delivery(
        wall_seconds=cost.wall_seconds,
        cpu_seconds=cost.cpu_seconds,
        peak_mebibytes=cost.peak_mebibytes,
        apiserver_seconds=cpu_seconds(stage.apiserver_pid) - served,
        writes=stage.gauges.writes(mark, FLOOR),
    )


async def by_operator(
    stage: Stage, operator: Child, targets: Sequence[str], request: Request
) -> Delivery:
    """What the operator takes from a request until every target holds the robot's credential.

    One watch waits for the word of the pull secret that all are served; when the last of them was,
    the audit log tells. What they hold is read when nothing is measured any more.

    Raises:
        NotDeliveredError: it did not say so in time, or it is not true.
        RestlessError: it did not come to rest.
    """
    mark, served = stage.gauges.mark(), cpu_seconds(stage.apiserver_pid)
    used = cpu_seconds(operator.pid)
    async with stage.admin.session() as api:
        profiled.begin(operator)
        requested = datetime.now(UTC)
        await serve(api, len(targets), request)
        await stage.gauges.rest(operator.pid)
        last = stage.gauges.last_write(mark, OPERATOR, namespaces=frozenset(targets))
        delivery = Delivery(
            wall_seconds=(last - requested).total_seconds(),
            cpu_seconds=cpu_seconds(operator.pid) - used,
            peak_mebibytes=peak_mebibytes(operator.pid),
            apiserver_seconds=cpu_seconds(stage.apiserver_pid) - served,
            writes=stage.gauges.writes(mark, OPERATOR),
        )
        profiled.end(operator)
        await require_delivered(api, targets, origin=PLATFORM, secret=PULL)
        return delivery


async def serve(session: aiohttp.ClientSession, count: int, request: Request) -> None:
    """Ask for a delivery, and wait until the pull secret says that so many namespaces are served.

    If it serves already, it has to say so of another credential.

    Raises:
        NotDeliveredError: it does not say so in time.
    """
    collection = path_of(manifest()).rpartition("/")[0]
    check = _serves(count, another_than=await _delivered_account(session, collection))
    since = await version(session, collection)
    limit = _SECONDS + count * _SECONDS_ONE
    try:
        async with asyncio.timeout(limit), asyncio.TaskGroup() as tasks:
            names = frozenset({PULL})
            seen = tasks.create_task(all_seen(session, collection, names, since=since, check=check))
            await request(session, seen.done)
    except TimeoutError:
        raise NotDeliveredError(f"{count} namespaces are not served after {limit:.0f} s") from None


async def _delivered_account(session: aiohttp.ClientSession, collection: str) -> str | None:
    """Whose credential is delivered now; None before there is a pull secret."""
    async with session.get(collection) as answer:
        listed = await answer.json()
    named = (body for body in listed["items"] if body["metadata"]["name"] == PULL)
    return next((status_of(body).get("robotName") for body in named), None)


def _serves(count: int, *, another_than: str | None) -> Check:
    def check(body: Json) -> bool:
        status = status_of(body)
        ready = status.get("targets", {}).get("ready")
        return is_ready(body) and ready == count and status.get("robotName") != another_than

    return check


def figures(operator: Delivery, bare: tuple[Delivery, Delivery], count: int) -> Iterator[Figure]:
    """What both took, per namespace where that tells more."""

    def floor(of: Callable[[Delivery], float]) -> float:
        return fmean(of(run) for run in bare)

    milliseconds = 1000 / count
    yield Figure(
        "CPU time a namespace, ms",
        operator.cpu_seconds * milliseconds,
        floor(lambda run: run.cpu_seconds) * milliseconds,
    )
    peak = max(run.peak_mebibytes for run in bare)
    yield Figure("peak RSS, MiB", operator.peak_mebibytes, peak)
    yield Figure(
        "API server's CPU time, s",
        operator.apiserver_seconds,
        floor(lambda run: run.apiserver_seconds),
    )
    writes, least = operator.writes, bare[0].writes
    yield Figure("API server writes", writes.total, least.total)
    for name in sorted(writes.counts | least.counts):
        yield Figure(f"  {name}", writes.counts[name], least.counts[name])
