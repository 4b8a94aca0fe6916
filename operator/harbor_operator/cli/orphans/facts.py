"""What was seen of marks, and of the objects that they may name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.kinds import CONNECTION
from harbor_operator.cli.objects import read_time
from harbor_operator.kube.resources import JsonObject

ROBOT, PROJECT, PULL_SECRET = ROBOTS.kind, PROJECTS.kind, PULL_SECRETS.kind
CONNECTED = CONNECTION.resource.kind


class Presence(Enum):
    """Whether an object is there."""

    PRESENT = auto()
    GONE = auto()
    UNKNOWN = auto()
    """Its kind could not be listed."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An object of the operator's kinds that is there.

    Attributes:
        kind: Its kind.
        namespace: Its namespace, empty for a connection.
        name: Its name.
        uid: Its uid.
        provides: What it is for: a project's name in Harbor, the name of a pull secret's Secrets.
    """

    kind: str
    namespace: str
    name: str
    uid: str
    provides: str = ""


@dataclass(frozen=True, slots=True)
class Owners:
    """All such objects, of the kinds that could be listed.

    Attributes:
        kinds: The kinds that could be listed in all namespaces.
        by_uid: The objects.
    """

    kinds: frozenset[str]
    by_uid: Mapping[str, Owner]

    def presence(self, kind: str, uid: str) -> Presence:
        """Whether an object is there; its uid alone says which one it is."""
        if uid in self.by_uid:
            return Presence.PRESENT
        return Presence.GONE if kind in self.kinds else Presence.UNKNOWN

    def at(self, kind: str, namespace: str, name: str) -> Owner | None:
        """The object of a place, whatever its uid."""
        return next(
            (
                owner
                for owner in self.by_uid.values()
                if (owner.kind, owner.namespace, owner.name) == (kind, namespace, name)
            ),
            None,
        )

    def provided(self, kind: str) -> Mapping[str, Owner]:
        """By what they are for, the objects of a kind."""
        return {owner.provides: owner for owner in self.by_uid.values() if owner.kind == kind}


@dataclass(frozen=True, slots=True)
class ManagedSecret:
    """A Secret with the operator's labels, without its content."""

    namespace: str
    name: str
    owner_kind: str
    owner_namespace: str
    owner_name: str
    owner_uid: str
    robot_uid: str
    ledger: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One of a ServiceAccount's imagePullSecrets that was noted for an object."""

    namespace: str
    account: str
    secret: str
    owner_uid: str


@dataclass(frozen=True, slots=True)
class Account:
    """A robot account in Harbor; project is None for one of the system."""

    id: int
    name: str
    project: str | None
    description: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ProjectMark:
    """The owner label of a project in Harbor."""

    project: str
    project_id: int
    label_id: int
    text: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An upstream registry in Harbor."""

    id: int
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class InCluster:
    """What the cluster has.

    Attributes:
        owners: The objects that may own something.
        secrets: The managed Secrets.
        secrets_known: Whether these are all.
        entries: The noted entries of ServiceAccounts.
        ids: What marks of this cluster say as its cluster, one for each operator.
        ids_proven: Whether somebody said so, as opposed to what an operator does by default.
        notes: What could not be read.
    """

    owners: Owners
    secrets: tuple[ManagedSecret, ...] = ()
    secrets_known: bool = True
    entries: tuple[Entry, ...] = ()
    ids: frozenset[str] = frozenset()
    ids_proven: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InHarbor:
    """What one Harbor has.

    Attributes:
        accounts: Its robot accounts.
        marks: The owner labels of its projects.
        endpoints: Its upstream registries.
        notes: What could not be read.
    """

    accounts: tuple[Account, ...] = ()
    marks: tuple[ProjectMark, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    notes: tuple[str, ...] = field(default=())


def owner_of(kind: str, body: JsonObject) -> Owner:
    """Read an object; its spec may be anything."""
    metadata, spec = body["metadata"], body.get("spec") or {}
    name = str(metadata["name"])
    stated = {PROJECT: spec.get("projectName"), PULL_SECRET: spec.get("secretName")}
    provides = str(stated[kind] or name) if kind in stated else ""
    return Owner(kind, metadata.get("namespace", ""), name, str(metadata["uid"]), provides)


def made_at(body: JsonObject) -> datetime | None:
    """When an object was created."""
    return read_time(body["metadata"].get("creationTimestamp"))
