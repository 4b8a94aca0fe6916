"""The effects that a pull secret's plan may ask for; each is one write to one place."""

from dataclasses import dataclass
from typing import TypeAlias

from harbor_operator.core.pullsecret.facts import Account, Child, ChildSpec, Delivered


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the finalizer on the object, before there is anything to clean up."""


@dataclass(frozen=True, slots=True)
class KeepChild:
    """Make the robot for projectRefs, or bring its spec in line."""

    wanted: ChildSpec
    child: Child
    connection: str | None = None
    """The connection of a new one; that of an old one stays."""


@dataclass(frozen=True, slots=True)
class RemoveChild:
    """Delete the robot that was made for projectRefs."""

    child: Child


@dataclass(frozen=True, slots=True)
class Deliver:
    """Create the pull secret in a namespace, or bring it in line."""

    namespace: str
    delivered: Delivered | None
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TryCanary:
    """Show Harbor what a canary namespace holds; it writes nothing."""

    namespace: str


@dataclass(frozen=True, slots=True)
class AddToAccount:
    """Put the pull secret among a ServiceAccount's imagePullSecrets and note that we did."""

    account: Account


@dataclass(frozen=True, slots=True)
class RemoveFromAccount:
    """Take out exactly the entry that we noted, or leave it to who gets the Secret."""

    account: Account
    inheritable: bool = False
    """Whether it may be left; only where the Secret is handed over, too."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Delete the pull secret from a namespace, or hand it over to another object that waits."""

    namespace: str
    delivered: Delivered
    inheritable: bool = True
    """Whether it may be handed over; not where the namespace may not hold it."""


Action: TypeAlias = (
    Hold
    | KeepChild
    | RemoveChild
    | Deliver
    | TryCanary
    | AddToAccount
    | RemoveFromAccount
    | Withdraw
)
