"""The one entry of ours among a ServiceAccount's imagePullSecrets."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from harbor_operator.api.base import ANNOTATION_IMAGE_PULL_SECRETS

Operation = dict[str, Any]
"""One operation of a JSON patch (RFC 6902)."""

NONE: Final[Mapping[str, str]] = MappingProxyType({})
"""An empty mapping for all who have one: a dict of its own takes as much as the object itself."""

_NOTE: Final = f"/metadata/annotations/{ANNOTATION_IMAGE_PULL_SECRETS.replace('/', '~1')}"
"""Where our annotation is, as a JSON pointer (RFC 6901)."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What decisions need of a ServiceAccount."""

    version: int
    pull_secrets: tuple[str, ...]
    """Names of its imagePullSecrets, in order."""
    noted: Mapping[str, str] = field(default_factory=dict)
    """Those of them that the operator added, with the uid of the object it was for."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotated: bool = False
    """Whether it has annotations at all, ours or others'."""


def summarize_account(body: Mapping[str, Any]) -> ServiceAccount:
    """What is remembered of a ServiceAccount that the API server sent."""
    entries = body.get("imagePullSecrets") or []
    return ServiceAccount(
        version=int(body["metadata"]["resourceVersion"]),
        pull_secrets=tuple(entry.get("name", "") for entry in entries),
        noted=noted_in(body) or NONE,
        labels=body["metadata"].get("labels") or NONE,
        annotated=bool(body["metadata"].get("annotations")),
    )


def noted_in(body: Mapping[str, Any]) -> dict[str, str]:
    """Which pull secrets our annotation says are ours; an edited annotation says nothing."""
    annotations = body["metadata"].get("annotations") or {}
    try:
        noted = json.loads(annotations.get(ANNOTATION_IMAGE_PULL_SECRETS, "{}"))
    except ValueError:
        return {}
    if not isinstance(noted, dict):
        return {}
    return {str(name): str(uid) for name, uid in noted.items()}


def account_patch(
    account: ServiceAccount, secret: str, owner_uid: str, *, add: bool, heir_uid: str | None = None
) -> list[Operation]:
    """The JSON patch that adds or removes our entry and our note of it; empty if there is nothing.

    Entries are bare names, so only what is noted is ours: an entry that somebody else made is
    neither noted nor removed. Foreign entries keep their order.

    Args:
        account: The ServiceAccount in the version that the patch is for.
        secret: Name of the pull secret.
        owner_uid: The object that wants it there.
        add: Whether to add or to remove it.
        heir_uid: The object that gets the pull secret now. The entry stays and becomes its own:
            a pod made in between would never get the secret.
    """
    if heir_uid is not None:
        return _bequest(account, secret, owner_uid, heir_uid)
    names, noted = account.pull_secrets, account.noted
    changes = _addition(names, secret) if add else _removal(names, secret, noted, owner_uid)
    note = {**noted, secret: owner_uid} if add else _without(noted, secret, owner_uid)
    if not changes and note == noted:
        return []
    if add and not changes:
        return []
    return [_version_test(account), *changes, *_note(account, note)]


def _bequest(
    account: ServiceAccount, secret: str, owner_uid: str, heir_uid: str
) -> list[Operation]:
    if account.noted.get(secret) != owner_uid:
        return []
    return [_version_test(account), *_note(account, {**account.noted, secret: heir_uid})]


def _version_test(account: ServiceAccount) -> Operation:
    return {"op": "test", "path": "/metadata/resourceVersion", "value": str(account.version)}


def _addition(names: Sequence[str], secret: str) -> list[Operation]:
    if secret in names:
        return []
    entry = {"name": secret}
    if not names:
        return [{"op": "add", "path": "/imagePullSecrets", "value": [entry]}]
    return [{"op": "add", "path": "/imagePullSecrets/-", "value": entry}]


def _removal(
    names: Sequence[str], secret: str, noted: Mapping[str, str], owner_uid: str
) -> list[Operation]:
    if noted.get(secret) != owner_uid or secret not in names:
        return []
    path = f"/imagePullSecrets/{names.index(secret)}"
    return [
        {"op": "test", "path": f"{path}/name", "value": secret},
        {"op": "remove", "path": path},
    ]


def _without(noted: Mapping[str, str], secret: str, owner_uid: str) -> dict[str, str]:
    return {name: uid for name, uid in noted.items() if (name, uid) != (secret, owner_uid)}


def _note(account: ServiceAccount, noted: Mapping[str, str]) -> list[Operation]:
    """Change our annotation; the version is tested in the same patch, so it is as it was read."""
    if not noted:
        return [{"op": "remove", "path": _NOTE}] if account.noted else []
    text = json.dumps(noted, sort_keys=True)
    if account.annotated:
        return [{"op": "add", "path": _NOTE, "value": text}]
    annotations = {ANNOTATION_IMAGE_PULL_SECRETS: text}
    return [{"op": "add", "path": "/metadata/annotations", "value": annotations}]
