"""Runs `blast-radius`."""

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.kinds import HOLDERS, read_target
from harbor_operator.cli.printing import show
from harbor_operator.cli.radius.arguments import RadiusOptions
from harbor_operator.cli.radius.reading import read_radius
from harbor_operator.cli.radius.screen import draw_radius


async def run(options: RadiusOptions) -> int:
    """Show what depends on a credential."""
    target = read_target(options.target, HOLDERS)
    async with at_cluster(options) as (client, namespace):
        radius = await read_radius(client, target, namespace)
    show(radius, options.output, lambda paper: draw_radius(radius, now(), paper))
    return ExitCode.FINE
