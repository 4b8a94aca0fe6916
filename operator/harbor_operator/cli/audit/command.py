"""Runs `audit`."""

import sys
from collections.abc import Sequence

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.audit.arguments import CSV, AuditOptions
from harbor_operator.cli.audit.reading import Period, read_audit, unmanaged
from harbor_operator.cli.audit.screen import csv_of, draw_audit
from harbor_operator.cli.audit.subjects import Subject, connection_of, subject_of
from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import ExitCode, not_installed
from harbor_operator.cli.harbor_access import DEFAULT_CONNECTION, at_harbor
from harbor_operator.cli.kinds import ROBOT
from harbor_operator.cli.printing import show
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import JsonObject
from harbor_operator.kube.selection import Selection


async def run(options: AuditOptions) -> int:
    """Show when robots were used last; whether none is unused that must not be."""
    present = now()
    limit = options.unused_for or options.since
    period = Period(present - options.since, limit, present)
    async with at_cluster(options) as (client, namespace):
        subjects = await _robots(client, None if options.all_namespaces else namespace, options)
    notes: list[str] = []
    async with at_harbor(options) as (harbor, _):
        if options.accounts:
            more, notes = await unmanaged(harbor)
            subjects = [*subjects, *more]
        audit = await read_audit(harbor, subjects, period, notes, sys.stderr)
    if options.output == CSV:
        sys.stdout.write(csv_of(audit))
    else:
        show(audit, options.output, lambda paper: draw_audit(audit, present, paper))
    judged = options.unused_for is not None
    return ExitCode.NOT_SO if judged and audit.unused else ExitCode.FINE


async def _robots(
    client: KubeClient, namespace: str | None, options: AuditOptions
) -> Sequence[Subject]:
    """The HarborRobots of the connection whose Harbor is asked."""
    connection = options.connection or DEFAULT_CONNECTION

    def read(body: JsonObject) -> Subject | None:
        return subject_of(body) if connection_of(body) == connection else None

    try:
        listed = await client.collect(Selection(ROBOT.resource, namespace), read)
    except NotFound:
        raise not_installed(ROBOT.resource.plural) from None
    return [subject for subject in listed.items if subject is not None]
