"""What is wanted of a robot account, and what was seen of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from itertools import count

from harbor_operator.api.robot import RotationRecord
from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.core.grants import Level, PlacedGrant
from harbor_operator.core.ownership import Mark, parse_mark
from harbor_operator.core.robot.catalogue import HARBOR_2_16, Catalogue
from harbor_operator.core.robot.ledger import LAST_NUMBER, NO_REVOKES, Ledger, Revokes
from harbor_operator.core.robot.rights import NamedProject, ProjectState, Rights
from harbor_operator.core.robot.schedule import Schedule
from harbor_operator.core.tenancy import TenantRule

_SUFFIX = re.compile(r"-([1-9][0-9]{0,8})\Z")


@dataclass(frozen=True, slots=True)
class RobotName:
    """How one object's robots are called in Harbor.

    `<prefix><project>+<base>-<n>`, or `<prefix><base>-<n>` for one of the system.
    """

    project: str | None
    """None for the system."""
    base: str

    def local(self, n: int) -> str:
        """The name that is sent to Harbor, which adds prefix and project itself."""
        return f"{self.base}-{n}"

    def number(self, username: str) -> int | None:
        """The n in a full name of this base, whatever the prefix and the place; None for others.

        Robots of the places that the spec named before count as well. A name without a project
        has no visible end of its prefix, so a longer base may be taken for this one; numbers are
        skipped by that, and whose a robot is its mark alone decides.
        """
        head, place, local = username.rpartition("+")
        match = _SUFFIX.search(local)
        if match is None:
            return None
        before = local[: match.start()]
        ours = before == self.base if place or head else before.endswith(self.base)
        return int(match[1]) if ours else None


@dataclass(frozen=True, slots=True)
class Desired:
    """What the spec asks for, defaults filled in."""

    secret_name: str
    grants: frozenset[PlacedGrant]
    lifetime_days: int
    schedule: Schedule
    request: str | None = None
    """The token of a rotation request, as it stands on the object now."""
    level: Level = Level.PROJECT
    stated_base: str | None = None
    """The base of its name where the spec states one, None where it is derived."""
    strategy: RotationStrategy = RotationStrategy.REPLACE
    disabled: bool | None = None
    """Whether Harbor is to refuse its logins; None leaves that to whoever set it in Harbor."""
    revoke: str | None = None
    """The token of a revoke request, as it stands on the object now."""

    @property
    def overlap(self) -> timedelta:
        """How long a replaced robot lives on."""
        return self.schedule.overlap


@dataclass(frozen=True, slots=True)
class HarborRobot:
    """One robot account as Harbor lists it."""

    id: int
    name: str
    """The full name, which is the user name of its login."""
    description: str
    created_at: datetime
    expires_at: datetime | None
    disabled: bool
    grants: frozenset[PlacedGrant]
    lifetime_days: int
    level: Level = Level.PROJECT

    def marked_by(self, own: Mark) -> bool:
        """Whether its description is this object's mark, blanks around it aside."""
        mark = parse_mark(self.description.strip())
        return mark is not None and mark.same_object(own)

    def expired(self, now: datetime) -> bool:
        """Whether Harbor refuses it for its age."""
        return self.expires_at is not None and self.expires_at <= now


class Answer(Enum):
    """What Harbor's token service said to a credential."""

    WORKS = auto()
    """It is this robot, with the access that it should have."""
    REFUSED = auto()
    """Without a scope it is refused, while the connection's own login is good."""
    UNCLEAR = auto()
    """Neither: no answer, or the robot with too little access."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """One credential shown to Harbor's token service."""

    answer: Answer
    refused_since: datetime | None = None
    """The first of an unbroken row of refusals, by Harbor's clock."""


class TargetState(Enum):
    """How a Secret stands to the credential that it should hold."""

    ABSENT = auto()
    FOREIGN = auto()
    """A Secret of that name exists without our label and uid; it is never written."""
    BEHIND = auto()
    """Ours, and its content or its labels are not what they should be."""
    IN_LINE = auto()


@dataclass(frozen=True, slots=True)
class Target:
    """The user's Secret."""

    state: TargetState
    username: str | None = None
    """Whom it logs in as now, read from its data."""


