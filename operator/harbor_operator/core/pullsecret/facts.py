"""What is wanted of a pull secret, and what was seen of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from harbor_operator.api.conditions import Reason
from harbor_operator.core.namespaces import Namespace, Requirement, Selection
from harbor_operator.core.tenancy import DistributionRule


@dataclass(frozen=True, slots=True)
class AccountSelection:
    """Which ServiceAccounts of a served namespace use the pull secret."""

    names: frozenset[str] = frozenset()
    selector: tuple[Requirement, ...] = ()
    every: bool = False

    def selects(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether it means a ServiceAccount; an empty selection means none."""
        by_label = bool(self.selector) and all(r.matches(labels) for r in self.selector)
        return self.every or name in self.names or by_label


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """The robot that is to be made for projectRefs."""

    projects: tuple[str, ...]
    spec: Mapping[str, Any]
    """The fields of a HarborRobot's spec that the operator decides, by their wire names; a value
    of None means that the field is absent."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What the spec asks for."""

    secret_name: str
    targets: Selection | None
    """None: the object's own namespace alone."""
    selection: str = ""
    """Names the targets as the spec states them."""
    service_accounts: AccountSelection = AccountSelection()
    hosts: tuple[str, ...] | None = None
    """None: all hosts of the connection."""
    verify: bool = True
    canary: Selection | None = None
    """None: another credential reaches all namespaces at once."""
    pause_on_failure: bool = True
    child: ChildSpec | None = None
    """None: the spec names a robot."""
    confirmation: str | None = None
    """The confirmed removal, as it stands on the object now."""
    resume: str | None = None
    """The token that lets a paused rollout go on, as it stands on the object now."""


class RobotState(Enum):
    """The robot whose credential is delivered."""

    MISSING = auto()
    UNPROVEN = auto()
    """It has no credential that is known to work."""
    SERVING = auto()


class ChildState(Enum):
    """The HarborRobot that has the name of the one made for projectRefs."""

    ABSENT = auto()
    FOREIGN = auto()
    """Another object, or a person, made it."""
    BEHIND = auto()
    """Ours, and its spec is not as it should be."""
    IN_LINE = auto()


@dataclass(frozen=True, slots=True)
class Child:
    """The robot made for projectRefs, as it is now."""

    state: ChildState
    name: str = ""
    uid: str = ""
    deleting: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether the operator has made it for this object."""
        return self.state in {ChildState.BEHIND, ChildState.IN_LINE}


@dataclass(frozen=True, slots=True)
class Login:
    """The credential to deliver, without its password."""

    robot_uid: str
    username: str
    revision: str
    """Names the credential: its robot's number."""
    pull_only: bool
    """Whether it can do nothing but pull, without which it never leaves its namespace."""
    may_leave: bool = True
    """Whether the projects, where they are shared by others, let it leave the namespace."""
    minted_at: datetime | None = None
    """When it was made, by Harbor's clock."""
    expires_at: datetime | None = None
    """When it expires; None where it never does, or the robot has not said it yet."""
    urgent: bool = False
    """Whether it replaces one that nobody is to use any more."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One managed Secret as it is in a namespace."""

    uid: str
    in_line: bool
    """Whether data, labels and annotations are what they should be."""
    username: str | None = None
    """Whom it logs in as; None where it cannot be read."""
    robot_uid: str = ""
    """The robot whose credential it holds."""


@dataclass(frozen=True, slots=True)
class Account:
    """One ServiceAccount that concerns the pull secret."""

    namespace: str
    name: str
    listed: bool
    """Whether the pull secret is among its imagePullSecrets."""
    noted: bool
    """Whether our annotation says that this object put it there."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the object's status remembers of earlier looks."""

    selection: str | None = None
    """The targets that the deliveries followed last."""
    leaving: Mapping[str, datetime] = field(default_factory=dict)
    """Since when namespaces that hold the pull secret have not been selected."""
    expires_at: datetime | None = None
    """When the credential expires that reached all namespaces last."""
    resumed: str | None = None
    """The user name of the credential whose rollout a person let go on."""
    handled_resume: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that one look saw."""

    namespace: str
    held: bool
    robot: RobotState
    login: Login | None = None
    connected: bool = True
    """Whether the connection is known; without it nobody can tell what is allowed."""
    known_hosts: tuple[str, ...] = ()
    """The connection's registry hosts."""
    distribution: tuple[DistributionRule, ...] = ()
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    delivered: Mapping[str, Delivered] = field(default_factory=dict)
    """By namespace."""
    taken: frozenset[str] = frozenset()
    """Namespaces in which another object's managed Secret has the name."""
    accounts: tuple[Account, ...] = ()
    beyond: frozenset[str] = frozenset()
    """Namespaces that the targets name and the operator does not serve."""
    failures: Mapping[str, Reason] = field(default_factory=dict)
    """Namespaces that refused the Secret in this reconcile."""
    verified: bool | None = None
    """What Harbor said to the credential; None: it was not asked, or cannot tell."""
    verified_at: datetime | None = None
    trial: bool | None = None
    """What Harbor said to what a canary namespace holds; None: it was not tried yet."""
    harbor_time: datetime | None = None
    """Harbor's clock, by which credentials expire."""
    child: Child | None = None
    """None: nobody looked, since there was none."""
    connections: Mapping[str, str | None] = field(default_factory=dict)
    """The connection of each project that the missing child is for; None: no such project."""
    memory: Memory = Memory()
