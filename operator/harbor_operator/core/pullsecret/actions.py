"""The effects that a pull secret's plan may ask for; each is one write to one place."""

from dataclasses import dataclass
from typing import TypeAlias

from harbor_operator.core.pullsecret.facts import Account, Delivered


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the finalizer on the object, before there is anything to clean up."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Create the pull secret in a namespace, or bring it in line."""

    namespace: str
    delivered: Delivered | None
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddToAccount:
    """Put the pull secret among a ServiceAccount's imagePullSecrets and note that we did."""

    account: Account


@dataclass(frozen=True, slots=True)
class RemoveFromAccount:
    """Take out exactly the entry that we noted."""

    account: Account


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Delete the pull secret from a namespace."""

    namespace: str
    delivered: Delivered


Action: TypeAlias = Hold | Deliver | AddToAccount | RemoveFromAccount | Withdraw
