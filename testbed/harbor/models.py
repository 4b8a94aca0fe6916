"""The bodies of writing requests, named and typed like Harbor's API models, whom messages quote."""

from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class ProjectMetadata:
    """The settings of a project; all of them are strings."""

    public: str | None = None
    enable_content_trust: str | None = None
    enable_content_trust_cosign: str | None = None
    prevent_vul: str | None = None
    severity: str | None = None
    auto_scan: str | None = None
    auto_sbom_generation: str | None = None
    reuse_sys_cve_allowlist: str | None = None
    retention_id: str | None = None
    proxy_speed_kb: str | None = None
    max_upstream_conn: str | None = None
    proxy_cache_local_on_not_found: str | None = None
    proxy_referrer_api: str | None = None
    proxy_cache_filter_pattern: str | None = None
    proxy_cache_filter_kind: str | None = None

    def given(self) -> dict[str, str]:
        """The keys that the request holds."""
        pairs = ((column.name, getattr(self, column.name)) for column in fields(self))
        return {name: value for name, value in pairs if value is not None}


METADATA_KEYS = frozenset(column.name for column in fields(ProjectMetadata))
"""The settings that the model of a project names."""


@dataclass(slots=True)
class CVEAllowlistItem:
    """One tolerated vulnerability."""

    cve_id: str = ""


@dataclass(slots=True)
class CVEAllowlist:
    """The tolerated vulnerabilities of a project."""

    id: int = 0
    project_id: int = 0
    expires_at: int | None = None
    items: list[CVEAllowlistItem] = field(default_factory=list)


@dataclass(slots=True)
class ProjectReq:
    """Creates or updates a project."""

    project_name: str = ""
    public: bool | None = None
    metadata: ProjectMetadata | None = None
    cve_allowlist: CVEAllowlist | None = None
    storage_limit: int | None = None
    registry_id: int | None = None


@dataclass(slots=True)
class QuotaUpdateReq:
    """Sets the hard limits of a quota."""

    hard: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class RobotAccess:
    """One action on one resource."""

    resource: str = ""
    action: str = ""
    effect: str = ""


@dataclass(slots=True)
class RobotPermission:
    """What a robot may do in one namespace."""

    kind: str = ""
    namespace: str = ""
    access: list[RobotAccess] = field(default_factory=list)


@dataclass(slots=True)
class RobotCreate:
    """Creates a robot; Harbor ignores `secret` and `disable`."""

    name: str = ""
    description: str = ""
    level: str = ""
    duration: int = 0
    permissions: list[RobotPermission] = field(default_factory=list)


@dataclass(slots=True)
class RobotUpdate:
    """Replaces a robot's settings; an absent duration keeps the old one."""

    name: str = ""
    description: str = ""
    level: str = ""
    duration: int | None = None
    disable: bool = False
    permissions: list[RobotPermission] = field(default_factory=list)


@dataclass(slots=True)
class RobotSec:
    """Sets a robot's secret, or asks for a generated one when empty."""

    secret: str = ""


@dataclass(slots=True)
class LabelBody:
    """Creates or updates a label, or names one by its id."""

    id: int = 0
    name: str = ""
    description: str = ""
    color: str = ""
    scope: str = ""
    project_id: int = 0


@dataclass(slots=True)
class UserEntity:
    """The user of a new membership."""

    user_id: int = 0
    username: str = ""


@dataclass(slots=True)
class UserGroup:
    """A group of users, in its creation and in a new membership."""

    id: int = 0
    group_name: str = ""
    group_type: int = 0
    ldap_group_dn: str = ""


@dataclass(slots=True)
class GroupName:
    """Renames a group."""

    group_name: str = ""


@dataclass(slots=True)
class ProjectMember:
    """Adds a member."""

    role_id: int = 0
    member_user: UserEntity | None = None
    member_group: UserGroup | None = None


@dataclass(slots=True)
class RoleRequest:
    """Changes a member's role."""

    role_id: int = 0


@dataclass(slots=True)
class UserCreationReq:
    """Creates a user."""

    username: str = ""
    email: str = ""
    realname: str = ""
    password: str = field(default="", repr=False)
    comment: str = ""


@dataclass(slots=True)
class PasswordReq:
    """Changes a user's password."""

    old_password: str = field(default="", repr=False)
    new_password: str = field(default="", repr=False)


@dataclass(slots=True)
class UserSysAdminFlag:
    """Makes a user an administrator, or no longer."""

    sysadmin_flag: bool = False


@dataclass(slots=True)
class NewTag:
    """Gives an artifact a tag."""

    name: str = ""


@dataclass(slots=True)
class RepositoryDescription:
    """Describes a repository."""

    description: str = ""
