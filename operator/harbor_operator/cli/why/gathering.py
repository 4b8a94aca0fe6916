"""Gathers the evidence of failed pulls from the cluster, as far as the user may."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from harbor_operator.cli.kinds import PULL_SECRET, ROBOT, Kind
from harbor_operator.cli.objects import read_time
from harbor_operator.cli.why.evidence import (
    Account,
    Delivery,
    Evidence,
    PullSecret,
    Robot,
    names_in,
    read_account,
    read_delivery,
    read_robot,
    read_secret,
    waiting_in,
)
from harbor_operator.cli.why.workloads import PODS, Workload
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS, JsonObject, Resource
from harbor_operator.kube.selection import Selection

EVENTS: Final = Resource("", "v1", "events", "Event")
"""In the core group, where the kubelet writes them and fields select them."""

_DEFAULT_ACCOUNT: Final = "default"
_SIGNS: Final = {"In": "in", "NotIn": "notin"}
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """What was found out about a workload.

    Attributes:
        workload: What was asked about.
        namespace: Where it is.
        pods: How many pods it has.
        evidence: One for each container that waits for its image.
        looked_at: What was read.
        notes: What could not be read.
    """

    workload: Workload
    namespace: str
    pods: int
    evidence: tuple[Evidence, ...]
    looked_at: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Objects of one of the operator's kinds; scope is the namespace, None for all, "" for none."""

    items: tuple[JsonObject, ...]
    scope: str | None


async def gather(client: KubeClient, workload: Workload, namespace: str, now: datetime) -> Case:
    """Read the pods, and of those that cannot pull what bears on it.

    Raises:
        NotFound: There is no such workload.
        Forbidden: The user may not read it or its pods.
        KubeError: A call failed for another reason.
    """
    pods = await _pods(client, workload, namespace)
    failing = [pod for pod in pods if any(waiting_in(pod))]
    if not failing:
        return Case(workload, namespace, len(pods), (), ("pods",), ())
    reader = _Reader(client, namespace)
    accounts = {name: await reader.account(name) for name in sorted({*map(_account_of, failing)})}
    names = {name for pod in failing for name in names_in(pod["spec"])}
    names |= {name for account in accounts.values() if account for name in account.secrets}
    secrets = {name: await reader.secret(name) for name in sorted(names)}
    robots, deliveries = await asyncio.gather(reader.objects(ROBOT), reader.objects(PULL_SECRET))
    evidence = tuple(
        [
            one
            for pod in failing
            for one in _evidence(
                pod,
                await reader.events(pod),
                _Surroundings(
                    accounts[_account_of(pod)],
                    secrets,
                    tuple(map(read_robot, robots.items)),
                    tuple(map(read_delivery, deliveries.items)),
                    robots.scope,
                    now,
                ),
            )
        ]
    )
    return Case(workload, namespace, len(pods), evidence, reader.looked_at, tuple(reader.notes))


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the failing pods of a namespace have in common, and the time."""

    account: Account | None
    secrets: Mapping[str, PullSecret]
    robots: tuple[Robot, ...]
    deliveries: tuple[Delivery, ...]
    robots_of: str | None
    now: datetime


class _Reader:
    """Reads one namespace, and notes what it may not.

    Attributes:
        notes: One line for each thing that was left out.
    """

    def __init__(self, client: KubeClient, namespace: str) -> None:
        self.notes: list[str] = []
        self._client = client
        self._namespace = namespace
        self._looked_at: dict[str, None] = {"pods": None}

    @property
    def looked_at(self) -> tuple[str, ...]:
        """The kinds that were read, in order."""
        return tuple(self._looked_at)

    async def account(self, name: str) -> Account | None:
        """One ServiceAccount, None where there is none to see."""
        try:
            body = await self._client.get(SERVICE_ACCOUNTS, name, namespace=self._namespace)
        except Forbidden:
            self._left_out(f"ServiceAccount {name} is left out: you may not get it")
            return None
        except NotFound:
            return None
        self._saw(SERVICE_ACCOUNTS)
        return read_account(body)

    async def secret(self, name: str) -> PullSecret:
        """One pull secret, whether or not there is one to see."""
        try:
            body = await self._client.get(SECRETS, name, namespace=self._namespace)
        except Forbidden:
            self._left_out(f"Secret {name} is left out: you may not get it")
            return PullSecret(name, exists=None)
        except NotFound:
            self._saw(SECRETS)
            return PullSecret(name, exists=False)
        self._saw(SECRETS)
        return read_secret(body)

    async def objects(self, kind: Kind) -> _Seen:
        """All objects of a kind; where that is not allowed, those of the namespace."""
        for scope in (None, self._namespace):
            try:
                items = await self._list(Selection(kind.resource, scope))
            except Forbidden:
                continue
            except NotFound:
                break
            return _Seen(items, scope)
        self._left_out(f"{kind.resource.plural} are left out: you may not list them")
        return _Seen((), "")

    async def events(self, pod: JsonObject) -> tuple[JsonObject, ...]:
        """The Events of a pod."""
        fields = f"involvedObject.uid={pod['metadata'].get('uid', '')}"
        try:
            return await self._list(Selection(EVENTS, self._namespace, field_selector=fields))
        except Forbidden:
            self._left_out("events are left out: you may not list them")
            return ()

    async def _list(self, selection: Selection) -> tuple[JsonObject, ...]:
        listed = await self._client.collect(selection, lambda item: item)
        self._saw(selection.resource)
        return tuple(listed.items)

    def _saw(self, resource: Resource) -> None:
        self._looked_at[resource.plural] = None

    def _left_out(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


async def _pods(client: KubeClient, workload: Workload, namespace: str) -> list[JsonObject]:
    body = await client.get(workload.resource, workload.name, namespace=namespace)
    if workload.resource is PODS:
        return [body]
    labels = selector_text(body["spec"].get("selector") or {})
    selected = Selection(PODS, namespace, label_selector=labels)
    return [*(await client.collect(selected, lambda item: item)).items]


def selector_text(selector: JsonObject) -> str:
    """A deployment's selector as the API server takes it in a list."""
    equal = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    return ",".join([*equal, *map(_term, selector.get("matchExpressions") or ())])


def _term(expression: JsonObject) -> str:
    key, operator = expression["key"], expression["operator"]
    if operator in _SIGNS:
        return f"{key} {_SIGNS[operator]} ({','.join(expression['values'])})"
    return key if operator == "Exists" else f"!{key}"


def _account_of(pod: JsonObject) -> str:
    return str(pod["spec"].get("serviceAccountName") or _DEFAULT_ACCOUNT)


def _evidence(
    pod: JsonObject, events: Iterable[JsonObject], around: _Surroundings
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
            around.now,
            (message, *(str(e.get("message", "")) for e in newest if _is_about(e, image))),
            names_in(pod["spec"]),
            around.account,
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
