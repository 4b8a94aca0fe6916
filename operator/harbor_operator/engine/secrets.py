"""The Secrets that the operator writes: their shape, and what is remembered of them."""

import base64
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from harbor_operator.api.base import (
    ANNOTATION_OWNER_NAME,
    LABEL_MANAGED,
    LABEL_OWNER_KIND,
    LABEL_OWNER_NAMESPACE,
    LABEL_OWNER_UID,
    LABEL_ROBOT_UID,
    SecretTemplate,
)
from harbor_operator.core import dockerconfig
from harbor_operator.core.secret import Secret
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.secret_keys import (
    ARGO_ANNOTATIONS,
    MANAGED_BY,
    NO_KEYS,
    OwnKeys,
    is_ours,
    note_of,
    own_keys,
    stated_in,
)
from harbor_operator.kube.resources import JsonObject, pointer
from harbor_operator.kube.secret_data import decode

BASIC_AUTH = "kubernetes.io/basic-auth"
DOCKER_CONFIG = "kubernetes.io/dockerconfigjson"


@dataclass(frozen=True, slots=True)
class ManagedSecret:
    """What decisions need of a managed Secret; never a password."""

    uid: str
    version: int
    """The resourceVersion as a number; Kubernetes promises that newer ones are larger."""
    owner: ObjectId
    owner_uid: str
    robot_uid: str
    username: str | None
    digest: bytes
    """Keyed hash over type, data, and those labels and annotations that are the operator's."""
    own: OwnKeys = NO_KEYS
    """Which labels and annotations these are."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a managed Secret is and which robot's credential it holds."""

    owner: ObjectId
    owner_uid: str
    robot_uid: str

    def labels(self) -> dict[str, str]:
        """The labels that say so."""
        return {
            MANAGED_BY: "harbor-operator",
            LABEL_MANAGED: "true",
            LABEL_OWNER_KIND: self.owner.kind,
            LABEL_OWNER_NAMESPACE: self.owner.namespace,
            LABEL_OWNER_UID: self.owner_uid,
            LABEL_ROBOT_UID: self.robot_uid,
        }

    def owns(self, body: JsonObject) -> bool:
        """Whether a Secret carries our label and the owner's uid."""
        labels = body["metadata"].get("labels") or {}
        return labels.get(LABEL_MANAGED) == "true" and labels.get(LABEL_OWNER_UID) == self.owner_uid


def compose(
    name: str,
    namespace: str,
    *,
    type_: str,
    data: Mapping[str, Secret],
    ownership: Ownership,
    template: SecretTemplate | None = None,
) -> JsonObject:
    """The whole Secret as it should be, apart from what the API server adds."""
    labels = {**(template.labels if template else {}), **ownership.labels()}
    annotations = {
        **ARGO_ANNOTATIONS,
        **(template.annotations if template else {}),
        **(note_of(template.labels, template.annotations) if template else {}),
        ANNOTATION_OWNER_NAME: ownership.owner.name,
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels,
            "annotations": annotations,
        },
        "type": type_,
        "data": {key: encode(value) for key, value in data.items()},
    }


def over(wanted: JsonObject, present: JsonObject) -> JsonObject:
    """A Secret as it should be, in the place of the present one: what others added stays."""
    metadata = {**wanted["metadata"]}
    own = own_keys(present)
    for field, keys in (("labels", own.labels), ("annotations", own.annotations)):
        stated = stated_in(present, field)
        theirs = {key: value for key, value in stated.items() if key not in keys}
        metadata[field] = {**theirs, **metadata[field]}
    metadata["uid"] = present["metadata"]["uid"]
    metadata["resourceVersion"] = present["metadata"]["resourceVersion"]
    if finalizers := present["metadata"].get("finalizers"):
        metadata["finalizers"] = finalizers
    return {**wanted, "metadata": metadata}