@dataclass(frozen=True, slots=True)
class Previous:
    """A robot that was replaced and lives on for the overlap."""

    n: int
    robot_id: int
    username: str
    since: datetime
    remove_after: datetime | None = field(default=None, compare=False)
    """When it goes; written down for people, and never read back."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the object's status remembers: a report, and a hint where it names robots."""

    robot_id: int | None = None
    previous: tuple[Previous, ...] = ()
    numbers: tuple[int, ...] = ()
    """The number in the user name that the status reports."""
    history: tuple[RotationRecord, ...] = ()
    revoked: Revokes = NO_REVOKES
    """The revoke requests that the status calls handled; a hint where the ledger is lost."""
    withdrawn_at: datetime | None = None
    """Since when the robots may do more than the namespace is given."""


@dataclass(frozen=True, slots=True)
class FleetRevoke:
    """A request on the connection to end the credentials of all its robots."""

    token: str
    admitted: bool
    """Whether it is this robot's turn."""


AT_ONCE = datetime.min.replace(tzinfo=UTC)
"""The place in the line of who need not wait."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that one look saw, in the order of the fields: Kubernetes, Harbor, handshakes."""

    own: Mark
    held: bool
    """Whether the finalizer is on the object."""
    rule: TenantRule | None
    project: ProjectState
    """How far the HarborProjects that the spec names can be used together."""
    name: RobotName | None
    """How its robots are called; None while a project's name in Harbor is not known."""
    recorded: Recorded
    ledger: Ledger | None
    ledger_lost: bool = False
    """Whether it cannot be read, or is gone although the object had a robot before."""
    ledger_foreign: bool = False
    target: Target = Target(TargetState.ABSENT)
    followers: tuple[str | None, ...] = ()
    """User names in the managed pull secrets of this robot; None where one is unreadable."""
    robots: tuple[HarborRobot, ...] = ()
    """Every robot of this base at the spec's place, whatever its mark, and those at other places
    that are known to be ours."""
    handshakes: Mapping[int, Handshake] = field(default_factory=dict)
    """By robot id, for the credentials of the ledger."""
    can_update: bool = False
    """Whether the connection's login may change a robot; another robot never may."""
    token_lifetime: timedelta = timedelta(minutes=30)
    """How long a bearer token outlives its robot; Harbor's default where it cannot be read."""
    projects: tuple[NamedProject, ...] = ()
    """The HarborProjects that the spec names."""
    catalogue: Catalogue = HARBOR_2_16
    """What this Harbor can grant."""
    retain: bool = False
    """Whether the serving robot and its Secret outlive the object."""
    turn: datetime | None = None
    """Before when nothing planned begins: an overdue fleet is replaced one after another."""
    place: datetime | None = AT_ONCE
    """When the credential in question may be replaced out of turn; None: it has no place yet."""
    fleet: FleetRevoke | None = None
    secret_set: bool = False
    """Whether this reconcile has set a secret in Harbor: once is enough, then it is tried."""
    refreshed: Handshake | None = None
    """What Harbor said to the pending secret of a refresh, which shares its robot with live."""

    @property
    def rights(self) -> Rights:
        """What the namespace may give its robots."""
        return Rights(self.own.namespace, self.rule, self.projects)

    def robot(self, robot_id: int) -> HarborRobot | None:
        """The robot of that id, None when it is not there."""
        return next((robot for robot in self.robots if robot.id == robot_id), None)

    def ours(self) -> Iterator[HarborRobot]:
        """The robots that carry this object's mark."""
        return (robot for robot in self.robots if robot.marked_by(self.own))

    def usernames(self) -> Iterator[str]:
        """Every user name that a managed Secret holds, readable ones only."""
        held = (self.target.username, *self.followers)
        return (username for username in held if username is not None)

    def next_number(self, name: RobotName) -> int:
        """One more than the largest number seen anywhere: no number is ever used twice.

        Tenants can write some of what is seen. Where they have written the last number, the
        first one goes that nothing holds.
        """
        seen = {
            *(self.ledger.numbers() if self.ledger else ()),
            *(name.number(username) for username in self.usernames()),
            *(name.number(robot.name) for robot in self.robots),
            *(previous.n for previous in self.recorded.previous),
            *self.recorded.numbers,
        }
        largest = max((n for n in seen if n is not None), default=0)
        if largest < LAST_NUMBER:
            return largest + 1
        return next(n for n in count(1) if n not in seen)
