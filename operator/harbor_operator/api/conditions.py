"""The vocabulary in which the operator reports: condition types and reasons.

Both are part of the API. The reasons are a closed list; each one has one meaning on all kinds,
and messages are for people and may change.
"""

from enum import StrEnum

from pydantic import Field

from harbor_operator.api.model import ApiModel
from harbor_operator.api.values import Timestamp


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class ConditionType(StrEnum):
    """What a condition speaks about."""

    READY = "Ready"
    """Sums up: the object does for its users what its spec says."""

    RECONCILING = "Reconciling"
    """The operator works on a generation that is not applied yet. Present only while True."""

    STALLED = "Stalled"
    """A person has to change something first. Present only while True."""

    SYNCED = "Synced"
    """Harbor's project is as the spec says."""

    DRIFT_FIGHT = "DriftFight"
    """Somebody else keeps changing what the operator puts right. Present only while True."""

    CREDENTIAL_VALID = "CredentialValid"
    """Harbor accepts the robot's credential."""

    ROTATING = "Rotating"
    """A rotation is under way; the credential in the Secret works meanwhile."""

    VERIFIED = "Verified"
    """Harbor gives the delivered credential what it needs to pull."""

    DISTRIBUTED = "Distributed"
    """Every selected namespace holds the pull secret."""

    ROLLOUT_PAUSED = "RolloutPaused"
    """The canary namespaces hold a credential that failed there; all others keep the one before.
    Present only while True."""

    REMOVAL_HELD = "RemovalHeld"
    """More than half of the namespaces have left at once; they keep the pull secret until a
    person confirms it. Present only while True."""


