"""Reads what in the cluster is marked as the operator's, and the objects that may own it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, TypeVar

from harbor_operator.api.base import (
    ANNOTATION_OWNER_NAME,
    LABEL_MANAGED,
    LABEL_OWNER_KIND,
    LABEL_OWNER_NAMESPACE,
    LABEL_OWNER_UID,
    LABEL_ROBOT_UID,
    LEDGER_TYPE,
)
from harbor_operator.cli.installation import Installation, find_installations
from harbor_operator.cli.kinds import KINDS, Kind
from harbor_operator.cli.orphans.facts import (
    Entry,
    InCluster,
    ManagedSecret,
    Owner,
    Owners,
    made_at,
    owner_of,
)
from harbor_operator.core.pullsecret.entries import noted_in
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.resources import (
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    JsonObject,
    ObjectKey,
    key_of,
)
from harbor_operator.kube.selection import Selection

T = TypeVar("T")

MANAGED: Final = f"{LABEL_MANAGED}=true"
CLUSTER_ID: Final = "cluster-id"
"""The operator's setting."""


async def read_cluster(client: KubeClient, cluster_id: str | None) -> InCluster:
    """Look through all namespaces; what the user may not read becomes a note.

    What is marked is listed before what may own it: an object made meanwhile is then known. Of
    Secrets only the metadata are asked for.

    Args:
        client: The way to the cluster.
        cluster_id: What marks of this cluster say, where that is known.

    Raises:
        KubeError: A call failed.
    """
    notes: list[str] = []
    managed = Selection(SECRETS, label_selector=MANAGED, metadata_only=True)
    typed = Selection(
        SECRETS,
        label_selector=MANAGED,
        field_selector=f"type={LEDGER_TYPE}",
        metadata_only=True,
    )
    ledgers = frozenset(await _listed(client, typed, key_of, []) or ())
    secrets = await _listed(client, managed, partial(secret_of, ledgers=ledgers), notes)
    accounts = Selection(SERVICE_ACCOUNTS, metadata_only=True)
    entries = await _listed(client, accounts, entries_of, notes) or ()
    owners = await _owners(client, notes)
    ids, proven = await _cluster_ids(client, cluster_id, notes)
    return InCluster(
        owners=owners,
        secrets=tuple(secrets or ()),
        secrets_known=secrets is not None,
        entries=tuple(entry for of_account in entries for entry in of_account),
        ids=ids,
        ids_proven=proven,
        notes=tuple(notes),
    )


def secret_of(body: JsonObject, ledgers: frozenset[ObjectKey]) -> ManagedSecret:
    """Read the metadata of a managed Secret."""
    labels = body["metadata"].get("labels") or {}
    annotations = body["metadata"].get("annotations") or {}
    key = key_of(body)
    return ManagedSecret(
        namespace=key.namespace,
        name=key.name,
        owner_kind=labels.get(LABEL_OWNER_KIND, ""),
        owner_namespace=labels.get(LABEL_OWNER_NAMESPACE, ""),
        owner_name=annotations.get(ANNOTATION_OWNER_NAME, ""),
        owner_uid=labels.get(LABEL_OWNER_UID, ""),
        robot_uid=labels.get(LABEL_ROBOT_UID, ""),
        ledger=key in ledgers,
        since=made_at(body),
    )


def entries_of(body: JsonObject) -> tuple[Entry, ...]:
    """The noted entries of a ServiceAccount."""
    key = key_of(body)
    return tuple(Entry(*key, secret, uid) for secret, uid in noted_in(body).items())


def ids_in(installations: Sequence[Installation]) -> frozenset[str | None]:
    """What the operators were told to call the cluster; None for the default."""
    return frozenset(one.settings.get(CLUSTER_ID) or None for one in installations)


def are_readable(installations: Sequence[Installation]) -> bool:
    """Whether there are operators, and all that they were told stands in their Deployments."""
    return bool(installations) and all(
        one.readable and one.settings.get(CLUSTER_ID, "") is not None for one in installations
    )


async def _owners(client: KubeClient, notes: list[str]) -> Owners:
    answers = await asyncio.gather(*(_of_kind(client, kind, notes) for kind in KINDS))
    listed = {
        kind.resource.kind: found
        for kind, found in zip(KINDS, answers, strict=True)
        if found is not None
    }
    return Owners(
        frozenset(listed), {owner.uid: owner for found in listed.values() for owner in found}
    )


async def _of_kind(client: KubeClient, kind: Kind, notes: list[str]) -> Sequence[Owner] | None:
    """The objects of a kind; None where nothing is known of them, not even that there are none."""
    plural = kind.resource.plural
    try:
        return await _listed(
            client, Selection(kind.resource), partial(owner_of, kind.resource.kind), notes
        )
    except NotFound:
        notes.append(f"{plural} are not installed: nothing is known of what was theirs")
        return None


async def _listed(
    client: KubeClient,
    selection: Selection,
    read: Callable[[JsonObject], T],
    notes: list[str],
) -> Sequence[T] | None:
    try:
        return (await client.collect(selection, read)).items
    except Forbidden:
        plural = selection.resource.plural
        notes.append(f"{plural} are left out: you may not list them in all namespaces")
        return None


async def _cluster_ids(
    client: KubeClient, told: str | None, notes: list[str]
) -> tuple[frozenset[str], bool]:
    """What marks of this cluster say, and whether that is sure.

    By default an operator uses the uid of kube-system, which a cluster has in common with its
    clones: only the operator's Deployment tells that it was told nothing else.
    """
    if told is not None:
        return frozenset({told}), True
    installations: Sequence[Installation] = ()
    try:
        installations = await find_installations(client)
    except Forbidden:
        notes.append("deployments are left out: you may not list them in all namespaces")
    default = await _uid_of_cluster(client, notes)
    stated = ids_in(installations) or {None}
    ids = frozenset(id_ for id_ in _resolved(stated, default) if id_)
    return ids, are_readable(installations) and bool(ids)


def _resolved(stated: frozenset[str | None] | set[None], default: str) -> Iterator[str]:
    yield from (default if id_ is None else id_ for id_ in stated)


async def _uid_of_cluster(client: KubeClient, notes: list[str]) -> str:
    try:
        body = await client.get(NAMESPACES, "kube-system")
    except Forbidden:
        notes.append("whose marks are this cluster's is not known: name it by --cluster-id")
        return ""
    return str(body["metadata"]["uid"])
