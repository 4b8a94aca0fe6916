"""HarborRobot: one robot account, its credential in a Secret, and the credential's rotation."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, WithJsonSchema

from harbor_operator.api.base import (
    CONNECTION_IS_IMMUTABLE,
    LEDGER_SUFFIX,
    ConnectionRef,
    LocalRef,
    SecretTemplate,
    Status,
)
from harbor_operator.api.model import SERVER_DEFAULT, ApiModel, Rule
from harbor_operator.api.resources import (
    CLOSING_COLUMNS,
    READY_COLUMNS,
    Column,
    CustomResource,
    Scope,
)
from harbor_operator.api.rotation import Rotation
from harbor_operator.api.values import (
    DNS_SUBDOMAIN_PATTERN,
    HARBOR_NAME_PATTERN,
    MAX_NAME_LENGTH,
    Text,
    Timestamp,
    Token,
)

MAX_ROBOT_NAME_LENGTH: Final = 100
"""Project (128) + separator + base + our number fit the 255 characters that Harbor stores."""

ROBOT_NAME_HASH_LENGTH: Final = 5
"""Hex digits in a defaulted robot name, so that namespaces and clusters do not collide."""

DEFAULT_LIFETIME_DAYS: Final = 90
"""How long a robot lives where the spec does not say."""

MAX_LIFETIME_DAYS: Final = 3650
"""Ten years; what is to live longer is better said as Never."""

NEVER: Final = "Never"
"""The word for a robot that does not expire."""

MAX_SECRET_NAME_LENGTH: Final = MAX_NAME_LENGTH - len(LEDGER_SUFFIX)
"""The ledger's name, which appends to the Secret's, must be an object's name too."""

_MAX_DEFAULTED_LENGTH: Final = MAX_ROBOT_NAME_LENGTH - ROBOT_NAME_HASH_LENGTH - 1

Lifetime = Annotated[
    Literal["Never"] | Annotated[int, Field(ge=1, le=MAX_LIFETIME_DAYS)],
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "x-kubernetes-validations": [
                {
                    "rule": (
                        f"type(self) == int ? self >= 1 && self <= {MAX_LIFETIME_DAYS}"
                        f" : self == '{NEVER}'"
                    ),
                    "message": f"lifetimeDays: from 1 to {MAX_LIFETIME_DAYS}, or {NEVER}",
                }
            ],
        }
    ),
]
"""Days, or the word Never."""

PermissionWord = Annotated[str, Field(pattern="^[a-z]+(-[a-z]+)*$", min_length=1, max_length=64)]
"""A resource or an action in Harbor's vocabulary."""


class Preset(StrEnum):
    """Named sets of permissions within a project."""

    PULL = "Pull"
    """Pull artifacts."""

    PULL_PUSH = "PullPush"
    """Pull and push artifacts."""

    PUSH = "Push"
    """Push artifacts; Harbor's push needs pull as well."""

    SCAN = "Scan"
    """Pull artifacts, start scans and read their results."""

    READ_METADATA = "ReadMetadata"
    """Read what the project holds, without pulling it."""

    MAINTAIN = "Maintain"
    """Pull, push, tag, scan and delete artifacts."""


class Permission(ApiModel):
    """Actions on one sort of thing, in Harbor's vocabulary."""

    checks = (
        Rule(
            "self.actions.all(action, self.actions.exists_one(other, other == action))",
            "actions: each action may be listed once",
            field="actions",
        ),
    )

    resource: PermissionWord
    """What the actions are on, such as repository or artifact."""

    actions: tuple[PermissionWord, ...] = Field(min_length=1, max_length=16)
    """What is allowed, such as pull or list."""


class ProjectAccess(ApiModel):
    """What a robot may do in one project."""

    checks = (
        Rule(
            "has(self.preset) != has(self.permissions)",
            "give exactly one of preset and permissions",
            field="preset",
        ),
        Rule(
            "!has(self.permissions) || self.permissions.all(entry,"
            " self.permissions.exists_one(other, other.resource == entry.resource))",
            "permissions: each resource may be listed once",
            field="permissions",
        ),
    )

    project_ref: LocalRef
    """The HarborProject, in the robot's namespace."""

    preset: Preset | None = None
    """A named set of permissions: Pull, PullPush, Push, Scan, ReadMetadata or Maintain."""

    permissions: tuple[Permission, ...] | None = Field(default=None, min_length=1, max_length=32)
    """Or each permission by itself."""


