"""What was seen of a Harbor and of the connection's login there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harbor_operator.core.connection.maintenance import Job, ScheduleSeen
from harbor_operator.core.connection.revocation import Revocation
from harbor_operator.core.connection.upstreams import UpstreamsSeen
from harbor_operator.core.steps import Attempts, Step, Trouble

OLDEST, NEWEST = (2, 12), (2, 16)
"""The supported minor versions of Harbor, both included."""

ROBOTS_MAKE_ROBOTS_SINCE = (2, 14, 1)
"""From this release on a system robot can make project robots; before, Harbor refuses it always."""

_UNREADABLE = (0, 0, 0)
_VERSION = re.compile(r"v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?")


class Identity(StrEnum):
    """Whom Harbor takes the connection's login for."""

    USER = "User"
    ROBOT = "Robot"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the finalizer on the object, so that it outlives what uses it."""


@dataclass(frozen=True, slots=True)
class ChangeHarbor:
    """Carry out one step towards the schedules and registries of the spec."""

    step: Step
    is_repair: bool
    """Whether somebody else has changed what it puts right."""

    @property
    def subject(self) -> str:
        """What of the spec it is about, for people."""
        return f"{self.step.source}.{self.step.target}"


Action = Hold | ChangeHarbor


@dataclass(frozen=True, slots=True)
class Observed:
    """What Harbor says about itself, about the connection's login, and of what is managed."""

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
    schedules: Mapping[Job, ScheduleSeen | Trouble | None] = field(default_factory=dict)
    """The schedules that the spec states; None where Harbor has none."""
    upstreams: UpstreamsSeen | Trouble | None = None
    """The upstream registries; None where nothing is managed of them."""
    in_sync: bool = False
    """Whether this generation has been in line before, so that a difference is drift."""
    attempts: Attempts = field(default_factory=Attempts)
    """What this reconcile has written so far."""
    revocation: Revocation | None = None
    """The revoke of all robots that was asked for and has not been reported as done."""

    @property
    def works(self) -> bool:
        """Whether the connection can be used."""
        known = self.identity is not Identity.ANONYMOUS
        return known and supported(self.version) and not self.read_only


def supported(version: str | None) -> bool:
    """Whether a product version such as ``v2.16.0-c50c7ddd`` is one that this operator knows."""
    return OLDEST <= release_of(version) <= NEWEST


def lets_robots_make_robots(version: str | None) -> bool:
    """Whether a login that is a robot can have project robots made by this product version."""
    return _number_of(version) >= ROBOTS_MAKE_ROBOTS_SINCE


def release_of(version: str | None) -> tuple[int, int]:
    """The major and minor number of a product version; zeros where it cannot be read."""
    return _number_of(version)[:2]


def _number_of(version: str | None) -> tuple[int, int, int]:
    match = _VERSION.match(version or "")
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else _UNREADABLE
