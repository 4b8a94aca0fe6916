"""HarborRobot: one robot account, its credential in a Secret, and the credential's rotation."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, WithJsonSchema

from harbor_operator.api.access import (
    EACH_PROJECT_ONCE,
    EACH_RESOURCE_ONCE,
    MAX_ACCESS,
    MAX_PERMISSIONS,
    Permission,
    ProjectAccess,
)
from harbor_operator.api.base import (
    CONNECTION_IS_IMMUTABLE,
    LEDGER_SUFFIX,
    ConnectionRef,
    SecretTemplate,
    Status,
)
from harbor_operator.api.model import (
    SERVER_DEFAULT,
    ApiModel,
    Rule,
    checked_by,
)
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

HISTORY_LENGTH: Final = 10
"""How many rotations a status remembers."""

NEVER: Final = "Never"
"""The word for a robot that does not expire."""

MAX_SECRET_NAME_LENGTH: Final = MAX_NAME_LENGTH - len(LEDGER_SUFFIX)
"""The ledger's name, which appends to the Secret's, must be an object's name too."""

MAX_DEFAULTED_LENGTH: Final = MAX_ROBOT_NAME_LENGTH - ROBOT_NAME_HASH_LENGTH - 1
"""The longest metadata.name that can serve as the base of a robot's name."""

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


class RobotDeletionPolicy(StrEnum):
    """What becomes of the robot account when its object is deleted."""

    DELETE = "Delete"
    """Secret and robot account go with it."""

    RETAIN = "Retain"
    """The serving account and its Secret stay, and nobody looks after them any more."""


class RobotSpec(ApiModel):
    """One robot account of a project, or of the system where its access goes beyond one."""

    checks = (
        CONNECTION_IS_IMMUTABLE,
        Rule(
            "has(self.access) && self.access.size() > 0 || has(self.system)",
            "give access or system",
            field="access",
        ),
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

    access: tuple[ProjectAccess, ...] = Field(
        default=(),
        max_length=MAX_ACCESS,
        json_schema_extra=checked_by(EACH_PROJECT_ONCE),
    )
    """What the robot may do in projects. With one project, and without system, it is a robot of
    that project; with more, or with allProjects, one of the system."""

    system: tuple[Permission, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_PERMISSIONS,
        json_schema_extra=checked_by(EACH_RESOURCE_ONCE),
    )
    """What the robot may do in Harbor itself; needs a tenant rule with maxAccess System."""

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

    deletion_policy: RobotDeletionPolicy = RobotDeletionPolicy.DELETE
    """Delete (default) or Retain: the serving robot account and its Secret stay when the object
    goes, which needs a connection with a user's credentials."""

    disabled: bool | None = None
    """Whether Harbor refuses the robot's logins; needs a connection with a user's credentials.
    Absent: what somebody chose in Harbor is respected."""

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
    """The new credential serves."""

    FAILED = "Failed"
    """The new credential did not work and was given up."""

    ABANDONED = "Abandoned"
    """It was given up before anybody could use it, such as when Harbor's answer was lost."""


class RotationRecord(ApiModel):
    """One rotation that has ended."""

    time: Timestamp
    """When the credential was made, or given up."""

    reason: Text
    """Why it was made, as one word from the documented list of reasons."""

    result: RotationResult
    """Succeeded, Failed (the credential did not work) or Abandoned (it was given up before)."""


class RobotStatus(Status):
    """What the operator found and did."""

    robot_id: int | None = Field(default=None, ge=1)
    """The number in Harbor of the robot account in use."""

    username: Text | None = None
    """The full name of the robot account in use."""

    credential_revision: Text | None = None
    """Which credential is in use: the number of the robot account, and behind a dot that of its
    secret where it has got others since."""

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

    withdrawn_at: Timestamp | None = None
    """Since when the robot accounts may do more than the namespace is given; they are deleted
    after the overlap. Absent while all is well."""

    history: tuple[RotationRecord, ...] = Field(default=(), max_length=HISTORY_LENGTH)
    """The last rotations, the newest first."""

    last_handled_rotate_at: Token | None = None
    """The newest token of annotation harbor-operator.dev/rotate-requested-at handled."""

    last_handled_revoke_at: Token | None = None
    """The newest token of annotation harbor-operator.dev/revoke-requested-at handled."""

    last_handled_connection_revoke_at: Token | None = None
    """The newest token of that annotation on the connection handled."""


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
            f" || (self.metadata.name.size() <= {MAX_DEFAULTED_LENGTH}"
            f" && self.metadata.name.matches('{HARBOR_NAME_PATTERN}'))",
            "robotName defaults to metadata.name with a suffix, which Harbor does not accept here"
            f" (at most {MAX_DEFAULTED_LENGTH} characters, single separators): set robotName",
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
