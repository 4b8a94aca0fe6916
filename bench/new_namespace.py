"""Case `new-namespace`: how soon a namespace that is new holds the pull secret.

Namespaces are made one after the other. What counts begins when the namespace was answered and its
ServiceAccount is there, which the controller manager makes. The floor sends the two writes at that
moment, for namespaces that the pull secret is not for, while no operator runs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import aiohttp

from bench import bare_delivery
from bench.arrivals import Arrivals, Part, watching
from bench.delivered import NotDeliveredError
from bench.deliveries import (
    DISTRIBUTION,
    PERIOD,
    PLATFORM,
    PULL,
    make_pull_secret,
    serve,
    settle,
)
from bench.figures import Figure, table
from bench.fleet import pull_secret
from bench.namespaces import TARGET, make_namespace, make_namespaces
from bench.readiness import converge
from bench.stage import Stage, open_stage
from testbed.control_plane.api import Json
from testbed.endtoend.running import running_operator

LATER_MILLISECONDS = 25.0
"""The goal: by how much the operator's median may be above the floor's."""
NEW = 200
"""How many namespaces are made, one after the other."""
OTHERS = 50
"""How many more pull secrets there are, for other namespaces than these."""
_MILLISECONDS = 1000
_SECONDS = 30.0
"""How long one namespace may take: a thousand times the goal."""

Answer = Callable[[str], Awaitable[None]]
"""What is done about a namespace whose ServiceAccount is there; the operator needs no telling."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one new namespace took, in milliseconds."""

    account: float
    """From the answer about the namespace to its ServiceAccount."""
    served: float
    """From the later of the two until it was served."""


async def run(size: int) -> None:
    """Measure and print.

    Args:
        size: how many namespaces hold the pull secret before.

    Raises:
        WorldError: something could not be started, or a namespace was not served in time.
    """
    async with open_stage(drift_period=PERIOD, distribution=DISTRIBUTION) as stage:
        before = await _run_floor(stage, "bare-before")
        served = await _run_operator(stage, size)
        after = await _run_floor(stage, "bare-after")
    print(
        f"new-namespace: {NEW} after {size} that hold the pull secret, beside {OTHERS} pull"
        " secrets for others\n"
    )
    print(table(_figures(served, [*before, *after])))


async def _run_floor(stage: Stage, name: str) -> list[Arrival]:
    secret = bare_delivery.secret(name, "a")
    entry = bare_delivery.entry(name, first=True)
    async with stage.floor.session() as api, watching(api, name) as arrivals:

        async def serve(namespace: str) -> None:
            await bare_delivery.deliver(api, namespace, secret, entry)

        return await _one_by_one(api, arrivals, (name, {}), serve)


async def _run_operator(stage: Stage, size: int) -> list[Arrival]:
    targets = [f"target-{number}" for number in range(size)]
    output = stage.folder / "operator.out"
    async with running_operator(stage.kubeconfig, output) as operator, stage.admin.session() as api:
        await make_namespaces(api, targets, TARGET)
        await settle(stage, operator, [PLATFORM])
        await converge(api, list(_others()))
        await serve(api, size, make_pull_secret)
        await stage.gauges.rest(operator.pid)
        async with watching(api, PULL) as arrivals:
            return await _one_by_one(api, arrivals, ("new", TARGET), _leave_it)


async def _leave_it(_namespace: str) -> None:
    """Nothing: the operator sees the namespace by itself."""


def _others() -> Iterator[Json]:
    """Pull secrets that no namespace here is meant for."""
    for number in range(OTHERS):
        selector = {"matchLabels": {"bench.harbor-operator.dev/team": f"team-{number}"}}
        settings = {"targets": {"namespaces": {"selector": selector}}}
        yield pull_secret(PLATFORM, f"other-{number}", settings)


async def _one_by_one(
    api: aiohttp.ClientSession,
    arrivals: Arrivals,
    labelled: tuple[str, dict[str, str]],
    answer: Answer,
) -> list[Arrival]:
    """Make namespaces, each when the one before is served.

    Raises:
        NotDeliveredError: one was not served in time.
    """
    prefix, labels = labelled
    taken = []
    for name in (f"{prefix}-{number}" for number in range(NEW)):
        try:
            async with asyncio.timeout(_SECONDS):
                await make_namespace(api, name, labels)
                taken.append(await _arrival(arrivals, name, answer))
        except TimeoutError:
            raise NotDeliveredError(f"{name} is not served after {_SECONDS:.0f} s") from None
    return taken


async def _arrival(arrivals: Arrivals, name: str, answer: Answer) -> Arrival:
    """Wait until a namespace is served that was answered right now."""
    made = asyncio.get_running_loop().time()
    account = await arrivals.moment(name, Part.ACCOUNT)
    await answer(name)
    secret = await arrivals.moment(name, Part.SECRET)
    entry = await arrivals.moment(name, Part.ENTRY)
    return Arrival(
        account=(account - made) * _MILLISECONDS,
        served=(max(secret, entry) - max(made, account)) * _MILLISECONDS,
    )


def _figures(operator: Sequence[Arrival], bare: Sequence[Arrival]) -> Iterator[Figure]:
    served, least = ([one.served for one in some] for some in (operator, bare))
    middle = median(least)
    yield Figure("median, ms", median(served), middle, most=middle + LATER_MILLISECONDS)
    yield Figure("99 of 100, ms", _percentile(served), _percentile(least))
    yield Figure("slowest, ms", max(served), max(least))
    accounts, others = ([one.account for one in some] for some in (operator, bare))
    yield Figure("the ServiceAccount before, median, ms", median(accounts), median(others))


def _percentile(values: Sequence[float]) -> float:
    """What 99 of 100 do not exceed."""
    return sorted(values)[-(-len(values) * 99 // 100) - 1]