class RobotSpec(ApiModel):
    """One robot account of one project."""

    checks = (
        CONNECTION_IS_IMMUTABLE,
        Rule(
            "has(self.robotName) == has(oldSelf.robotName)"
            " && (!has(self.robotName) || self.robotName == oldSelf.robotName)",
            "robotName is immutable: create another HarborRobot instead",
            field="robotName",
        ),
        Rule(
            "!has(self.rotation) || !has(self.rotation.every)"
            " || (has(self.lifetimeDays) && type(self.lifetimeDays) != int)"
            " || duration(self.rotation.every).getMinutes()"
            " + duration(has(self.rotation.overlap) ? self.rotation.overlap : '1h').getMinutes()"
            f" < (has(self.lifetimeDays) ? int(self.lifetimeDays) : {DEFAULT_LIFETIME_DAYS})"
            " * 1440",
            "rotation.every and rotation.overlap together must be shorter than lifetimeDays"
            f" ({DEFAULT_LIFETIME_DAYS} where none is given)",
            field="rotation",
        ),
        Rule(
            "!has(self.rotation) || has(self.rotation.every) || !has(self.rotation.overlap)"
            " || (has(self.lifetimeDays) && type(self.lifetimeDays) != int)"
            " || duration(self.rotation.overlap).getMinutes() * 3"
            f" < (has(self.lifetimeDays) ? int(self.lifetimeDays) : {DEFAULT_LIFETIME_DAYS})"
            " * 1440",
            "rotation.overlap must be shorter than a third of lifetimeDays"
            f" ({DEFAULT_LIFETIME_DAYS} where none is given), unless rotation.every is set",
            field="rotation",
        ),
    )

    connection_ref: ConnectionRef = Field(default=ConnectionRef(), json_schema_extra=SERVER_DEFAULT)
    """The connection to the Harbor that holds the robot; immutable."""

    robot_name: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_ROBOT_NAME_LENGTH,
        pattern=HARBOR_NAME_PATTERN,
    )
    """The base of the robot's name, to which Harbor's prefix, the project and a number are added.
    Default: metadata.name and five characters that tell namespaces and clusters apart.
    Immutable."""

    access: tuple[ProjectAccess, ...] = Field(min_length=1, max_length=1)
    """What the robot may do; exactly one project."""

    lifetime_days: Lifetime | None = None
    """After how many days the robot expires, from 1 to 3650, or Never. Default 90, or the tenant
    rule's limit where that is less."""

    rotation: Rotation = Rotation()
    """When the credential is replaced."""

    secret_name: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_SECRET_NAME_LENGTH,
        pattern=DNS_SUBDOMAIN_PATTERN,
    )
    """Name of the Secret of type kubernetes.io/basic-auth that receives username, password,
    registry and url; default metadata.name; immutable. The operator's own record is the Secret
    of this name with -ledger appended."""

    secret_template: SecretTemplate = SecretTemplate()
    """Labels and annotations for the Secret."""

    suspend: bool = False
    """Whether the operator leaves the robot alone. Deletion still works."""

    def secret_name_for(self, object_name: str) -> str:
        """The Secret's name, given the object's."""
        return self.secret_name or object_name


class PreviousRobot(ApiModel):
    """A robot account that has been replaced and still lives."""

    n: int = Field(ge=1)
    """The number at the end of its name."""

    robot_id: int = Field(ge=1)
    """Its number in Harbor."""

    username: Text
    """Its full name."""

    since: Timestamp
    """Since when nothing uses it any more."""

    remove_after: Timestamp
    """When it is deleted."""


class RotationResult(StrEnum):
    """How a rotation ended."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


class RotationRecord(ApiModel):
    """One rotation that has ended."""

    time: Timestamp
    """When it ended."""

    reason: Text
    """Why it was made, as one word from the documented list of reasons."""

    result: RotationResult
    """Succeeded or Failed."""


class RobotStatus(Status):
    """What the operator found and did."""

    robot_id: int | None = Field(default=None, ge=1)
    """The number in Harbor of the robot account in use."""

    username: Text | None = None
    """The full name of the robot account in use."""

    expires_at: Timestamp | None = None
    """When the credential in use expires; absent where it never does."""

    rotated_at: Timestamp | None = None
    """When the credential in use was made."""

    next_rotation_at: Timestamp | None = None
    """When the next planned rotation is due."""

    previous: tuple[PreviousRobot, ...] = Field(default=(), max_length=100)
    """Robot accounts that have been replaced and still live."""

    secret_name: Text | None = None
    """Name of the Secret that holds the credential."""

    history: tuple[RotationRecord, ...] = Field(default=(), max_length=10)
    """The last rotations, the newest first."""

    last_handled_rotate_at: Token | None = None
    """The newest token of annotation harbor-operator.dev/rotate-requested-at handled."""


ROBOTS: Final = CustomResource(
    kind="HarborRobot",
    plural="harborrobots",
    short_names=("hrobot",),
    scope=Scope.NAMESPACED,
    spec=RobotSpec,
    status=RobotStatus,
    columns=(
        *READY_COLUMNS,
        Column("Username", ".status.username"),
        Column("Secret", ".status.secretName"),
        Column("Expires", ".status.expiresAt"),
        Column("Next rotation", ".status.nextRotationAt", priority=1),
        Column("Rotated", ".status.rotatedAt", type="date", priority=1),
        Column("Connection", ".spec.connectionRef.name", priority=1),
        *CLOSING_COLUMNS,
    ),
    description=(
        "A HarborRobot is one robot account in Harbor; its credential is kept in a Secret and"
        " replaced without a gap before it expires."
    ),
    rules=(
        Rule(
            "has(self.spec.robotName)"
            f" || (self.metadata.name.size() <= {_MAX_DEFAULTED_LENGTH}"
            f" && self.metadata.name.matches('{HARBOR_NAME_PATTERN}'))",
            "robotName defaults to metadata.name with a suffix, which Harbor does not accept here"
            f" (at most {_MAX_DEFAULTED_LENGTH} characters, single separators): set robotName",
            field="spec.robotName",
        ),
        Rule(
            f"has(self.spec.secretName) || self.metadata.name.size() <= {MAX_SECRET_NAME_LENGTH}",
            "secretName defaults to metadata.name, which is too long here: set secretName",
            field="spec.secretName",
        ),
        Rule(
            "(has(self.spec.secretName) ? self.spec.secretName : self.metadata.name)"
            " == (has(oldSelf.spec.secretName) ? oldSelf.spec.secretName"
            " : oldSelf.metadata.name)",
            "secretName is immutable: create another HarborRobot instead",
            field="spec.secretName",
        ),
    ),
    selectable=(".spec.connectionRef.name",),
)
