"""Keeps of the cluster's objects what bears on a pull.

Secrets are read here and nowhere else in `why`. Their passwords are kept apart from everything
that is decided and printed, for a trial of the login alone.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import SecretStr

from harbor_operator.cli.kinds import GROUP
from harbor_operator.cli.objects import conditions_of, is_suspended, read_time, status_of
from harbor_operator.cli.why.evidence import DOCUMENTS, Account, Delivery, Login, PullSecret, Robot
from harbor_operator.kube.resources import JsonObject

FAILED_PULL: Final = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
"""Why a container waits, where it waits for its image."""


def read_secret(body: JsonObject) -> PullSecret:
    """Keep of a Secret what may be shown."""
    metadata = body["metadata"]
    labels = metadata.get("labels") or {}
    type_ = str(body.get("type", ""))
    managed = labels.get(f"{GROUP}/managed") == "true"
    return PullSecret(
        metadata["name"],
        type=type_,
        logins=_logins(type_, body.get("data") or {}),
        managed_from=str(labels.get(f"{GROUP}/owner-namespace", "")) if managed else "",
    )


def read_robot(body: JsonObject) -> Robot:
    """Keep of a HarborRobot what a pull depends on."""
    metadata, status = body["metadata"], status_of(body)
    return Robot(
        metadata["namespace"],
        metadata["name"],
        str(status.get("username") or ""),
        tuple(str(previous.get("username", "")) for previous in status.get("previous") or ()),
        read_time(status.get("expiresAt")),
        (body.get("spec") or {}).get("disabled") is True,
        is_suspended(body),
        "deletionTimestamp" in metadata,
        conditions_of(body).get("Ready"),
    )


def read_delivery(body: JsonObject) -> Delivery:
    """Keep of a HarborPullSecret what a pull depends on."""
    metadata, status = body["metadata"], status_of(body)
    return Delivery(
        metadata["namespace"],
        metadata["name"],
        str((body.get("spec") or {}).get("secretName") or metadata["name"]),
        conditions_of(body),
        {
            str(failure.get("namespace", "")): str(failure.get("reason", ""))
            for failure in status.get("failures") or ()
        },
    )


def read_account(body: JsonObject) -> Account:
    """Keep of a ServiceAccount its pull secrets."""
    return Account(body["metadata"]["name"], names_in(body))


def names_in(body: JsonObject) -> tuple[str, ...]:
    """The pull secrets that a ServiceAccount or a pod's spec names."""
    entries = body.get("imagePullSecrets") or ()
    return tuple(str(entry["name"]) for entry in entries if entry.get("name"))


def waiting_in(pod: JsonObject) -> Iterator[tuple[str, str, str, str]]:
    """Container, image, reason and message of each container that waits for its image."""
    spec, status = pod["spec"], status_of(pod)
    images = {
        container["name"]: str(container.get("image", ""))
        for key in ("initContainers", "containers")
        for container in spec.get(key) or ()
    }
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(key) or ():
            waiting = (container.get("state") or {}).get("waiting") or {}
            name = str(container.get("name", ""))
            if waiting.get("reason") in FAILED_PULL and name in images:
                yield name, images[name], waiting["reason"], str(waiting.get("message", ""))


def passwords_in(body: JsonObject) -> dict[str, SecretStr]:
    """The passwords in a pull secret, by the key of their entry; empty where it is unreadable."""
    entries = _entries(str(body.get("type", "")), body.get("data") or {}) or {}
    return {key: SecretStr(_pair(entry)[1]) for key, entry in entries.items()}


def _logins(type_: str, data: Mapping[str, str]) -> tuple[Login, ...] | None:
    """The logins in the data of a Secret, None where there is no document to read."""
    entries = _entries(type_, data)
    if entries is None:
        return None
    return tuple(Login(key, _pair(entry)[0]) for key, entry in entries.items())


def _entries(type_: str, data: Mapping[str, str]) -> dict[str, Mapping[str, Any]] | None:
    try:
        document = json.loads(base64.b64decode(data[DOCUMENTS[type_]]))
        entries = document["auths"] if type_.endswith("json") else document
        found = {str(key): entry for key, entry in entries.items()}
        for entry in found.values():
            _pair(entry)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return found


def _pair(entry: Mapping[str, Any]) -> tuple[str, str]:
    """User name and password of an entry; `auth` wins over the two fields, as for the kubelet."""
    pair = base64.b64decode(str(entry.get("auth") or "")).decode("utf-8", "replace")
    name, colon, password = pair.partition(":")
    if colon:
        return name, password
    return str(entry.get("username", "")), str(entry.get("password", ""))
