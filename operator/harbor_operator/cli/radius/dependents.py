"""What depends on a robot's credential, as a function of the objects that name it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from harbor_operator.cli.kinds import GROUP, ROBOT, Kind, Target
from harbor_operator.cli.objects import read_time, status_of
from harbor_operator.kube.resources import JsonObject, ObjectKey, key_of

CHILD_SUFFIX: Final = "-robot"
LEDGER_SUFFIX: Final = "-ledger"
LABEL_MANAGED: Final = f"{GROUP}/managed"
LABEL_ROBOT_UID: Final = f"{GROUP}/robot-uid"
LABEL_OWNER_UID: Final = f"{GROUP}/owner-uid"
LABEL_OWNER_KIND: Final = f"{GROUP}/owner-kind"
ANNOTATION_OWNER_NAME: Final = f"{GROUP}/owner-name"

_ENDED: Final = frozenset({"Succeeded", "Failed"})
_CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Source:
    """An object whose Secrets hold the credential.

    Attributes:
        kind: What it is, by the kind's word.
        key: Its namespace and name.
        robot: The HarborRobot whose credential it is, of the same namespace.
        expires: When the credential ends, None where it never does or is not known.
        secrets: The Secrets that its own spec and status name; there may be more.
    """

    kind: str
    key: ObjectKey
    robot: str
    expires: datetime | None
    secrets: tuple[ObjectKey, ...]


@dataclass(frozen=True, slots=True)
class SecretLine:
    """A Secret that holds the credential, and the object that wrote it, as KIND/NAME."""

    namespace: str
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class User:
    """A ServiceAccount or a pod, with the Secrets that it names and the images that it runs."""

    namespace: str
    name: str
    secrets: tuple[str, ...]
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the cluster showed.

    Attributes:
        secrets: The Secrets that hold the credential.
        accounts: ServiceAccounts, whatever they name.
        pods: Pods, whatever they name.
        notes: What could not be read.
    """

    secrets: Sequence[SecretLine] = ()
    accounts: Sequence[User] = ()
    pods: Sequence[User] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NamespaceLine:
    """How far a credential reaches into one namespace."""

    namespace: str
    secrets: tuple[str, ...]
    service_accounts: int
    pods: int


@dataclass(frozen=True, slots=True)
class Radius:
    """All that `blast-radius` has to say; everything by namespace and name.

    Attributes:
        target: The object that was asked about, as KIND/NAME.
        robot: The HarborRobot whose credential it is.
        expires: When that ends.
        pull_secrets: HarborPullSecrets that deliver it, of the robot's namespace.
        namespaces: Where it is.
        secrets: The Secrets that hold it.
        service_accounts: Those that list such a Secret.
        pods: Those that name such a Secret and have not ended.
        images: The images of these pods, each once.
        notes: What could not be read.
    """

    target: str
    robot: str
    expires: datetime | None
    pull_secrets: tuple[str, ...]
    namespaces: tuple[NamespaceLine, ...]
    secrets: tuple[SecretLine, ...]
    service_accounts: tuple[User, ...]
    pods: tuple[User, ...]
    images: tuple[str, ...]
    notes: tuple[str, ...]


def source_of(kind: Kind, body: JsonObject) -> Source:
    """Read a HarborRobot or a HarborPullSecret."""
    key, status, spec = key_of(body), status_of(body), body.get("spec") or {}
    secret = status.get("secretName") or spec.get("secretName") or key.name
    if kind is ROBOT:
        expires = read_time(status.get("expiresAt"))
        return Source(kind.word, key, key.name, expires, (ObjectKey(key.namespace, secret),))
    robot = (spec.get("robotRef") or {}).get("name") or key.name + CHILD_SUFFIX
    expires = read_time(status.get("credentialExpiresAt"))
    secrets = tuple(ObjectKey(namespace, secret) for namespace in _targets(key, spec))
    return Source(kind.word, key, robot, expires, secrets)


