"""Takes orphans away, each after a last look at it and at what may own it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Final

from harbor_operator.api.base import LABEL_OWNER_KIND, LABEL_OWNER_UID, LABEL_ROBOT_UID
from harbor_operator.cli.kinds import KINDS
from harbor_operator.cli.orphans.facts import (
    CONNECTED,
    PROJECT,
    PULL_SECRET,
    ROBOT,
    Account,
    Endpoint,
    Entry,
    InCluster,
    InHarbor,
    ManagedSecret,
    ProjectMark,
)
from harbor_operator.cli.orphans.findings import Deletion, Finding
from harbor_operator.cli.orphans.harbor_reading import mark_of
from harbor_operator.cli.orphans.reading import MANAGED
from harbor_operator.core.connection.upstreams import marked_by
from harbor_operator.core.ownership import parse_mark
from harbor_operator.core.pullsecret.entries import account_patch, summarize_account
from harbor_operator.harbor import HarborClient
from harbor_operator.harbor.errors import HarborError
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Conflict, Invalid, KubeError, NotFound
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS, JsonObject, Resource

_CHANGED: Final = "left alone: it is not as it was"
_OWNED: Final = "left alone: its object is there"
_DELETED: Final = "deleted"
_RESOURCES: Final = {kind.resource.kind: kind.resource for kind in KINDS}


class _KeptError(Exception):
    """A last look has shown that it must stay; the message says why."""


class Remover:
    """Takes away what was found, unless it has changed or its object is there after all."""

    def __init__(
        self, client: KubeClient, harbor: HarborClient | None, found: tuple[InCluster, InHarbor]
    ) -> None:
        """Prepare.

        Args:
            client: The cluster.
            harbor: Harbor, None where it was not asked.
            found: What was seen of both.
        """
        self._client = client
        self._harbor = harbor
        cluster, marked = found
        self._ways: Mapping[str, Callable[[], Awaitable[str]]] = {
            **{f"account/{one.id}": partial(self._account, one) for one in marked.accounts},
            **{f"mark/{one.project}": partial(self._mark, one) for one in marked.marks},
            **{f"registry/{one.name}": partial(self._endpoint, one) for one in marked.endpoints},
            **{
                f"secret/{one.namespace}/{one.name}": partial(self._secret, one)
                for one in cluster.secrets
            },
            **{
                f"entry/{one.namespace}/{one.account}/{one.secret}": partial(self._entry, one)
                for one in cluster.entries
            },
        }

    async def remove(self, orphans: Iterable[Finding]) -> tuple[Deletion, ...]:
        """Take them away one after the other; what fails is told and the others go on."""
        return tuple([await self._try(finding.what) for finding in orphans])

    async def _try(self, what: str) -> Deletion:
        try:
            return Deletion(what, done=True, sentence=await self._ways[what]())
        except _KeptError as kept:
            return Deletion(what, done=False, sentence=str(kept))
        except (HarborError, KubeError) as error:
            return Deletion(what, done=False, sentence=f"failed: {error}")

    async def _account(self, account: Account) -> str:
        mark = parse_mark(account.description.strip())
        if mark is None:
            raise _KeptError(_CHANGED)
        await self._require_gone(ROBOT, mark.uid, mark.namespace, mark.name)
        await self._require_undelivered(mark.uid)
        harbor = self._at_harbor()
        again = await harbor.robots.get(account.id)
        if again is None or (again.name, again.description) != (account.name, account.description):
            raise _KeptError(_CHANGED)
        await harbor.robots.delete(account.id)
        return _DELETED

    async def _mark(self, label: ProjectMark) -> str:
        mark = parse_mark(label.text)
        if mark is None:
            raise _KeptError(_CHANGED)
        await self._require_gone(PROJECT, None, mark.namespace, mark.name)
        harbor = self._at_harbor()
        if await mark_of(harbor, label.project, label.project_id) != label:
            raise _KeptError(_CHANGED)
        await harbor.labels.delete(label.label_id)
        return "deleted: the project stays, and anybody may adopt it"

    async def _endpoint(self, endpoint: Endpoint) -> str:
        named = marked_by(endpoint.description)
        if named is None:
            raise _KeptError(_CHANGED)
        await self._require_gone(CONNECTED, None, "", named[1])
        harbor = self._at_harbor()
        again = await harbor.registries.find(endpoint.name)
        if again is None or (again.id, again.description) != (endpoint.id, endpoint.description):
            raise _KeptError(_CHANGED)
        await harbor.registries.delete(endpoint.id)
        return _DELETED

    async def _secret(self, secret: ManagedSecret) -> str:
        await self._require_gone(
            secret.owner_kind, secret.owner_uid, secret.owner_namespace, secret.owner_name
        )
        body = await self._reread(SECRETS, secret.name, secret.namespace)
        metadata = body["metadata"]
        if (metadata.get("labels") or {}).get(LABEL_OWNER_UID) != secret.owner_uid:
            raise _KeptError(_CHANGED)
        try:
            await self._client.delete(
                SECRETS,
                secret.name,
                namespace=secret.namespace,
                uid=metadata["uid"],
                resource_version=metadata["resourceVersion"],
            )
        except (Conflict, NotFound):
            raise _KeptError(_CHANGED) from None
        return _DELETED

    async def _entry(self, entry: Entry) -> str:
        await self._require_gone(PULL_SECRET, entry.owner_uid)
        body = await self._reread(SERVICE_ACCOUNTS, entry.account, entry.namespace)
        operations = account_patch(
            summarize_account(body), entry.secret, entry.owner_uid, add=False
        )
        if not operations:
            raise _KeptError(_CHANGED)
        try:
            await self._client.patch_json(
                SERVICE_ACCOUNTS, entry.account, operations, namespace=entry.namespace
            )
        except (Conflict, Invalid, NotFound):
            raise _KeptError(_CHANGED) from None
        return _DELETED

    async def _require_gone(
        self, kind: str, uid: str | None, namespace: str | None = None, name: str = ""
    ) -> None:
        """Ask by a list, as a 404 to that would mean that the kind is gone, which proves nothing.

        Args:
            kind: The object's kind.
            uid: Its uid; None where whatever is in its place counts.
            namespace: Its namespace, empty for a connection; None where it is not known.
            name: Its name, where the namespace is known.
        """
        listed = await self._client.list(
            _RESOURCES[kind],
            namespace=namespace or None,
            field_selector=None if namespace is None else f"metadata.name={name}",
            metadata_only=True,
        )
        if any(uid in {None, body["metadata"]["uid"]} for body in listed.items):
            raise _KeptError(_OWNED)

    async def _require_undelivered(self, robot_uid: str) -> None:
        listed = await self._client.list(
            SECRETS, label_selector=f"{MANAGED},{LABEL_ROBOT_UID}={robot_uid}", metadata_only=True
        )
        for body in listed.items:
            if body["metadata"]["labels"].get(LABEL_OWNER_KIND) == PULL_SECRET:
                raise _KeptError("left alone: a pull secret holds its login")

    async def _reread(self, resource: Resource, name: str, namespace: str) -> JsonObject:
        try:
            return await self._client.get(resource, name, namespace=namespace)
        except NotFound:
            raise _KeptError(_CHANGED) from None

    def _at_harbor(self) -> HarborClient:
        if self._harbor is None:
            raise _KeptError("left alone: Harbor was not asked")
        return self._harbor
