"""Case `rollout`: one rotation of a robot reaches all namespaces that hold its credential.

Meanwhile another team makes pull secrets of its own, one after the other: nobody's may wait for
this one. The bare loop replaces as many Secrets before and after the operator, and its mean counts.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from statistics import fmean

import aiohttp

from bench import bare_delivery, profiled
from bench.deliveries import (
    DISTRIBUTION,
    PERIOD,
    PLATFORM,
    Delivery,
    IsServed,
    by_floor,
    by_operator,
    figures,
    make_pull_secret,
    serve,
    settle,
)
from bench.figures import Figure, table
from bench.fleet import pull_secret, team
from bench.namespaces import TARGET, make_namespaces
from bench.parallel import DELIVERIES
from bench.readiness import converge
from bench.stage import Stage, open_stage
from testbed.endtoend.objects import path_of
from testbed.endtoend.running import running_operator

LATER_SECONDS = 2.0
"""The goal: how much longer another team's pull secret may take than at rest."""
_TEAM = "team"
_AT_REST = 5
"""How many pull secrets the other team makes before; the slowest counts."""
_PAUSE_SECONDS = 0.5
"""Between one of them and the next, so that they add little to what is counted."""
_ROTATE = "harbor-operator.dev/rotate-requested-at"
_MERGE = {"Content-Type": "application/merge-patch+json"}


@dataclass(frozen=True, slots=True)
class Rollout:
    """What the operator took, and how long another team's pull secrets took to be Ready."""

    delivery: Delivery
    at_rest: list[float]
    meanwhile: list[float]
    """Seconds, like those before."""


async def run(size: int) -> None:
    """Measure and print.

    Args:
        size: how many namespaces.

    Raises:
        WorldError: something could not be started, or not every namespace was served in time.
    """
    targets = [f"target-{number}" for number in range(size)]
    async with open_stage(drift_period=PERIOD, distribution=DISTRIBUTION) as stage:
        async with stage.admin.session() as api:
            await make_namespaces(api, targets, TARGET)
        before = await _run_floor(stage, "bare-before", targets)
        rollout, profile = await _run_operator(stage, targets)
        after = await _run_floor(stage, "bare-after", targets)
    print(f"rollout: {size} namespaces; the bare loop replaces {DELIVERIES} Secrets at once\n")
    rows = figures(rollout.delivery, (before, after), size)
    print(table([*_seconds(rollout, (before, after)), *rows]))
    print(profile)


async def _run_floor(stage: Stage, name: str, targets: list[str]) -> Delivery:
    old, new = (bare_delivery.secret(name, letter) for letter in "ab")
    await bare_delivery.measure(bare_delivery.Task(stage.floor, targets, old))
    return await by_floor(stage, bare_delivery.Task(stage.floor, targets, new, replace=True))


async def _run_operator(stage: Stage, targets: list[str]) -> tuple[Rollout, str]:
    output = stage.folder / "operator.out"
    module = profiled.operator_module()
    async with (
        running_operator(stage.kubeconfig, output, module=module) as operator,
        stage.admin.session() as api,
    ):
        await settle(stage, operator, [PLATFORM, _TEAM])
        await serve(api, len(targets), make_pull_secret)
        neighbour = _Neighbour(api)
        at_rest = [await neighbour.make() for _ in range(_AT_REST)]
        await stage.gauges.rest(operator.pid)
        meanwhile: list[float] = []

        async def rotate(api: aiohttp.ClientSession, is_served: IsServed) -> None:
            await _rotate(api)
            while not is_served():
                meanwhile.append(await neighbour.make())
                await asyncio.sleep(_PAUSE_SECONDS)

        delivery = await by_operator(stage, operator, targets, rotate)
    return Rollout(delivery, at_rest, meanwhile), output.read_text()


async def _rotate(api: aiohttp.ClientSession) -> None:
    _, robot = team(PLATFORM)
    patch = {"metadata": {"annotations": {_ROTATE: "now"}}}
    async with api.patch(path_of(robot), json=patch, headers=_MERGE):
        pass


class _Neighbour:
    """Another team, with a project and a robot, that makes one pull secret after the other."""

    def __init__(self, api: aiohttp.ClientSession) -> None:
        self._api = api
        self._numbers = count()

    async def make(self) -> float:
        """Seconds until the next one is Ready."""
        manifest = pull_secret(_TEAM, f"pull-{next(self._numbers)}", {})
        return max((await converge(self._api, [manifest])).values())


def _seconds(rollout: Rollout, bare: tuple[Delivery, Delivery]) -> Iterator[Figure]:
    delivery, least = rollout.delivery, fmean(run.wall_seconds for run in bare)
    yield Figure("until all hold the new credential, s", delivery.wall_seconds, least)
    at_rest = max(rollout.at_rest)
    yield Figure("another team's pull secret before, at most, s", at_rest)
    yield Figure(
        f"  meanwhile, {len(rollout.meanwhile)} of them, at most, s",
        max(rollout.meanwhile),
        most=at_rest + LATER_SECONDS,
    )