class Reason(StrEnum):
    """Why a condition is as it is."""

    SUCCEEDED = "Succeeded"
    """Everything is as the spec says."""

    PROGRESSING = "Progressing"
    """The operator is at work, nothing is in its way."""

    SUSPENDED = "Suspended"
    """`spec.suspend` of the object or of its connection stops the work."""

    INVALID_SPEC = "InvalidSpec"
    """The spec contradicts itself or Harbor refuses it as it stands."""

    INTERNAL_ERROR = "InternalError"
    """A defect of the operator; its log holds the traceback."""

    CREDENTIALS_MISSING = "CredentialsMissing"
    """The connection's Secret, or a key in it, is not there."""

    TLS_VERIFICATION_FAILED = "TLSVerificationFailed"
    """Harbor's certificate is not signed by a known authority, or is for another host."""

    HARBOR_UNREACHABLE = "HarborUnreachable"
    """No answer, or only server errors, from Harbor."""

    AUTHENTICATION_FAILED = "AuthenticationFailed"
    """Harbor does not know the connection's user or its password."""

    PERMISSION_DENIED = "PermissionDenied"
    """Harbor knows the connection's account and does not allow it this."""

    HARBOR_READ_ONLY = "HarborReadOnly"
    """An administrator has put Harbor into read-only mode."""

    RATE_LIMITED = "RateLimited"
    """Harbor, or a proxy before it, asks for fewer requests."""

    UNSUPPORTED_VERSION = "UnsupportedVersion"
    """Harbor's version is outside the supported range."""

    NOT_ALLOWED_NAMESPACE = "NotAllowedNamespace"
    """No tenant rule of the connection allows this namespace to use the named project."""

    ACCESS_NOT_ALLOWED = "AccessNotAllowed"
    """The tenant rule allows the namespace less than the spec asks for."""

    NAME_CONFLICT = "NameConflict"
    """The name in Harbor belongs to somebody else."""

    SECRET_NOT_OWNED = "SecretNotOwned"  # noqa: S105 -- a reason's name, not a password.
    """The Secret exists and is not this object's; it is left alone."""

    PROJECT_NOT_FOUND = "ProjectNotFound"
    """The project does not exist in Harbor, and the object only observes it."""

    OBSERVED = "Observed"
    """The project exists; `managementPolicy: Observe` changes nothing of it."""

    CHANGES_PLANNED = "ChangesPlanned"
    """The project differs from the spec, and `managementPolicy: Observe` leaves it so."""

    REPEATED_DRIFT = "RepeatedDrift"
    """Settings are changed in Harbor again and again; they are put right from time to time."""

    SCANNER_NOT_FOUND = "ScannerNotFound"
    """Harbor has no scanner of the name in the spec."""

    MEMBER_NOT_FOUND = "MemberNotFound"
    """Harbor does not know a user or group that the spec makes a member."""

    TAGS_IMMUTABLE = "TagsImmutable"
    """Immutable tags, made immutable by somebody else, are in the way of a deletion."""

    WAITING_FOR_REGISTRY = "WaitingForRegistry"
    """The upstream registry of a proxy cache is not known to Harbor yet."""

    WAITING_FOR_CONNECTION = "WaitingForConnection"
    """The connection is not Ready yet."""

    WAITING_FOR_HARBOR = "WaitingForHarbor"
    """Harbor has to answer before the object can be deleted."""

    WAITING_FOR_PROJECT = "WaitingForProject"
    """The HarborProject is not there or not Ready yet."""

    WAITING_FOR_ROBOT = "WaitingForRobot"
    """The HarborRobot is not there or has no working credential yet."""

    WAITING_FOR_OVERLAP = "WaitingForOverlap"
    """The previous robot account still lives; a planned rotation waits for its end."""

    CREATE_RESULT_UNKNOWN = "CreateResultUnknown"
    """Harbor's answer to a creation was lost; the operator finds out what happened."""

    PROJECT_NOT_EMPTY = "ProjectNotEmpty"
    """The project holds repositories, and its deletionPolicy waits until they are gone."""

    DELETION_NOT_CONFIRMED = "DeletionNotConfirmed"
    """DeleteWithContents waits for annotation harbor-operator.dev/confirm-delete-contents."""

    IN_USE = "InUse"
    """Other objects still use this one, so its deletion waits."""

    ROBOT_MISSING = "RobotMissing"
    """The robot account is gone from Harbor, or is not the one the operator made."""

    ROBOT_EXPIRED = "RobotExpired"
    """The robot account's lifetime is over."""

    ROBOT_DISABLED = "RobotDisabled"
    """Somebody disabled the robot account in Harbor; that is respected."""

    CREDENTIAL_REFUSED = "CredentialRefused"
    """Harbor refuses the credential of a robot account that exists and has not expired."""

    VERIFICATION_FAILED = "VerificationFailed"
    """The delivered credential does not get what it needs from Harbor."""

    VERIFICATION_DISABLED = "VerificationDisabled"
    """`verification.mode` is None."""

    DISTRIBUTION_DENIED = "DistributionDenied"
    """Neither the connection nor the namespace allows pull secrets from here."""

    REMOVAL_NOT_CONFIRMED = "RemovalNotConfirmed"
    """A removal from many namespaces waits for annotation harbor-operator.dev/confirm-removal."""

    NAMESPACE_NOT_FOUND = "NamespaceNotFound"
    """A namespace is named that does not exist, is being deleted, or is not served."""

    TARGET_FAILED = "TargetFailed"
    """The API server refused to store the Secret or to change the ServiceAccount."""


class Condition(ApiModel):
    """One condition, as Kubernetes' metav1.Condition."""

    # Type and reason are not enums here, so that a status which a newer operator wrote can be
    # read; what this one writes are members of ConditionType and Reason.

    type: str = Field(min_length=1, max_length=316, pattern=r"^[A-Za-z][A-Za-z0-9]*$")
    """What the condition speaks about, in CamelCase."""

    status: ConditionStatus
    """Whether it holds: True, False or Unknown."""

    reason: str = Field(min_length=1, max_length=256, pattern="^[A-Za-z][A-Za-z0-9]*$")
    """Why, as one CamelCase word from the documented list."""

    message: str = Field(default="", max_length=32768)
    """Why, for people."""

    last_transition_time: Timestamp
    """When status last changed."""

    observed_generation: int = Field(default=0, ge=0)
    """The generation of the spec that the condition speaks of."""
