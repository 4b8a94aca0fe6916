"""The one entry of ours among a ServiceAccount's imagePullSecrets."""

import json

from harbor_operator.api.base import ANNOTATION_IMAGE_PULL_SECRETS
from harbor_operator.engine.cluster import noted_in
from harbor_operator.kube.resources import JsonObject


def account_patch(
    body: JsonObject, secret: str, owner_uid: str, *, add: bool, heir_uid: str | None = None
) -> list[JsonObject]:
    """The JSON patch that adds or removes our entry and our note of it; empty if there is nothing.

    Entries are bare names, so only what is noted is ours: an entry that somebody else made is
    neither noted nor removed. Foreign entries keep their order.

    Args:
        body: The ServiceAccount as it was read.
        secret: Name of the pull secret.
        owner_uid: The object that wants it there.
        add: Whether to add or to remove it.
        heir_uid: The object that gets the pull secret now. The entry stays and becomes its own:
            a pod made in between would never get the secret.
    """
    if heir_uid is not None:
        return _bequest(body, secret, owner_uid, heir_uid)
    names = [entry.get("name") for entry in body.get("imagePullSecrets") or []]
    noted = noted_in(body)
    changes = _addition(names, secret) if add else _removal(names, secret, noted, owner_uid)
    note = {**noted, secret: owner_uid} if add else _without(noted, secret, owner_uid)
    if not changes and note == noted:
        return []
    if add and not changes:
        return []
    return [_version_test(body), *changes, _note(body, note)]


def _bequest(body: JsonObject, secret: str, owner_uid: str, heir_uid: str) -> list[JsonObject]:
    noted = noted_in(body)
    if noted.get(secret) != owner_uid:
        return []
    return [_version_test(body), _note(body, {**noted, secret: heir_uid})]


def _version_test(body: JsonObject) -> JsonObject:
    version = body["metadata"]["resourceVersion"]
    return {"op": "test", "path": "/metadata/resourceVersion", "value": version}


def _addition(names: list[str | None], secret: str) -> list[JsonObject]:
    if secret in names:
        return []
    entry = {"name": secret}
    if not names:
        return [{"op": "add", "path": "/imagePullSecrets", "value": [entry]}]
    return [{"op": "add", "path": "/imagePullSecrets/-", "value": entry}]


def _removal(
    names: list[str | None], secret: str, noted: dict[str, str], owner_uid: str
) -> list[JsonObject]:
    if noted.get(secret) != owner_uid or secret not in names:
        return []
    path = f"/imagePullSecrets/{names.index(secret)}"
    return [
        {"op": "test", "path": f"{path}/name", "value": secret},
        {"op": "remove", "path": path},
    ]


def _without(noted: dict[str, str], secret: str, owner_uid: str) -> dict[str, str]:
    return {name: uid for name, uid in noted.items() if (name, uid) != (secret, owner_uid)}


def _note(body: JsonObject, noted: dict[str, str]) -> JsonObject:
    annotations = dict(body["metadata"].get("annotations") or {})
    annotations.pop(ANNOTATION_IMAGE_PULL_SECRETS, None)
    if noted:
        annotations[ANNOTATION_IMAGE_PULL_SECRETS] = json.dumps(noted, sort_keys=True)
    # The version is tested in the same patch, so the map as a whole is as it was read.
    return {"op": "add", "path": "/metadata/annotations", "value": annotations}