def selector_of(target: Target, uid: str) -> str:
    """The labels of the Secrets that hold a robot's credential, or that one pull secret wrote."""
    by = LABEL_ROBOT_UID if target.kind is ROBOT else LABEL_OWNER_UID
    return f"{LABEL_MANAGED}=true,{by}={uid}"


def secret_of(body: JsonObject) -> SecretLine | None:
    """Read the metadata of a managed Secret; None for a ledger, which nobody logs in with."""
    key, metadata = key_of(body), body["metadata"]
    owner = (metadata.get("annotations") or {}).get(ANNOTATION_OWNER_NAME, "")
    of_robot = (metadata.get("labels") or {}).get(LABEL_OWNER_KIND) == ROBOT.resource.kind
    if of_robot and key.name.endswith(LEDGER_SUFFIX):
        return None
    return SecretLine(*key, f"{'robot' if of_robot else 'pullsecret'}/{owner}")


def stated_secrets(sources: Iterable[Source]) -> Iterator[SecretLine]:
    """The Secrets that objects name themselves, for want of a list."""
    for source in sources:
        yield from (SecretLine(*key, f"{source.kind}/{source.key.name}") for key in source.secrets)


def account_of(body: JsonObject) -> User:
    """Read a ServiceAccount."""
    return User(*key_of(body), _named(body.get("imagePullSecrets")))


def pod_of(body: JsonObject) -> User | None:
    """Read a pod; None if it has ended."""
    if status_of(body).get("phase") in _ENDED:
        return None
    spec = body.get("spec") or {}
    containers = (entry for part in _CONTAINERS for entry in spec.get(part) or ())
    images = tuple(sorted({entry["image"] for entry in containers if "image" in entry}))
    return User(*key_of(body), _named(spec.get("imagePullSecrets")), images)


def radius_of(target: Target, sources: Sequence[Source], seen: Seen) -> Radius:
    """Put together what depends on a credential.

    Args:
        target: What was asked about.
        sources: It, and for a robot the pull secrets that refer to it behind it.
        seen: What else could be read.
    """
    held = sorted({*seen.secrets}, key=lambda line: (line.namespace, line.name))
    holding = {(line.namespace, line.name) for line in held}
    using_accounts, using_pods = _users(seen.accounts, holding), _users(seen.pods, holding)
    return Radius(
        target=str(target),
        robot=sources[0].robot,
        expires=sources[0].expires,
        pull_secrets=tuple(
            sorted(source.key.name for source in sources if source.kind != ROBOT.word)
        ),
        namespaces=tuple(
            NamespaceLine(
                namespace,
                tuple(line.name for line in held if line.namespace == namespace),
                sum(user.namespace == namespace for user in using_accounts),
                sum(user.namespace == namespace for user in using_pods),
            )
            for namespace in sorted({line.namespace for line in held})
        ),
        secrets=tuple(held),
        service_accounts=using_accounts,
        pods=using_pods,
        images=tuple(sorted({image for pod in using_pods for image in pod.images})),
        notes=tuple(seen.notes),
    )


def _users(users: Iterable[User], holding: set[tuple[str, str]]) -> tuple[User, ...]:
    """Those that name a Secret of their own namespace that holds the credential."""
    found = []
    for user in users:
        used = tuple(name for name in user.secrets if (user.namespace, name) in holding)
        if used:
            found.append(User(user.namespace, user.name, used, user.images))
    return tuple(sorted(found, key=lambda user: (user.namespace, user.name)))


def _targets(key: ObjectKey, spec: JsonObject) -> list[str]:
    """The namespaces that a pull secret names in full."""
    if not spec.get("targets"):
        return [key.namespace]
    names = (spec["targets"].get("namespaces") or {}).get("names") or ()
    return [name for name in names if "*" not in name]


def _named(entries: Iterable[JsonObject] | None) -> tuple[str, ...]:
    return tuple(entry["name"] for entry in entries or () if "name" in entry)
