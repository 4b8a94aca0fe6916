"""What a failed pull leaves behind in the cluster, without any password.

Secrets are read here and nowhere else in the plugin; of their logins only the host and the user
name are kept, so that nothing that is decided or printed later can show more.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final

from harbor_operator.cli.kinds import GROUP
from harbor_operator.cli.objects import Condition, conditions_of, read_time, status_of
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

DOCUMENTS: Final = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
"""The types of Secrets that the kubelet takes logins from, and the key each has them under."""

DOCKER_HUB: Final = "docker.io"
_OWN_NAMES_OF_DOCKER_HUB: Final = frozenset({DOCKER_HUB, "index.docker.io"})


@dataclass(frozen=True, slots=True)
class Login:
    """One entry of a pull secret: its key as it is written there, and the user name."""

    key: str
    username: str

    @property
    def host(self) -> str:
        """Host and port that the entry is for."""
        return _bare(self.key).partition("/")[0]

    def serves(self, image: str) -> bool:
        """Whether the kubelet takes this entry for an image."""
        host = host_of(image)
        if host == DOCKER_HUB:
            return self.host in _OWN_NAMES_OF_DOCKER_HUB
        _, _, path = _bare(self.key).partition("/")
        if path in {"v1", "v1/", "v2", "v2/"}:
            path = ""
        return _same_host(self.host, host) and image.partition("/")[2].startswith(path)


@dataclass(frozen=True, slots=True)
class PullSecret:
    """A Secret that a pod or its ServiceAccount names.

    Attributes:
        name: Its name.
        exists: Whether there is one; None where the user may not find out.
        type: Its type.
        logins: What it holds, None where it holds no document of its type.
        managed_from: The namespace of the operator's object that delivered it, empty if none did.
    """

    name: str
    exists: bool | None = True
    type: str = ""
    logins: tuple[Login, ...] | None = None
    managed_from: str = ""


@dataclass(frozen=True, slots=True)
class Robot:
    """A HarborRobot, as far as its credential depends on it."""

    namespace: str
    name: str
    username: str
    replaced: tuple[str, ...]
    expiry: datetime | None
    disabled: bool
    deleted: bool
    ready: Condition | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A HarborPullSecret: which Secret it delivers, what it says, whom it does not serve."""

    namespace: str
    name: str
    secret: str
    conditions: Mapping[str, Condition]
    failures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """A ServiceAccount and the pull secrets that new pods get from it."""

    name: str
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one container whose image cannot be pulled.

    Attributes:
        namespace: Where its pod is.
        pod: The pod's name.
        container: Its own name.
        image: As the pod spells it.
        reason: Why it waits.
        messages: What the kubelet said, the newest first.
        named: The pull secrets of the pod.
        account: The pod's ServiceAccount, None where it cannot be read.
        secrets: The pull secrets of both, by name.
        robots: The HarborRobots that the user may see.
        deliveries: The HarborPullSecrets that the user may see.
        robots_of: The namespace whose robots those are all, None where they are all there are;
            empty if none could be read.
        now: The present time.
    """

    namespace: str
    pod: str
    container: str
    image: str
    reason: str
    now: datetime
    messages: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    account: Account | None = None
    secrets: Mapping[str, PullSecret] = field(default_factory=dict)
    robots: tuple[Robot, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    robots_of: str | None = None

    def logins(self, *names: str) -> Iterator[tuple[PullSecret, Login]]:
        """The logins for the image among pull secrets of these names."""
        for name in names:
            secret = self.secrets.get(name)
            if secret is not None:
                yield from (
                    (secret, login) for login in secret.logins or () if login.serves(self.image)
                )


def host_of(image: str) -> str:
    """Host and port that an image comes from, as the kubelet understands its name."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first
    return DOCKER_HUB


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


def _logins(type_: str, data: Mapping[str, str]) -> tuple[Login, ...] | None:
    """The logins in the data of a Secret, None where there is no document to read."""
    try:
        document = json.loads(base64.b64decode(data[DOCUMENTS[type_]]))
        entries = document["auths"] if type_.endswith("json") else document
        return tuple(Login(str(key), _username(entry)) for key, entry in entries.items())
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _username(entry: Mapping[str, Any]) -> str:
    """The user name of an entry; `auth` wins over `username`, as for the kubelet."""
    pair = base64.b64decode(str(entry.get("auth") or "")).decode("utf-8", "replace")
    name, colon, _ = pair.partition(":")
    return name if colon else str(entry.get("username", ""))


def _bare(key: str) -> str:
    """A key without scheme, and without a login that somebody wrote into it."""
    address = key.partition("://")[2] or key
    host, slash, path = address.partition("/")
    return host.rpartition("@")[2] + slash + path


def _same_host(pattern: str, host: str) -> bool:
    """Whether a host with a port fits, where `*` stands for one part of a name at most."""
    patterns, parts = pattern.lower().split("."), host.lower().split(".")
    return len(patterns) == len(parts) and all(map(fnmatchcase, parts, patterns))
