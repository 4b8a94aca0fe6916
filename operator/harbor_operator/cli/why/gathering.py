"""Gathers the evidence of failed pulls from the cluster, as far as the user may."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.images import Image
from harbor_operator.cli.kinds import PULL_SECRET, ROBOT
from harbor_operator.cli.objects import read_time
from harbor_operator.cli.why.arguments import DEFAULT_ACCOUNT
from harbor_operator.cli.why.bodies import names_in, read_delivery, read_robot, waiting_in
from harbor_operator.cli.why.evidence import Account, Delivery, Evidence, PullSecret, Robot
from harbor_operator.cli.why.reader import Passwords, Reader
from harbor_operator.cli.why.targets import Workload
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.resources import JsonObject

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """What was found out about a workload or an image.

    Attributes:
        target: What was asked about.
        namespace: Where it is.
        pods: How many pods it has, None for an image.
        evidence: One for each container that waits for its image, or the one of the image.
        looked_at: What was read.
        notes: What could not be read.
        passwords: Those of the pull secrets, which nothing prints.
    """

    target: str
    namespace: str
    pods: int | None
    evidence: tuple[Evidence, ...]
    looked_at: tuple[str, ...]
    notes: tuple[str, ...]
    passwords: Passwords = field(default_factory=dict, repr=False)


async def gather(client: KubeClient, workload: Workload, namespace: str, now: datetime) -> Case:
    """Read the pods, and of those that cannot pull what bears on it.

    Raises:
        NotFound: There is no such workload.
        Forbidden: The user may not read it or its pods.
        KubeError: A call failed for another reason.
    """
    reader = Reader(client, namespace)
    pods = await reader.pods(workload)
    failing = [pod for pod in pods if any(waiting_in(pod))]
    if not failing:
        return Case(str(workload), namespace, len(pods), (), reader.looked_at, ())
    accounts = {name: await reader.account(name) for name in sorted({*map(_account_of, failing)})}
    named = [name for pod in failing for name in names_in(pod["spec"])]
    around = await _read_around(reader, [*accounts.values()], named)
    evidence = tuple(
        [
            one
            for pod in failing
            for one in _of_pod(
                pod, await reader.events(pod), accounts[_account_of(pod)], around, now
            )
        ]
    )
    return _case(str(workload), namespace, len(pods), evidence, reader)


async def gather_image(
    client: KubeClient, image: Image, namespace: str, account: str, now: datetime
) -> Case:
    """Read what a new pod of a ServiceAccount would pull an image with.

    Raises:
        CommandError: There is no such ServiceAccount.
        KubeError: A call failed.
    """
    reader = Reader(client, namespace)
    found = await reader.account(account)
    if found is None and not reader.notes:
        raise CommandError(
            f"there is no ServiceAccount {account} in namespace {namespace}", ExitCode.NOT_FOUND
        )
    named = found.secrets if found else ()
    around = await _read_around(reader, [found], named)
    evidence = Evidence(
        namespace,
        "",
        "",
        str(image),
        "",
        now,
        named=named,
        account=found or Account(account),
        secrets=around.secrets,
        robots=around.robots,
        deliveries=around.deliveries,
        robots_of=around.robots_of,
    )
    return _case(str(image), namespace, None, (evidence,), reader)


@dataclass(frozen=True, slots=True)
class _Around:
    """What the pods of a namespace have in common."""

    secrets: Mapping[str, PullSecret]
    robots: tuple[Robot, ...]
    deliveries: tuple[Delivery, ...]
    robots_of: str | None


async def _read_around(
    reader: Reader, accounts: Iterable[Account | None], named: Iterable[str]
) -> _Around:
    names = {*named, *(name for account in accounts if account for name in account.secrets)}
    secrets = {name: await reader.secret(name) for name in sorted(names)}
    robots, deliveries = await asyncio.gather(reader.objects(ROBOT), reader.objects(PULL_SECRET))
    return _Around(
        secrets,
        tuple(map(read_robot, robots.items)),
        tuple(map(read_delivery, deliveries.items)),
        robots.scope,
    )


def _case(
    target: str, namespace: str, pods: int | None, evidence: tuple[Evidence, ...], reader: Reader
) -> Case:
    looked_at, notes = reader.looked_at, tuple(reader.notes)
    return Case(target, namespace, pods, evidence, looked_at, notes, reader.passwords)


def _account_of(pod: JsonObject) -> str:
    return str(pod["spec"].get("serviceAccountName") or DEFAULT_ACCOUNT)


def _of_pod(
    pod: JsonObject,
    events: Iterable[JsonObject],
    account: Account | None,
    around: _Around,
    now: datetime,
) -> Iterator[Evidence]:
    metadata = pod["metadata"]
    newest = sorted(events, key=_last_seen, reverse=True)
    for container, image, reason, message in waiting_in(pod):
        yield Evidence(
            metadata["namespace"],
            metadata["name"],
            container,
            image,
            reason,
            now,
            (message, *(str(e.get("message", "")) for e in newest if _is_about(e, image))),
            names_in(pod["spec"]),
            account,
            around.secrets,
            around.robots,
            around.deliveries,
            around.robots_of,
        )


def _is_about(event: JsonObject, image: str) -> bool:
    return event.get("reason") == "Failed" and f'"{image}"' in str(event.get("message", ""))


def _last_seen(event: JsonObject) -> datetime:
    series = event.get("series") or {}
    stated = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return next(filter(None, map(read_time, stated)), _LONG_AGO)
