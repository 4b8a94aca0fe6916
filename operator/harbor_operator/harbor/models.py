"""What Harbor answers, as far as it is used; tolerant of what is missing, null or new.

Harbor leaves out every field with a zero value, so each field has a default. These are reports
of what Harbor holds, never requests.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

T = TypeVar("T")

NEVER_EXPIRES = -1
"""Harbor's word for "never" in a robot's duration (days) and expiry (epoch seconds)."""


class WireModel(BaseModel):
    """A frozen report; unknown fields are dropped, null counts as absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: object) -> object:
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if value is not None}
        return data


class FlatModel(WireModel):
    """A report of fields that lie deeper in Harbor's answer; code names them directly."""

    model_config = ConfigDict(populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_deep_nulls(cls, data: object) -> object:
        return _without_nulls(data)


def _unless_zero(value: object) -> object:
    """A time that was never set is the first moment of Harbor's calendar."""
    return None if isinstance(value, str) and value.startswith("0001-01-01T") else value


Moment = Annotated[datetime | None, BeforeValidator(_unless_zero)]
"""A time that may not have come yet, which is None then."""


class ErrorItem(WireModel):
    """One entry of Harbor's error body."""

    code: str = ""
    message: str = ""


class ErrorList(WireModel):
    """Harbor's error body."""

    errors: tuple[ErrorItem, ...] = ()


class AllowlistItem(WireModel):
    """One vulnerability that does not block pulls."""

    cve_id: str = ""


class CveAllowlist(WireModel):
    """A project's own list of tolerated vulnerabilities."""

    items: tuple[AllowlistItem, ...] = ()
    expires_at: int | None = None
    """Epoch seconds; None never expires."""

    @property
    def ids(self) -> frozenset[str]:
        """The identifiers alone."""
        return frozenset(item.cve_id for item in self.items)


class Project(WireModel):
    """A project. It carries no quota: ask `quotas`."""

    id: int = Field(alias="project_id")
    name: str
    metadata: Mapping[str, str] = {}
    """Every value is a string, also the booleans."""
    owner_name: str = ""
    registry_id: int = 0
    """The upstream of a proxy cache; 0 for an ordinary project."""
    repo_count: int = 0
    creation_time: datetime | None = None
    cve_allowlist: CveAllowlist = CveAllowlist()


class Label(WireModel):
    """A label of one project, or a global one."""

    id: int
    name: str
    description: str = ""
    color: str = ""
    scope: str = ""
    project_id: int = 0
    creation_time: datetime | None = None


class Storage(WireModel):
    """The only resource that Harbor counts, in bytes."""

    storage: int = 0


class QuotaReference(WireModel):
    """Whom a quota is for."""

    id: int = 0


class Quota(WireModel):
    """How much a project may hold, and how much it holds."""

    id: int
    ref: QuotaReference = QuotaReference()
    hard: Storage = Storage()
    """-1 is unlimited."""
    used: Storage = Storage()

    @property
    def project_id(self) -> int:
        """The project that it limits."""
        return self.ref.id


class Repository(WireModel):
    """A repository; `name` begins with its project."""

    id: int = 0
    name: str
    artifact_count: int = 0

    @property
    def relative_name(self) -> str:
        """The name without the project: a project's name holds no slash."""
        return self.name.partition("/")[2]


class RobotLevel(StrEnum):
    """Whom a robot belongs to: one project, or the system."""

    PROJECT = "project"
    SYSTEM = "system"


class Access(WireModel):
    """One action on one resource. Hashable and ordered by `key`, since Harbor shuffles lists."""

    resource: str = ""
    action: str = ""
    effect: str = ""
    """Empty means allow, and "allow" is not the same to Harbor's check of nested robots."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells two accesses apart."""
        return self.resource, self.action, self.effect


class Permission(WireModel):
    """What a robot may do in one place."""

    kind: str = ""
    """`project` or `system`."""
    namespace: str = ""
    """A project's name, `*` for all of them, or `/` for the system."""
    access: frozenset[Access] = frozenset()


class Robot(WireModel):
    """A robot account."""

    id: int
    name: str
    """The full name with Harbor's prefix: what a client logs in with."""
    description: str = ""
    level: str = ""
    duration: int = 0
    """Days from the creation, or NEVER_EXPIRES."""
    disable: bool = False
    editable: bool = False
    expires_at: int = NEVER_EXPIRES
    permissions: frozenset[Permission] = frozenset()
    creator_type: str = ""
    creator_ref: int = 0
    creation_time: datetime | None = None

    @property
    def grants(self) -> frozenset[tuple[str, str]]:
        """Resource and action of everything that it may do, wherever it may."""
        return frozenset(
            (access.resource, access.action)
            for permission in self.permissions
            for access in permission.access
        )

    @property
    def expiry(self) -> datetime | None:
        """When it expires, or None for never."""
        return expiry_of(self.expires_at)


class RobotAnswer(WireModel):
    """The answer to a creation; the only place where Harbor shows the generated secret."""

    id: int
    name: str
    secret: SecretStr
    creation_time: datetime | None = None
    expires_at: int = NEVER_EXPIRES


class SystemInfo(WireModel):
    """What Harbor tells about itself. Most of it is there for authenticated callers only."""

    harbor_version: str | None = None
    """`v2.16.0-c50c7ddd`; since 2.13 only for authenticated callers."""
    external_url: str = ""
    registry_url: str = ""
    """The host that images are pulled from."""
    auth_mode: str = ""
    read_only: bool = False
    project_creation_restriction: str = ""


class Component(WireModel):
    """One part of Harbor, and whether it works."""

    name: str = ""
    status: str = ""
    error: str = ""


class Health(WireModel):
    """Harbor's report on its parts."""

    components: tuple[Component, ...] = ()

    @property
    def unhealthy(self) -> tuple[str, ...]:
        """The parts that do not work."""
        return tuple(part.name for part in self.components if part.status != "healthy")


class Grantable(WireModel):
    """One right that a robot can be given. Has no effect: that is the robot's choice."""

    resource: str = ""
    action: str = ""


class PermissionCatalogue(WireModel):
    """All rights that this Harbor can give to robots."""

    system: frozenset[Grantable] = frozenset()
    project: frozenset[Grantable] = frozenset()


class ConfigurationNumber(WireModel):
    """One number of Harbor's configuration."""

    value: int


class ConfigurationText(WireModel):
    """One text of Harbor's configuration."""

    value: str


class Configuration(WireModel):
    """The part of Harbor's configuration that is used."""

    token_expiration: ConfigurationNumber | None = None
    robot_name_prefix: ConfigurationText | None = None

    @property
    def token_minutes(self) -> int | None:
        """How long a registry token lives."""
        return None if self.token_expiration is None else self.token_expiration.value

    @property
    def robot_prefix(self) -> str | None:
        """What Harbor puts before the name of every robot."""
        return None if self.robot_name_prefix is None else self.robot_name_prefix.value


class User(WireModel):
    """The user behind the credentials."""

    username: str = ""


class IdentityKind(Enum):
    """Whom Harbor takes a caller for."""

    USER = "user"
    ROBOT = "robot"
    ANONYMOUS = "anonymous"


def _without_nulls(data: object) -> object:
    if isinstance(data, Mapping):
        return {key: _without_nulls(value) for key, value in data.items() if value is not None}
    return data


def expiry_of(epoch_seconds: int) -> datetime | None:
    """Harbor's `expires_at` as a time; None for never."""
    if epoch_seconds == NEVER_EXPIRES:
        return None
    return datetime.fromtimestamp(epoch_seconds, tz=UTC)
