"""Runs `status`."""

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.printing import show
from harbor_operator.cli.status.arguments import StatusOptions
from harbor_operator.cli.status.collecting import collect
from harbor_operator.cli.status.screen import draw


async def run(options: StatusOptions) -> int:
    """Look at all objects that the user may see; whether all are ready."""
    async with at_cluster(options) as (client, named):
        namespace = None if options.all_namespaces else named
        report = await collect(client, namespace, now())
    show(report, options.output, lambda paper: draw(report, now(), paper))
    return ExitCode.NOT_SO if report.troubles else ExitCode.FINE
