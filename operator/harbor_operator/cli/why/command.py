"""Runs `why`."""

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.printing import show
from harbor_operator.cli.why.arguments import WhyOptions
from harbor_operator.cli.why.explaining import explain, tell
from harbor_operator.cli.why.gathering import gather
from harbor_operator.cli.why.workloads import read_workload


async def run(options: WhyOptions) -> int:
    """Explain the failed pulls of a workload; whether there are none."""
    workload = read_workload(options.target)
    async with at_cluster(options) as (client, namespace):
        case = await gather(client, workload, namespace, now())
    answer = explain(case)
    show(answer, options.output, lambda paper: tell(answer, paper))
    return ExitCode.NOT_SO if answer.failed else ExitCode.FINE
