"""Case `project-drift`: what it costs to find that nothing in Harbor was changed by hand.

A fleet of projects grows in three steps, and at each a drift pass over all of it is measured
against the bare reader of the same pages. The second series has a setting more for each project,
one that no page shows. Passes come once a minute, so that both series mostly wait: they run beside
each other, each with a cluster and a Harbor of its own.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench import pages
from bench.figures import Figure, bars, table
from bench.fleet import projects
from bench.pages import PROJECTS, QUOTAS, Reading
from bench.passes import PERIOD, Pass, PassMeter
from bench.readiness import converge
from bench.stage import REQUESTS, open_stage
from testbed.endtoend.running import running_operator
from testbed.harbor.costs import Cost

_NAMESPACE = "drift"
_PARTS = (0.1, 0.3, 1.0)
"""The steps, as parts of the whole fleet."""
_LOOKS_SECONDS = 50.0
"""What no page shows is looked at project by project, over four fifths of the period."""
_QUOTA_ROW_MILLISECONDS = 16
"""Harbor waits this long for each row of a list of quotas, before it looks up the row's project."""


@dataclass(frozen=True, slots=True)
class Step:
    """One size of a fleet."""

    size: int
    found: Pass
    floor: Reading


async def run(size: int) -> None:
    """Measure and print.

    Args:
        size: how many projects in the end.

    Raises:
        WorldError: something could not be started, not everything became Ready, no pass came, or
            one wrote something; within groups.
    """
    sizes = sorted({max(round(size * part), 1) for part in _PARTS})
    async with asyncio.TaskGroup() as series:
        showing = series.create_task(_measure(sizes, hidden=False))
        hiding = series.create_task(_measure(sizes, hidden=True))
    print(
        f"project-drift: passes over up to {size} projects that nobody has changed, none with any"
        f" write;\nat most {REQUESTS['maxConcurrent']} requests at once and"
        f" {REQUESTS['perSecond']} a second, {pages.PAGE_ROWS} rows a page\n"
    )
    steps = list(zip(showing.result(), hiding.result(), strict=True))
    print(table(figure for shown, hidden in steps for figure in _figures(shown, hidden)))
    print(f"\nHarbor requests of one pass\n{bars(dict(_lengths(steps)))}")


async def _measure(sizes: list[int], *, hidden: bool) -> list[Step]:
    """One series: a pass at each size."""
    steps: list[Step] = []
    async with open_stage(drift_period=PERIOD) as stage:
        output = stage.folder / "operator.out"
        await stage.namespace(_NAMESPACE)
        async with (
            running_operator(stage.kubeconfig, output) as operator,
            stage.admin.session() as cluster,
        ):
            await stage.connected()
            meter = PassMeter(stage.gauges, operator.pid)
            for before, size in zip([0, *sizes], sizes, strict=False):
                added = projects(_NAMESPACE, range(before, size), hidden=hidden)
                await converge(cluster, added)
                found = await meter.measure(at_least=_LOOKS_SECONDS if hidden else 0.0)
                steps.append(Step(size, found, await pages.read(stage.harbor)))
    return steps


def _figures(shown: Step, hidden: Step) -> Iterator[Figure]:
    size, found, floor = shown.size, shown.found, shown.floor
    yield Figure(f"{size} projects: Harbor requests", found.harbor.total, floor.pages, most_times=1)
    bare = {f"GET {PROJECTS}": floor.project_pages, f"GET {QUOTAS}": floor.quota_pages}
    for name, count in sorted(found.harbor.counts.items()):
        yield Figure(f"  {name}", count, bare.get(name, 0))
    cpu = 1000 * found.cpu_seconds / size
    yield Figure("  CPU time a project, ms", cpu, 1000 * floor.cpu_seconds / size)
    yield Figure(
        "  Harbor's time by its prices, s",
        _harbor_seconds(found.harbor.total, floor),
        _harbor_seconds(floor.pages, floor),
    )
    yield from _hidden_figures(hidden, shown)


def _hidden_figures(hidden: Step, shown: Step) -> Iterator[Figure]:
    """What a setting that no page shows adds, by route."""
    found = hidden.found
    yield Figure("  a hidden setting each: requests", found.harbor.total, hidden.floor.pages)
    more = found.harbor.since(shown.found.harbor)
    for name, count in sorted(more.counts.items()):
        yield Figure(f"    more {name}", count)
    yield Figure("    more requests a project", more.total / hidden.size)
    yield Figure("    CPU time a project, ms", 1000 * found.cpu_seconds / hidden.size)


def _harbor_seconds(requests: int, reading: Reading) -> float:
    """What requests that list these rows, and no others, take in a Harbor whose prices we know."""
    milliseconds = (
        requests * Cost.SESSION_REQUEST.value
        + reading.rows[PROJECTS] * Cost.LISTED_PROJECT.value
        + reading.rows[QUOTAS] * _QUOTA_ROW_MILLISECONDS
    )
    return milliseconds / 1000


def _lengths(steps: Iterable[tuple[Step, Step]]) -> Iterator[tuple[str, int]]:
    for shown, hidden in steps:
        yield f"{shown.size} projects: pages", shown.floor.pages
        yield f"{shown.size} projects: pass", shown.found.harbor.total
        yield f"{shown.size} projects: pass, a hidden setting each", hidden.found.harbor.total