def change(wanted: JsonObject, seen: ManagedSecret) -> list[JsonObject]:
    """The JSON patch that brings a managed Secret in line, in exactly the version seen.

    It names only what is the operator's: what others added stays, unread.
    """
    patch: list[JsonObject] = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": str(seen.version)},
        {"op": "add", "path": "/data", "value": wanted["data"]},
    ]
    metadata = wanted["metadata"]
    for field, own in (("labels", seen.own.labels), ("annotations", seen.own.annotations)):
        stale = [key for key in own if key not in metadata[field]]
        patch += [{"op": "remove", "path": pointer("metadata", field, key)} for key in stale]
        patch += [
            {"op": "add", "path": pointer("metadata", field, key), "value": value}
            for key, value in metadata[field].items()
        ]
    if owners := metadata.get("ownerReferences"):
        patch.append({"op": "add", "path": "/metadata/ownerReferences", "value": owners})
    return patch


def without_ownership(body: JsonObject) -> JsonObject:
    """A Secret as it is left behind: with its data, and without owner, label or note of ours."""
    metadata = {**body["metadata"]}
    metadata.pop("ownerReferences", None)
    for field in ("labels", "annotations"):
        stated = stated_in(body, field)
        metadata[field] = {key: value for key, value in stated.items() if not is_ours(key)}
    return {**body, "metadata": metadata}


def encode(value: Secret) -> str:
    """Base64 as Kubernetes keeps it."""
    return base64.b64encode(value.reveal().encode()).decode("ascii")


class Digester:
    """Compares the content of Secrets without keeping it.

    The key is made anew by each process and never leaves it, so a digest tells nothing to
    anybody who reads memory or a log later.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, body: JsonObject) -> bytes:
        """A keyed hash of a Secret's type and data, and of its labels and annotations of ours."""
        return self.digest_of(body, own_keys(body))

    def digest_of(self, body: JsonObject, own: OwnKeys) -> bytes:
        """The same of one whose own labels and annotations are known."""
        parts = (
            str(body.get("type")),
            _canonical(body.get("data")),
            _canonical(_part(body, "labels", own.labels)),
            _canonical(_part(body, "annotations", own.annotations)),
        )
        return hmac.digest(self._key, "\0".join(parts).encode(), "sha256")


def _part(body: JsonObject, field: str, keys: Collection[str]) -> Mapping[str, str]:
    stated = stated_in(body, field)
    return {key: stated[key] for key in keys}


def _canonical(mapping: Mapping[str, Any] | None) -> str:
    return repr(sorted((mapping or {}).items()))


def summarize(body: JsonObject, digester: Digester) -> ManagedSecret:
    """What is remembered of a Secret that the API server sent.

    What many Secrets have in common is kept only once.
    """
    metadata = body["metadata"]
    labels = metadata.get("labels") or {}
    annotations = metadata.get("annotations") or {}
    owner = ObjectId(
        intern(labels.get(LABEL_OWNER_KIND, "")),
        intern(labels.get(LABEL_OWNER_NAMESPACE, "")),
        intern(annotations.get(ANNOTATION_OWNER_NAME, "")),
    )
    own = own_keys(body)
    return ManagedSecret(
        uid=metadata["uid"],
        version=int(metadata["resourceVersion"]),
        owner=owner,
        owner_uid=intern(labels.get(LABEL_OWNER_UID, "")),
        robot_uid=intern(labels.get(LABEL_ROBOT_UID, "")),
        username=_interned(username_in(body)),
        digest=digester.digest_of(body, own),
        own=own,
    )


def _interned(text: str | None) -> str | None:
    return None if text is None else intern(text)


def username_in(body: JsonObject) -> str | None:
    """Whom a managed Secret logs in as, None for a ledger or an unreadable one."""
    if body.get("type") == DOCKER_CONFIG:
        text = decode(body, dockerconfig.KEY)
        return None if text is None else dockerconfig.username_in(text)
    return decode(body, "username")
