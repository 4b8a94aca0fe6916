"""What to say about one ClusterHarborConnection."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import Plan, blocked, ready, waiting

OLDEST, NEWEST = (2, 12), (2, 16)
"""The supported minor versions of Harbor, both included."""

_VERSION = re.compile(r"v?([0-9]+)\.([0-9]+)")


class Identity(StrEnum):
    """Whom Harbor takes the connection's login for."""

    USER = "User"
    ROBOT = "Robot"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the finalizer on the object, so that it outlives what uses it."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What Harbor says about itself and about the connection's login."""

    held: bool
    """Whether the finalizer is on the object."""
    identity: Identity = Identity.ANONYMOUS
    name: str = ""
    version: str | None = None
    read_only: bool = False
    registry_hosts: tuple[str, ...] = ()
    robot_prefix: str | None = None
    token_lifetime_seconds: int | None = None
    clock_skew_seconds: int | None = None
    users: int = 0
    """How many objects name the connection; asked only while it is being deleted."""


def plan(desired: object | None, observed: Observed, _now: datetime) -> Plan[Hold]:
    """Give the verdicts of a connection; it writes nothing to Harbor.

    Args:
        desired: Anything; None while the object is being deleted.
        observed: The answers of this look.
    """
    if desired is None:
        return _removal(observed)
    if not observed.held:
        return Plan(actions=(Hold(),))
    if observed.identity is Identity.ANONYMOUS:
        return Plan(
            verdicts=blocked(
                Reason.AUTHENTICATION_FAILED,
                "Harbor does not accept the user name and password in credentialsSecretRef:"
                " correct the Secret, it is read again at once.",
            )
        )
    if not supported(observed.version):
        found = observed.version or "an unknown version"
        return Plan(
            verdicts=blocked(
                Reason.UNSUPPORTED_VERSION,
                f"Harbor is {found}; supported are 2.{OLDEST[1]} to 2.{NEWEST[1]}.",
            ),
            report=_report(observed),
        )
    if observed.read_only:
        message = "Harbor is in read-only mode; nothing is written until an administrator ends it."
        verdicts = waiting(Reason.HARBOR_READ_ONLY, message)
        return Plan(verdicts=verdicts, report=_report(observed))
    message = f"Logged in to Harbor {observed.version} as {observed.identity.value.lower()}."
    return Plan(verdicts=ready(Reason.SUCCEEDED, message), report=_report(observed))


def supported(version: str | None) -> bool:
    """Whether a product version such as ``v2.16.0-c50c7ddd`` is one that this operator knows."""
    match = _VERSION.match(version or "")
    return match is not None and OLDEST <= (int(match[1]), int(match[2])) <= NEWEST


def _removal(observed: Observed) -> Plan[Hold]:
    if not observed.users:
        return Plan()
    message = f"{observed.users} objects still name this connection; it goes when they are gone."
    return Plan(verdicts=waiting(Reason.IN_USE, message))


def _report(observed: Observed) -> dict[str, Any]:
    return {
        "harborVersion": observed.version,
        "identity": {"kind": observed.identity.value, "name": observed.name},
        "robotNamePrefix": observed.robot_prefix,
        "registryHosts": list(observed.registry_hosts),
        "tokenLifetimeSeconds": observed.token_lifetime_seconds,
        "clockSkewSeconds": observed.clock_skew_seconds,
    }
