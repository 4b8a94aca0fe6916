"""Case `fanout`: one new pull secret into every namespace and its `default` ServiceAccount.

The namespaces are there before. The bare loop makes the same writes before and after the operator,
with other names, and its mean counts.
"""

from collections.abc import Iterator
from statistics import fmean

from bench import bare_delivery, profiled
from bench.deliveries import (
    DISTRIBUTION,
    PERIOD,
    PLATFORM,
    Delivery,
    by_floor,
    by_operator,
    figures,
    make_pull_secret,
    settle,
)
from bench.figures import Figure, table
from bench.namespaces import TARGET, make_namespaces
from bench.parallel import DELIVERIES
from bench.stage import Stage, open_stage
from testbed.endtoend.running import running_operator

RATE_TIMES = 0.8
"""The goal, as a part of the bare loop's rate."""
_PART = 5
"""The smaller of the two sizes is this part of the larger."""
_WRITES = 2
"""In each namespace: the Secret, and its name in the ServiceAccount."""


async def run(size: int) -> None:
    """Measure and print, at a fifth of the size and at all of it.

    Args:
        size: how many namespaces.

    Raises:
        WorldError: something could not be started, or not every namespace was served in time.
    """
    for count in (max(1, size // _PART), size):
        async with open_stage(drift_period=PERIOD, distribution=DISTRIBUTION) as stage:
            await _measure(stage, [f"target-{number}" for number in range(count)])


async def _measure(stage: Stage, targets: list[str]) -> None:
    async with stage.admin.session() as api:
        await make_namespaces(api, targets, TARGET)
    before = await _run_floor(stage, "bare-before", targets, first=True)
    delivery, profile = await _run_operator(stage, targets)
    after = await _run_floor(stage, "bare-after", targets, first=False)
    print(f"fanout: {len(targets)} namespaces; the bare loop makes {DELIVERIES} at once\n")
    rows = [*_rates(delivery, (before, after), len(targets))]
    print(table([*rows, *figures(delivery, (before, after), len(targets))]))
    print(profile)


async def _run_floor(stage: Stage, name: str, targets: list[str], *, first: bool) -> Delivery:
    entry = bare_delivery.entry(name, first=first)
    secret = bare_delivery.secret(name, "a")
    return await by_floor(stage, bare_delivery.Task(stage.floor, targets, secret, entry))


async def _run_operator(stage: Stage, targets: list[str]) -> tuple[Delivery, str]:
    output = stage.folder / "operator.out"
    module = profiled.operator_module()
    async with running_operator(stage.kubeconfig, output, module=module) as operator:
        await settle(stage, operator, [PLATFORM])
        delivery = await by_operator(stage, operator, targets, make_pull_secret)
    return delivery, output.read_text()


def _rates(operator: Delivery, bare: tuple[Delivery, Delivery], count: int) -> Iterator[Figure]:
    seconds = fmean(run.wall_seconds for run in bare)
    yield Figure("until all are served, s", operator.wall_seconds, seconds)
    yield Figure(
        "writes in them, /s",
        count * _WRITES / operator.wall_seconds,
        count * _WRITES / seconds,
        least_times=RATE_TIMES,
    )
