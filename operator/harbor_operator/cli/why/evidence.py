"""All that is known of a failed pull, without any password.

Of logins only the host and the user name are kept, so that nothing that is decided or printed can
show more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

from harbor_operator.cli.failures import CommandError
from harbor_operator.cli.images import Image, read_image
from harbor_operator.cli.objects import Condition
from harbor_operator.cli.why.trials import HarborView, Probe, Trial

DOCUMENTS: Final = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
"""The types of Secrets that the kubelet takes logins from, and the key each has them under."""

DEFAULT_TAG: Final = "latest"
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
    suspended: bool
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
    """All that is known of one container whose image cannot be pulled, or of an image alone.

    Attributes:
        namespace: Where its pod is.
        pod: The pod's name, empty where an image was asked about.
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
        trials: What came of trying the pod's logins, in the kubelet's order.
        probe: How the image's host answers, None where it was not asked.
        view: What Harbor said, None where it was not asked.
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
    trials: tuple[Trial, ...] = ()
    probe: Probe | None = None
    view: HarborView | None = None

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


def _bare(key: str) -> str:
    """A key without scheme, and without a login that somebody wrote into it."""
    address = key.partition("://")[2] or key
    host, slash, path = address.partition("/")
    return host.rpartition("@")[2] + slash + path


def _same_host(pattern: str, host: str) -> bool:
    """Whether a host with a port fits, where `*` stands for one part of a name at most."""
    patterns, parts = pattern.lower().split("."), host.lower().split(".")
    return len(patterns) == len(parts) and all(map(fnmatchcase, parts, patterns))


def image_of(image: str) -> Image | None:
    """An image as Harbor names it, with the tag that the kubelet takes where none is given.

    None for one that can be of no Harbor.
    """
    try:
        read = read_image(image)
    except CommandError:
        return None
    return read if read.reference else replace(read, tag=DEFAULT_TAG)
