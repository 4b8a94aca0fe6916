"""Runs the actions on objects."""

import sys

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.acting.actions import Order, Outcome, require_sense, token_of
from harbor_operator.cli.acting.arguments import ActOptions
from harbor_operator.cli.acting.following import Voice, carry_out
from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.kinds import Action, read_target
from harbor_operator.cli.objects import status_of
from harbor_operator.cli.printing import dump
from harbor_operator.kube.resources import JsonObject


async def run(options: ActOptions) -> int:
    """Ask something of one object, and wait for its end if that is wanted; whether it was done."""
    action, target = Action(options.command), read_target(options.target)
    require_sense(action, target, all_robots=options.all_robots)
    order = Order(action, target, token_of(now()))
    seconds = options.timeout if options.wait else None
    async with at_cluster(options) as (client, named):
        namespace = named if target.kind.resource.namespaced else None
        body, outcome = await carry_out(client, order, namespace, seconds, Voice(sys.stderr))
    if options.output == "table":
        sys.stdout.write(f"{order.target}: {outcome.sentence}\n")
    else:
        sys.stdout.write(dump(_result(order, body, outcome, options), options.output))
    return ExitCode.FINE if outcome.succeeded else ExitCode.NOT_SO


def _result(order: Order, body: JsonObject, outcome: Outcome, options: ActOptions) -> JsonObject:
    metadata = body["metadata"]
    return {
        "action": order.action,
        "kind": order.target.kind.resource.kind,
        "metadata": {key: metadata[key] for key in ("namespace", "name") if key in metadata},
        "token": order.token,
        "waited": options.wait,
        "succeeded": outcome.succeeded,
        "message": outcome.sentence,
        "conditions": status_of(body).get("conditions", []),
    }
