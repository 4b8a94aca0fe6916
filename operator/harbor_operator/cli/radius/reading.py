"""Reads what depends on a credential, as far as the user may."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from harbor_operator.cli.kinds import PULL_SECRET, ROBOT, Target
from harbor_operator.cli.radius.dependents import (
    Radius,
    SecretLine,
    Seen,
    Source,
    account_of,
    pod_of,
    radius_of,
    secret_of,
    selector_of,
    source_of,
    stated_secrets,
)
from harbor_operator.cli.why.targets import PODS
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS, JsonObject, Resource
from harbor_operator.kube.selection import Selection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Found(Generic[T]):
    """What lists gave, the namespaces whose list was refused, and what to tell of it."""

    items: Sequence[T]
    refused: frozenset[str] = frozenset()
    notes: Sequence[str] = ()


async def read_radius(client: KubeClient, target: Target, namespace: str) -> Radius:
    """Find what depends on the credential of a robot, or on what one pull secret delivers of it.

    Of Secrets only the metadata are asked for. What may not be listed in all namespaces is listed
    in those that are known to hold the credential; a refused list becomes a note.

    Raises:
        NotFound: There is no such object.
        Forbidden: The user may not read it.
        KubeError: A call failed for another reason.
    """
    body = await client.get(target.kind.resource, target.name, namespace=namespace)
    asked = source_of(target.kind, body)
    referring: _Found[Source] = _Found([])
    if target.kind is ROBOT:
        referring = await _referring(client, asked)
    sources = (asked, *referring.items)
    secrets = await _secrets(client, selector_of(target, body["metadata"]["uid"]), sources)
    where = {namespace, *(line.namespace for line in secrets.items)}
    accounts, pods = await asyncio.gather(
        _everywhere(client, Selection(SERVICE_ACCOUNTS), account_of, where),
        _everywhere(client, Selection(PODS), pod_of, where),
    )
    notes = [
        *referring.notes,
        *secrets.notes,
        *accounts.notes,
        *_left_out(SERVICE_ACCOUNTS, accounts.refused),
        *pods.notes,
        *_left_out(PODS, pods.refused),
    ]
    return radius_of(target, sources, Seen(secrets.items, accounts.items, pods.items, notes))


async def _referring(client: KubeClient, robot: Source) -> _Found[Source]:
    """The pull secrets that deliver a robot's credential; they are of its namespace."""
    namespace = robot.key.namespace
    read = partial(source_of, PULL_SECRET)
    found = await _within(client, Selection(PULL_SECRET.resource), read, {namespace})
    referring = [source for source in found.items if source.robot == robot.robot]
    return _Found(referring, notes=[*_left_out(PULL_SECRET.resource, found.refused)])


async def _secrets(
    client: KubeClient, selector: str, sources: Iterable[Source]
) -> _Found[SecretLine]:
    """The Secrets by their labels, or where these may not be listed, as the objects name them."""
    stated = [*stated_secrets(sources)]
    selection = Selection(SECRETS, label_selector=selector, metadata_only=True)
    namespaces = {line.namespace for line in stated}
    found = await _everywhere(client, selection, secret_of, namespaces)
    believed = [line for line in stated if line.namespace in found.refused]
    notes = [*found.notes]
    if found.refused:
        named = ", ".join(sorted(found.refused))
        notes.append(
            f"secrets in {named} are as the objects name them: you may not list them there"
        )
    return _Found([*found.items, *believed], notes=notes)


async def _everywhere(
    client: KubeClient,
    selection: Selection,
    read: Callable[[JsonObject], T | None],
    otherwise: Iterable[str],
) -> _Found[T]:
    """List in all namespaces, and where that is refused in these."""
    try:
        return _Found(await _list(client, selection, read))
    except Forbidden:
        found = await _within(client, selection, read, otherwise)
    plural = selection.resource.plural
    looked = sorted({*otherwise} - found.refused)
    only = f"{plural} are those of {', '.join(looked)}: you may not list them in all namespaces"
    return _Found(found.items, found.refused, [only] if looked else [])


async def _within(
    client: KubeClient,
    selection: Selection,
    read: Callable[[JsonObject], T | None],
    namespaces: Iterable[str],
) -> _Found[T]:
    items: list[T] = []
    refused = set()
    for namespace in sorted(namespaces):
        narrowed = Selection(
            selection.resource,
            namespace,
            label_selector=selection.label_selector,
            metadata_only=selection.metadata_only,
        )
        try:
            items += await _list(client, narrowed, read)
        except Forbidden:
            refused.add(namespace)
    return _Found(items, frozenset(refused))


async def _list(
    client: KubeClient, selection: Selection, read: Callable[[JsonObject], T | None]
) -> list[T]:
    listed = await client.collect(selection, read)
    return [item for item in listed.items if item is not None]


def _left_out(resource: Resource, namespaces: Iterable[str]) -> Iterator[str]:
    named = ", ".join(sorted(namespaces))
    if named:
        yield f"{resource.plural} are left out: you may not list them in {named}"
