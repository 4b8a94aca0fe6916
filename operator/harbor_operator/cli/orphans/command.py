"""Runs `orphans`."""

import shlex
import sys
from contextlib import AsyncExitStack
from dataclasses import replace

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.clock import now
from harbor_operator.cli.confirming import confirmed, require_answerable
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import explained, find_login, open_harbor
from harbor_operator.cli.orphans.arguments import OrphansOptions
from harbor_operator.cli.orphans.deleting import Remover
from harbor_operator.cli.orphans.facts import InCluster, InHarbor
from harbor_operator.cli.orphans.findings import Orphans
from harbor_operator.cli.orphans.harbor_reading import read_harbor
from harbor_operator.cli.orphans.judging import orphans_of
from harbor_operator.cli.orphans.reading import read_cluster
from harbor_operator.cli.orphans.screen import draw_deletions, draw_orphans
from harbor_operator.cli.printing import paper_of, show
from harbor_operator.harbor import HarborClient, IdentityKind
from harbor_operator.harbor.errors import HarborError


async def run(options: OrphansOptions) -> int:
    """Show what belongs to nobody, and take it away where that is asked for."""
    if options.delete:
        require_answerable(agreed=options.yes, ear=sys.stdin)
    async with AsyncExitStack() as stack:
        client, _ = await stack.enter_async_context(at_cluster(options))
        # What is marked comes first: an object made meanwhile is among those that are listed last.
        harbor, marked = await _ask_harbor(options, stack)
        cluster = await read_cluster(client, options.cluster_id)
        orphans = orphans_of(cluster, marked, _command(options), options.what)
        _require_found(orphans, options)
        if not options.delete:
            _show(orphans, options)
            return _code(orphans)
        _require_proven(orphans, cluster)
        if options.output == "table":
            _show(orphans, options)
        question = f"Delete these {len(orphans.orphaned)}?"
        if not orphans.orphaned or not confirmed(
            question, agreed=options.yes, ear=sys.stdin, mouth=sys.stderr
        ):
            return _code(orphans)
        remover = Remover(client, harbor, (cluster, marked))
        orphans = replace(orphans, deletions=await remover.remove(orphans.orphaned))
    if options.output == "table":
        sys.stdout.write(draw_deletions(orphans.deletions, paper_of(sys.stdout)))
    else:
        _show(orphans, options)
    return _code(orphans)


async def _ask_harbor(
    options: OrphansOptions, stack: AsyncExitStack
) -> tuple[HarborClient | None, InHarbor]:
    """What Harbor has; a note where there is no way to it, as the cluster's part is worth it."""
    try:
        login = await find_login(options)
        client = await stack.enter_async_context(open_harbor(login))
        try:
            if (await client.system.probe()).kind is IdentityKind.ANONYMOUS:
                return None, _left_out(f"it does not accept {login.credentials.username}")
            return client, await read_harbor(client, sys.stderr)
        except HarborError as error:
            raise explained(error, login) from None
    except CommandError as error:
        if error.code is ExitCode.USAGE:
            raise
        return None, _left_out(str(error))


def _left_out(reason: str) -> InHarbor:
    return InHarbor(notes=(f"Harbor is left out: {reason}",))


def _command(options: OrphansOptions) -> str:
    """What is said to take an orphan away, up to its name."""
    words = ["kubectl", "harbor", "orphans", "--delete"]
    if options.cluster_id:
        words += ["--cluster-id", options.cluster_id]
    if options.connection:
        words += ["--connection", options.connection]
    return shlex.join(words)


def _require_found(orphans: Orphans, options: OrphansOptions) -> None:
    there = {found.what for found in orphans.findings}
    for word in options.what:
        if word not in there:
            raise CommandError(f"{word} is not there, or its object is", ExitCode.NOT_FOUND)


def _require_proven(orphans: Orphans, cluster: InCluster) -> None:
    """Refuse to delete in Harbor where a clone of this cluster may be meant.

    Raises:
        CommandError: Nobody has said what this cluster's marks say.
    """
    marked = any(found.cluster for found in orphans.orphaned)
    if marked and not cluster.ids_proven:
        likely = f", such as {orphans.clusters[0]}" if orphans.clusters else ""
        raise CommandError(
            "no Deployment of the operator tells what this cluster is called in marks:"
            f" name it by --cluster-id{likely}",
            ExitCode.NOT_SO,
        )


def _show(orphans: Orphans, options: OrphansOptions) -> None:
    show(orphans, options.output, lambda paper: draw_orphans(orphans, now(), paper))


def _code(orphans: Orphans) -> ExitCode:
    left = {found.what for found in orphans.orphaned} - {
        deletion.what for deletion in orphans.deletions if deletion.done
    }
    return ExitCode.NOT_SO if left or not orphans.complete else ExitCode.FINE
