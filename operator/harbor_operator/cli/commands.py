"""Runs the commands that need a cluster: connects, asks, prints."""

import asyncio
import dataclasses
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from harbor_operator.cli.access import find_access
from harbor_operator.cli.actions import Order, Outcome, require_sense, token_of
from harbor_operator.cli.arguments import Options
from harbor_operator.cli.clock import now
from harbor_operator.cli.collecting import collect
from harbor_operator.cli.explaining import explain, tell
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.following import Voice, carry_out
from harbor_operator.cli.gathering import gather
from harbor_operator.cli.kinds import (
    BLAST_RADIUS,
    HOLDERS,
    UNINSTALL_CHECK,
    Action,
    Target,
    read_target,
)
from harbor_operator.cli.objects import status_of
from harbor_operator.cli.printing import Paper, dump, paper_of
from harbor_operator.cli.radius import Radius
from harbor_operator.cli.radius_reading import read_radius
from harbor_operator.cli.radius_screen import draw_radius
from harbor_operator.cli.removal import Removal
from harbor_operator.cli.removal_reading import read_removal
from harbor_operator.cli.removal_screen import draw_removal
from harbor_operator.cli.report import Report
from harbor_operator.cli.screen import draw
from harbor_operator.cli.workloads import Workload, read_workload
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.resources import JsonObject

T = TypeVar("T", Report, Radius, Removal)

FIELD_MANAGER: Final = "kubectl-harbor"
_FALLBACK_NAMESPACE: Final = "default"


def run(options: Options) -> int:
    """Run one command; its exit code.

    Raises:
        CommandError: The command line or the cluster does not allow it.
        KubeError: A call failed.
        InvalidConfiguration: There is no usable kubeconfig.
    """
    # The official client logs beside the errors that it raises; one line tells enough.
    logging.getLogger().addHandler(logging.NullHandler())
    return asyncio.run(_run(options))


async def _run(options: Options) -> int:
    if options.command == "status":
        return await _status(options)
    if options.command == "why":
        return await _why(options, read_workload(options.target))
    if options.command == BLAST_RADIUS:
        return await _blast_radius(options, read_target(options.target, HOLDERS))
    if options.command == UNINSTALL_CHECK:
        return await _uninstall_check(options)
    action, target = Action(options.command), read_target(options.target)
    require_sense(action, target, all_robots=options.all_robots)
    return await _act(options, Order(action, target, token_of(now())))


async def _status(options: Options) -> int:
    access = await find_access(options.kubeconfig, options.context)
    namespace = None if options.all_namespaces else _namespace(options, access.default_namespace)
    async with KubeClient(access, field_manager=FIELD_MANAGER) as client:
        report = await collect(client, namespace, now())
    _show(options, report, draw)
    return ExitCode.NOT_SO if report.troubles else ExitCode.FINE


async def _blast_radius(options: Options, target: Target) -> int:
    access = await find_access(options.kubeconfig, options.context)
    namespace = _namespace(options, access.default_namespace)
    async with KubeClient(access, field_manager=FIELD_MANAGER) as client:
        radius = await read_radius(client, target, namespace)
    _show(options, radius, draw_radius)
    return ExitCode.FINE


async def _uninstall_check(options: Options) -> int:
    access = await find_access(options.kubeconfig, options.context)
    async with KubeClient(access, field_manager=FIELD_MANAGER) as client:
        removal = await read_removal(client, now())
    _show(options, removal, draw_removal)
    return ExitCode.FINE if removal.complete and not removal.tasks else ExitCode.NOT_SO


def _show(options: Options, report: T, draw_it: Callable[[T, datetime, Paper], str]) -> None:
    if options.output == "table":
        sys.stdout.write(draw_it(report, now(), paper_of(sys.stdout)))
    else:
        sys.stdout.write(dump(dataclasses.asdict(report), options.output))


async def _why(options: Options, workload: Workload) -> int:
    access = await find_access(options.kubeconfig, options.context)
    namespace = _namespace(options, access.default_namespace)
    async with KubeClient(access, field_manager=FIELD_MANAGER) as client:
        case = await gather(client, workload, namespace, now())
    answer = explain(case)
    if options.output == "table":
        sys.stdout.write(tell(answer, paper_of(sys.stdout)))
    else:
        sys.stdout.write(dump(dataclasses.asdict(answer), options.output))
    return ExitCode.NOT_SO if answer.failed else ExitCode.FINE


async def _act(options: Options, order: Order) -> int:
    access = await find_access(options.kubeconfig, options.context)
    kind = order.target.kind
    named = _namespace(options, access.default_namespace)
    namespace = named if kind.resource.namespaced else None
    voice = Voice(sys.stderr)
    async with KubeClient(access, field_manager=FIELD_MANAGER) as client:
        seconds = options.timeout if options.wait else None
        body, outcome = await carry_out(client, order, namespace, seconds, voice)
    if options.output == "table":
        sys.stdout.write(f"{order.target}: {outcome.sentence}\n")
    else:
        sys.stdout.write(dump(_result(order, body, outcome, options), options.output))
    return ExitCode.FINE if outcome.succeeded else ExitCode.NOT_SO


def _result(order: Order, body: JsonObject, outcome: Outcome, options: Options) -> JsonObject:
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


def _namespace(options: Options, of_context: str | None) -> str:
    return options.namespace or of_context or _FALLBACK_NAMESPACE
