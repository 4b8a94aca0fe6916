"""Runs `doctor`."""

import sys
from importlib.metadata import version

from harbor_operator.cli.access import at_cluster, find_access
from harbor_operator.cli.clock import now
from harbor_operator.cli.doctor.arguments import DoctorOptions
from harbor_operator.cli.doctor.checks import Check, diagnosis_of
from harbor_operator.cli.doctor.cluster_reading import check_cluster, clock_of
from harbor_operator.cli.doctor.connection_reading import check_connections
from harbor_operator.cli.doctor.installed import check_clock
from harbor_operator.cli.doctor.screen import draw_diagnosis
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.printing import show
from harbor_operator.cli.progress import Progress


async def run(options: DoctorOptions) -> int:
    """Look at everything; whether nothing fails."""
    access = await find_access(options.kubeconfig, options.context)
    checks: list[Check] = []
    async with at_cluster(options) as (client, namespace):
        with Progress(sys.stderr, "checks") as progress:
            plugin = version("harbor-operator")
            async for check in check_cluster(client, namespace, plugin, now()):
                checks.append(check)
                progress.step()
            checks.append(check_clock("clock of the API server", await clock_of(access, now)))
            checks += await check_connections(client, options.connection, now)
    diagnosis = diagnosis_of(checks)
    show(diagnosis, options.output, lambda paper: draw_diagnosis(diagnosis, paper))
    return ExitCode.NOT_SO if diagnosis.failed else ExitCode.FINE
