"""Reads one namespace, as far as the user may."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from harbor_operator.cli.kinds import Kind
from harbor_operator.cli.why.bodies import passwords_in, read_account, read_secret
from harbor_operator.cli.why.evidence import Account, PullSecret
from harbor_operator.cli.why.targets import CRON_JOBS, JOBS, NAMESPACES, PODS, Workload
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS, JsonObject, Resource
from harbor_operator.kube.selection import Selection

EVENTS = Resource("", "v1", "events", "Event")
"""In the core group, where the kubelet writes them and fields select them."""

Passwords = Mapping[tuple[str, str], SecretStr]
"""By the pull secret's name and the key of the entry."""

_SIGNS = {"In": "in", "NotIn": "notin"}
_OF_JOB = "batch.kubernetes.io/job-name"


@dataclass(frozen=True, slots=True)
class Seen:
    """Objects of one of the operator's kinds; scope is the namespace, None for all, "" for none."""

    items: tuple[JsonObject, ...]
    scope: str | None


class Reader:
    """Reads one namespace, and notes what it may not.

    Attributes:
        notes: One line for each thing that was left out.
        passwords: Those of the pull secrets that were read.
    """

    def __init__(self, client: KubeClient, namespace: str) -> None:
        """Prepare to read; nothing is read yet."""
        self.notes: list[str] = []
        self.passwords: dict[tuple[str, str], SecretStr] = {}
        self._client = client
        self._namespace = namespace
        self._looked_at: dict[str, None] = {}

    @property
    def looked_at(self) -> tuple[str, ...]:
        """The kinds that were read, in order."""
        return tuple(self._looked_at)

    async def pods(self, workload: Workload) -> list[JsonObject]:
        """The pods of a workload, or of the namespace.

        Raises:
            NotFound: There is no such workload.
            Forbidden: The user may not read it or its pods.
            KubeError: A call failed for another reason.
        """
        self._saw(PODS)
        if workload.resource is NAMESPACES:
            return [*await self._list(Selection(PODS, self._namespace))]
        body = await self._client.get(workload.resource, workload.name, namespace=self._namespace)
        if workload.resource is PODS:
            return [body]
        labels = await self._labels(workload.resource, body)
        if labels is None:
            return []
        return [*await self._list(Selection(PODS, self._namespace, label_selector=labels))]

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
        for key, password in passwords_in(body).items():
            self.passwords[name, key] = password
        return read_secret(body)

    async def objects(self, kind: Kind) -> Seen:
        """All objects of a kind; where that is not allowed, those of the namespace."""
        for scope in (None, self._namespace):
            try:
                items = await self._list(Selection(kind.resource, scope))
            except Forbidden:
                continue
            except NotFound:
                break
            return Seen(items, scope)
        self._left_out(f"{kind.resource.plural} are left out: you may not list them")
        return Seen((), "")

    async def events(self, pod: JsonObject) -> tuple[JsonObject, ...]:
        """The Events of a pod."""
        fields = f"involvedObject.uid={pod['metadata'].get('uid', '')}"
        try:
            return await self._list(Selection(EVENTS, self._namespace, field_selector=fields))
        except Forbidden:
            self._left_out("events are left out: you may not list them")
            return ()

    async def _labels(self, resource: Resource, body: JsonObject) -> str | None:
        """How the pods of a workload are selected, None where it can have none."""
        if resource is not CRON_JOBS:
            return selector_text(body["spec"].get("selector") or {})
        jobs = await self._list(Selection(JOBS, self._namespace))
        uid = body["metadata"].get("uid")
        names = [job["metadata"]["name"] for job in jobs if uid in _owners(job)]
        return f"{_OF_JOB} in ({','.join(names)})" if names else None

    async def _list(self, selection: Selection) -> tuple[JsonObject, ...]:
        listed = await self._client.collect(selection, lambda item: item)
        self._saw(selection.resource)
        return tuple(listed.items)

    def _saw(self, resource: Resource) -> None:
        self._looked_at[resource.plural] = None

    def _left_out(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def selector_text(selector: JsonObject) -> str:
    """A workload's selector as the API server takes it in a list."""
    equal = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    return ",".join([*equal, *map(_term, selector.get("matchExpressions") or ())])


def _term(expression: JsonObject) -> str:
    key, operator = expression["key"], expression["operator"]
    if operator in _SIGNS:
        return f"{key} {_SIGNS[operator]} ({','.join(expression['values'])})"
    return key if operator == "Exists" else f"!{key}"


def _owners(body: JsonObject) -> set[str]:
    return {str(owner.get("uid")) for owner in body["metadata"].get("ownerReferences") or ()}
