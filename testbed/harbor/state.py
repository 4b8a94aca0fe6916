"""Everything that a Harbor keeps in its database: plain data, copied as a whole for snapshots."""

import copy
from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum

from testbed.harbor.artifact_state import Accessory, Artifact, Repository
from testbed.harbor.configuration import ConfigurationValue, default_configuration
from testbed.harbor.policy_state import (
    ImmutableTagRule,
    JobSchedule,
    Retention,
    RetentionExecution,
    Scanner,
    UpstreamRegistry,
    Webhook,
)
from testbed.harbor.scan_state import Scan, ScanAllExecution

ADMIN_USER_ID = 1
"""The built-in administrator; Harbor creates it first."""
ANONYMOUS_USER_ID = 2
"""A built-in user that owns an id but can never log in, so created users start at 3."""
PROJECT_ADMIN_ROLE = 1
"""The role of whoever created a project."""


@dataclass(slots=True)
class User:
    """A local user; the password is kept in the clear, as this Harbor guards nothing."""

    user_id: int
    username: str
    email: str
    realname: str
    comment: str
    password: str = field(repr=False)
    sysadmin: bool
    created: datetime
    updated: datetime
    group_ids: list[int] = field(default_factory=list)
    """The groups that the user's last login told of; none under database login."""


@dataclass(slots=True)
class Allowlist:
    """Vulnerabilities that are tolerated; its id comes from a sequence of its own.

    The system's is no row, and has no id, until it is first `written`.
    """

    id: int
    items: list[str] = field(default_factory=list)
    expires_at: int | None = None
    written: datetime | None = None

    def tolerated(self, now: datetime) -> list[str]:
        """What it holds, or nothing once it has expired."""
        expired = self.expires_at is not None and now.timestamp() >= self.expires_at
        return [] if expired else self.items


@dataclass(slots=True)
class Project:
    """A project with its metadata (strings only) and allowlist."""

    project_id: int
    name: str
    owner_id: int
    allowlist: Allowlist
    metadata: dict[str, str]
    created: datetime
    updated: datetime
    registry_id: int = 0
    """The registry that the project is a cache of; 0 for an ordinary project."""

    @property
    def is_proxy(self) -> bool:
        """Whether the project is a cache of another registry."""
        return self.registry_id > 0

    @property
    def public(self) -> bool:
        """Whether anybody may pull."""
        return self.metadata.get("public") in {"1", "true"}

    def is_on(self, setting: str) -> bool:
        """Whether a setting that is off by itself is switched on."""
        return self.metadata.get(setting, "").lower() in {"1", "true"}


@dataclass(slots=True)
class Quota:
    """The storage limit of a project in bytes, -1 for none; `updated` is None after a PUT."""

    id: int
    project_id: int
    hard: int
    used: int
    created: datetime
    updated: datetime | None


@dataclass(slots=True)
class Group:
    """A group of users of another login system; `type` is the API's number for it."""

    id: int
    name: str
    type: int
    ldap_dn: str


class EntityType(Enum):
    """Who can be a member, by the letter that the API uses."""

    USER = "u"
    GROUP = "g"


@dataclass(slots=True)
class Member:
    """The role of a user or group in a project."""

    id: int
    project_id: int
    entity_id: int
    role_id: int
    entity_type: EntityType = EntityType.USER

    def is_user(self, user_id: int) -> bool:
        """Whether the member is this user."""
        return self.entity_type is EntityType.USER and self.entity_id == user_id

    def is_group(self, group_id: int) -> bool:
        """Whether the member is this group."""
        return self.entity_type is EntityType.GROUP and self.entity_id == group_id


@dataclass(frozen=True, slots=True)
class Access:
    """One granted (or, with effect "deny", forbidden) action of a robot."""

    resource: str
    action: str
    effect: str = ""


@dataclass(slots=True)
class Permission:
    """What a robot may do in one scope: `/system`, `/project/*` or `/project/<id>`."""

    scope: str
    accesses: list[Access]


@dataclass(slots=True)
class Robot:
    """A robot account; `name` is stored without the prefix, `project_id` is 0 at system level."""

    id: int
    name: str
    project_id: int
    description: str
    duration: int
    expires_at: int
    disabled: bool
    secret: str = field(repr=False)
    creator_type: str
    creator_ref: int
    permissions: list[Permission]
    created: datetime
    updated: datetime

    @property
    def level(self) -> str:
        """The level as the API names it."""
        return "project" if self.project_id else "system"


