"""Runs `uninstall-check`."""

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.printing import show
from harbor_operator.cli.removal.arguments import RemovalOptions
from harbor_operator.cli.removal.reading import read_removal
from harbor_operator.cli.removal.screen import draw_removal


async def run(options: RemovalOptions) -> int:
    """Tell what is left to do; whether nothing is."""
    async with at_cluster(options) as (client, _):
        removal = await read_removal(client, now())
    show(removal, options.output, lambda paper: draw_removal(removal, now(), paper))
    return ExitCode.FINE if removal.complete and not removal.tasks else ExitCode.NOT_SO
