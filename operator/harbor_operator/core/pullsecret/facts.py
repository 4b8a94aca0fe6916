"""What is wanted of a pull secret, and what was seen of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from harbor_operator.api.conditions import Reason
from harbor_operator.core.namespaces import Namespace, Selection
from harbor_operator.core.tenancy import DistributionRule, may_deliver


@dataclass(frozen=True, slots=True)
class Desired:
    """What the spec asks for."""

    secret_name: str
    targets: Selection | None
    """None: the object's own namespace alone."""
    service_accounts: frozenset[str] = frozenset()
    hosts: tuple[str, ...] | None = None
    """None: all hosts of the connection."""
    verify: bool = True


class RobotState(Enum):
    """The robot whose credential is delivered."""

    MISSING = auto()
    UNPROVEN = auto()
    """It has no credential that is known to work."""
    SERVING = auto()


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


@dataclass(frozen=True, slots=True)
class Delivered:
    """One managed Secret as it is in a namespace."""

    uid: str
    in_line: bool
    """Whether data, labels and annotations are what they should be."""


@dataclass(frozen=True, slots=True)
class Account:
    """One ServiceAccount that concerns the pull secret."""

    namespace: str
    name: str
    listed: bool
    """Whether the pull secret is among its imagePullSecrets."""
    noted: bool
    """Whether our annotation says that this object put it there."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that one look saw."""

    namespace: str
    held: bool
    robot: RobotState
    login: Login | None = None
    known_hosts: tuple[str, ...] = ()
    """The connection's registry hosts."""
    distribution: tuple[DistributionRule, ...] = ()
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    delivered: Mapping[str, Delivered] = field(default_factory=dict)
    """By namespace."""
    accounts: tuple[Account, ...] = ()
    failures: Mapping[str, Reason] = field(default_factory=dict)
    """Namespaces that refused the Secret in this reconcile."""
    verified: bool | None = None
    """What the token service said to the credential; None: it was not asked, or cannot tell."""
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """The namespaces of one pull secret, sorted by what becomes of them."""

    wanted: frozenset[str]
    allowed: frozenset[str]
    denied: frozenset[str]


def audience_of(desired: Desired, observed: Observed) -> Audience:
    """Who should have the pull secret, and who may."""
    living = [n for n in observed.namespaces.values() if not n.terminating]
    if desired.targets is None:
        wanted = [n for n in living if n.name == observed.namespace]
    else:
        wanted = [n for n in living if desired.targets.targets(n)]
    login = observed.login
    may_leave = login is None or (login.pull_only and login.may_leave)
    allowed = frozenset(
        n.name
        for n in wanted
        if n.name == observed.namespace
        or (may_leave and may_deliver(observed.namespace, n, observed.distribution))
    )
    names = frozenset(n.name for n in wanted)
    return Audience(names, allowed, names - allowed)