@dataclass(slots=True)
class Label:
    """A label, global ("g", project 0) or of a project ("p")."""

    id: int
    name: str
    description: str
    color: str
    scope: str
    project_id: int
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log; `project_id` is 0 for what belongs to no project."""

    id: int
    username: str
    operation: str
    resource_type: str
    resource: str
    description: str
    successful: bool
    at: datetime
    project_id: int = 0


@dataclass(slots=True)
class HarborState:
    """All tables, and the sequences that number their rows.

    `blobs` holds the sizes of whatever was pushed; nothing leaves it, as garbage is not collected.

    Like the database's, a sequence also moves for an insertion that a unique name refuses.
    """

    users: dict[int, User] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    project_ids: dict[str, int] = field(default_factory=dict)
    quotas: dict[int, Quota] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    robots: dict[int, Robot] = field(default_factory=dict)
    robot_ids: dict[tuple[int, str], int] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    accessories: dict[int, Accessory] = field(default_factory=dict)
    blobs: dict[str, int] = field(default_factory=dict)
    immutable_rules: dict[int, ImmutableTagRule] = field(default_factory=dict)
    retentions: dict[int, Retention] = field(default_factory=dict)
    retention_executions: dict[int, RetentionExecution] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    registries: dict[int, UpstreamRegistry] = field(default_factory=dict)
    scanners: dict[str, Scanner] = field(default_factory=dict)
    schedules: dict[int, JobSchedule] = field(default_factory=dict)
    scans: dict[str, Scan] = field(default_factory=dict)
    scan_all_executions: list[ScanAllExecution] = field(default_factory=list)
    system_allowlist: Allowlist = field(default_factory=lambda: Allowlist(0))
    audit_log: list[AuditEntry] = field(default_factory=list)
    configuration: dict[str, ConfigurationValue] = field(default_factory=default_configuration)
    sequences: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def next_id(self, table: str) -> int:
        """Draws the next number of a sequence."""
        self.sequences[table] += 1
        return self.sequences[table]

    def snapshot(self) -> "HarborState":
        """A copy that later changes do not touch."""
        return copy.deepcopy(self)

    def restore(self, snapshot: "HarborState") -> None:
        """Goes back to a snapshot, sequences included, as restoring a database backup does."""
        source = copy.deepcopy(snapshot)
        for column in fields(self):
            setattr(self, column.name, getattr(source, column.name))

    def user_named(self, username: str) -> User | None:
        """The user with this name."""
        return next((user for user in self.users.values() if user.username == username), None)

    def project_named(self, name: str) -> Project | None:
        """The project with this name."""
        return self.projects.get(self.project_ids.get(name, 0))

    def quota_of(self, project_id: int) -> Quota | None:
        """The quota of a project; None when quotas were off when it was created."""
        quotas = self.quotas.values()
        return next((quota for quota in quotas if quota.project_id == project_id), None)

    def roles_of(self, user_id: int, project_id: int) -> list[int]:
        """The roles of a user in a project, as a member or through groups."""
        user = self.users.get(user_id)
        group_ids = user.group_ids if user is not None else []
        return [
            member.role_id
            for member in self.members.values()
            if member.project_id == project_id
            and (member.is_user(user_id) or any(map(member.is_group, group_ids)))
        ]

    def repositories_of(self, project_id: int) -> list[Repository]:
        """The repositories of a project, by id."""
        return [repo for repo in self.repositories.values() if repo.project_id == project_id]

    def repository_named(self, name: str) -> Repository | None:
        """The repository with this full name (`project/path`)."""
        return next((repo for repo in self.repositories.values() if repo.name == name), None)

    def accessories_of(self, artifact: Artifact) -> list[Accessory]:
        """What belongs to an artifact: its signatures and the like, by id."""
        return [row for row in self.accessories.values() if row.subject_id == artifact.id]

    def accessory_bonds(self, artifact: Artifact) -> list[Accessory]:
        """What makes an artifact itself an accessory; empty for an ordinary one."""
        return [row for row in self.accessories.values() if row.artifact_id == artifact.id]

    def remove_project(self, project_id: int) -> None:
        """Deletes a project with what Harbor deletes: labels and webhooks stay."""
        self.project_ids.pop(self.projects.pop(project_id).name)
        self.quotas = {k: v for k, v in self.quotas.items() if v.project_id != project_id}
        self.members = {k: v for k, v in self.members.items() if v.project_id != project_id}
        rules = self.immutable_rules.items()
        self.immutable_rules = {k: v for k, v in rules if v.project_id != project_id}
        for robot in [r for r in self.robots.values() if r.project_id == project_id]:
            self.remove_robot(robot)

    def add_robot(self, robot: Robot) -> None:
        """Stores a robot whose name was found to be free."""
        self.robots[robot.id] = robot
        self.robot_ids[robot.project_id, robot.name] = robot.id

    def remove_robot(self, robot: Robot) -> None:
        """Deletes a robot."""
        del self.robots[robot.id]
        del self.robot_ids[robot.project_id, robot.name]
