"""Runs `promote`."""

import sys
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import at_harbor
from harbor_operator.cli.printing import show
from harbor_operator.cli.progress import Progress
from harbor_operator.cli.promoting.arguments import NAME, PromoteOptions
from harbor_operator.cli.promoting.carrying import carry
from harbor_operator.cli.promoting.gates import Demands, ended, judged, notes_on
from harbor_operator.cli.promoting.model import Facts, Outcome, Place, Promotion
from harbor_operator.cli.promoting.naming import read_wanted
from harbor_operator.cli.promoting.reading import read_facts
from harbor_operator.cli.promoting.scanning import Scanning
from harbor_operator.cli.promoting.screen import draw, summary
from harbor_operator.cli.promoting.sides import with_names
from harbor_operator.harbor import HarborClient, Limits

_LIMITS: Final = Limits(max_response_bytes=64 * 1024 * 1024)
"""A report of some thousand findings is ten times what other answers are."""
_FINE: Final = frozenset({Outcome.PROMOTED, Outcome.ALREADY, Outcome.POSSIBLE})


async def run(options: PromoteOptions) -> int:
    """Look at all gates, copy the image where none fails, and tell how it is pulled."""
    options = await with_names(options)
    async with at_harbor(options, limits=_LIMITS) as (client, login):
        hosts = login.hosts or (urlsplit(login.url).netloc,)
        promotion = await promote(client, hosts, options)
    _print(promotion, options.output)
    return ExitCode.FINE if promotion.outcome in _FINE else ExitCode.NOT_SO


async def promote(
    client: HarborClient, hosts: tuple[str, ...], options: PromoteOptions
) -> Promotion:
    """Promote an image between two projects that are given by their names in Harbor.

    Args:
        client: The way to Harbor.
        hosts: Where registry clients find it, the one to name first.
        options: What is wanted.

    Raises:
        CommandError: There is no such image or project.
        HarborError: Harbor failed or refused.
    """
    wanted = read_wanted(options.image, options.source, hosts)
    if wanted.project == options.to:
        raise CommandError(f"{options.image} is in project {options.to}", ExitCode.USAGE)
    target = Place(options.to, wanted.repository)
    demands = Demands(
        options.max_severity,
        options.allow_unscanned,
        options.require_signature,
        options.force,
    )
    tag = options.tag or wanted.tag
    with Progress(sys.stderr, "looks at the scan") as progress:
        patience = options.timeout if options.scan else None
        scanning = Scanning(client, hosts[0], patience, progress.step)
        facts = await read_facts(client, wanted, target, tag, scanning)
    promotion = Promotion(
        outcome=Outcome.REFUSED,
        source=f"{hosts[0]}/{facts.source.path}@{facts.digest}",
        reference=f"{hosts[0]}/{target.path}@{facts.digest}",
        digest=facts.digest,
        tag=tag,
        gates=judged(facts, demands),
        notes=notes_on(facts, demands),
    )
    return promotion if promotion.failed else await _go_on(client, facts, promotion, options)


async def _go_on(
    client: HarborClient, facts: Facts, promotion: Promotion, options: PromoteOptions
) -> Promotion:
    """Carry out what no gate stops, as far as it is wanted and not done yet."""
    if options.dry_run or facts.done:
        there = facts.attached_there
        outcome = Outcome.ALREADY if facts.done else Outcome.POSSIBLE
    else:
        there, outcome = await carry(client, facts), Outcome.PROMOTED
    return ended(replace(promotion, outcome=outcome), facts, there)


def _print(promotion: Promotion, form: str) -> None:
    if form != NAME:
        show(promotion, form, lambda paper: draw(promotion, paper))
    elif promotion.outcome in _FINE:
        sys.stdout.write(f"{promotion.reference}\n")
    else:
        reasons = [f"{gate.name}: {gate.reason}\n" for gate in promotion.failed]
        sys.stderr.write("".join([*reasons, f"{summary(promotion)}\n"]))
