"""HarborPullSecret: a robot's credential as an image pull secret, wherever it is needed."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from harbor_operator.api.base import (
    LabelSelector,
    LocalRef,
    NamespaceSelection,
    SecretTemplate,
    Status,
)
from harbor_operator.api.model import ApiModel, Rule, checked_by, each_once
from harbor_operator.api.resources import (
    CLOSING_COLUMNS,
    READY_COLUMNS,
    Column,
    CustomResource,
    Scope,
)
from harbor_operator.api.robot import MAX_DEFAULTED_LENGTH, Lifetime, RobotSpec
from harbor_operator.api.rotation import Rotation
from harbor_operator.api.values import (
    HARBOR_NAME_PATTERN,
    NamespaceName,
    ObjectName,
    RegistryHost,
    Text,
    Timestamp,
    Token,
)

CHILD_SUFFIX: Final = "-robot"
"""What a pull secret's name gets appended to name the robot that the operator makes for it."""

MAX_PROJECTS: Final = 16
"""As many as a robot may have access to with names that still fit a URL's length limit."""

MAX_LEAVING: Final = 256
"""How many namespaces a status remembers as leaving; the others leave after these."""

_MAX_NAME_WITH_CHILD: Final = MAX_DEFAULTED_LENGTH - len(CHILD_SUFFIX)

Repository = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$",
        min_length=3,
        max_length=255,
    ),
]
"""A repository in Harbor, its project before the first slash."""

Reference = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,127}|sha256:[0-9a-f]{64})$", max_length=128),
]
"""A tag or a digest."""


class VerificationMode(StrEnum):
    """How a delivered credential is tried."""

    TOKEN_SERVICE = "TokenService"  # noqa: S105 -- a mode's name, not a password.
    MANIFEST = "Manifest"
    NONE = "None"


class Targets(ApiModel):
    """Where the pull secret goes."""

    namespaces: NamespaceSelection
    """The namespaces that receive it: names or selector, minus exclude."""


class ServiceAccounts(ApiModel):
    """Which ServiceAccounts of the target namespaces use the pull secret."""

    checks = (
        Rule(
            "[has(self.names), has(self.selector), has(self.all)].filter(given, given).size() == 1",
            "give exactly one of names, selector and all",
        ),
    )

    names: tuple[ObjectName, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=32,
        json_schema_extra=checked_by(each_once("names: each ServiceAccount may be listed once")),
    )
    """Names of ServiceAccounts; those that exist get the pull secret among their
    imagePullSecrets, and lose it when they leave this list."""

    selector: LabelSelector | None = None
    """Or labels of ServiceAccounts; those that match get it, and lose it when they no longer
    do."""

    all: bool | None = Field(
        default=None,
        json_schema_extra=checked_by(Rule("self", "all: leave it out instead of writing false")),
    )
    """Or true: every ServiceAccount."""


class ManifestRef(ApiModel):
    """One image that the credential has to be able to pull."""

    repository: Repository
    """The repository with its project, such as payments/app: what stands between registry and tag
    in the image's name."""

    reference: Reference
    """Its tag or digest."""


class Verification(ApiModel):
    """How a delivered credential is tried."""

    checks = (
        Rule(
            "has(self.manifest) == (has(self.mode) && self.mode == 'Manifest')",
            "manifest: needed with mode Manifest, and only there",
            field="manifest",
        ),
    )

    mode: VerificationMode = VerificationMode.TOKEN_SERVICE
    """TokenService (default) asks Harbor's token service for what a pull needs; Manifest also asks
    Harbor for the manifest of one image, as a node would; None tries nothing."""

    manifest: ManifestRef | None = None
    """The image that mode Manifest asks for."""


class Rollout(ApiModel):
    """How another credential reaches the namespaces that hold the one before."""

    canary: NamespaceSelection
    """The target namespaces that get another credential first: names or selector, minus exclude.
    Where it selects none of the targets, all of them get it at once."""

    pause_on_failure: bool = True
    """Whether the others keep the credential before while the verification of what the canary
    namespaces hold fails. Default true. The pause ends before that credential expires."""


class ChildRobot(ApiModel):
    """The robot that the operator makes for projectRefs."""

    checks = tuple(rule for rule in RobotSpec.checks if rule.field == "rotation")

    lifetime_days: Lifetime | None = None
    """After how many days its credential expires, from 1 to 3650, or Never. Default 90, or the
    tenant rule's limit where that is less."""

    rotation: Rotation = Rotation()
    """When its credential is replaced."""


class PullSecretSpec(ApiModel):
    """A robot's credential as an image pull secret."""

    checks = (
        Rule(
            "has(self.projectRefs) != has(self.robotRef)",
            "give exactly one of projectRefs and robotRef",
        ),
        Rule(
            "!has(self.robot) || has(self.projectRefs)",
            "robot: only the robot that is made for projectRefs can be described here",
            field="robot",
        ),
        Rule(
            "!has(self.registryHosts) || self.registryHosts.all(host,"
            " self.registryHosts.exists_one(other, other == host))",
            "registryHosts: each host may be listed once",
            field="registryHosts",
        ),
    )

    project_refs: tuple[LocalRef, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_PROJECTS,
        json_schema_extra=checked_by(
            each_once("projectRefs: each project may be listed once", "name")
        ),
    )
    """The HarborProjects of this namespace whose images are to be pulled. The operator makes a
    HarborRobot for them, named like this object with -robot appended, which goes with it."""

    robot: ChildRobot | None = None
    """How long the credential of that robot lives, and when it is replaced."""

    robot_ref: LocalRef | None = None
    """Or the HarborRobot of this namespace whose credential is delivered."""

    secret_name: ObjectName | None = None
    """Name of the Secret of type kubernetes.io/dockerconfigjson in every target namespace;
    default metadata.name; immutable."""

    secret_template: SecretTemplate = SecretTemplate()
    """Labels and annotations for the Secrets."""

    registry_hosts: tuple[RegistryHost, ...] | None = Field(
        default=None, min_length=1, max_length=16
    )
    """Hosts that the pull secret is for, out of those of the connection; default all of them."""

    targets: Targets | None = None
    """Where the pull secret goes. Absent: this namespace only. Present: exactly where it says,
    as far as the connection or the target namespace allows it."""

    service_accounts: ServiceAccounts | None = None
    """Which ServiceAccounts use the pull secret. Absent: none is touched."""

    admission_injection: bool = False
    """Whether the Secrets carry the label harbor-operator.dev/inject: "true", by which a
    MutatingAdmissionPolicy adds them to new pods, without any ServiceAccount. Default false."""

    verification: Verification = Verification()
    """How a delivered credential is tried."""

    rollout: Rollout | None = None
    """How another credential reaches the namespaces. Absent: all at once."""

    suspend: bool = False
    """Whether the operator leaves the pull secret alone. Deletion still works."""

    def secret_name_for(self, object_name: str) -> str:
        """The Secrets' name, given the object's."""
        return self.secret_name or object_name


def child_name(object_name: str) -> str:
    """The name of the robot that is made for projectRefs, given the object's."""
    return object_name + CHILD_SUFFIX


class TargetCounts(ApiModel):
    """How many namespaces are served."""

    desired: int = Field(default=0, ge=0)
    """How many namespaces the spec selects."""

    ready: int = Field(default=0, ge=0)
    """How many of them hold a pull secret that works."""

    failed: int = Field(default=0, ge=0)
    """In how many of them it could not be stored."""

    denied: int = Field(default=0, ge=0)
    """How many of them may not receive it."""


class TargetFailure(ApiModel):
    """A namespace that is not served."""

    namespace: NamespaceName
    """Name of the namespace."""

    reason: Text
    """Why, as one word from the documented list of reasons."""


class LeavingNamespace(ApiModel):
    """A namespace that is no longer selected and still holds the pull secret."""

    namespace: NamespaceName
    """Name of the namespace."""

    since: Timestamp
    """Since when it has not been selected."""


class RolloutState(StrEnum):
    """How a rollout stands that has not reached all namespaces."""

    PAUSED = "Paused"
    """What the canary namespaces hold has failed there."""

    RESUMED = "Resumed"
    """A person lets it go on although it has failed."""


class RolloutReport(ApiModel):
    """A credential that has not reached all namespaces."""

    robot_name: Text
    """Full name of the robot account whose credential it is."""

    state: RolloutState
    """Paused, or Resumed by a person."""


class PullSecretStatus(Status):
    """What the operator delivered."""

    secret_name: Text | None = None
    """Name of the Secret in the target namespaces."""

    robot_name: Text | None = None
    """Full name of the robot account whose credential is delivered; during a rollout still that of
    the one before."""

    child_robot: Text | None = None
    """Name of the HarborRobot that was made for projectRefs."""

    targets: TargetCounts | None = None
    """How many namespaces are served."""

    failures: tuple[TargetFailure, ...] = Field(default=(), max_length=20)
    """The first namespaces that are not served."""

    leaving: tuple[LeavingNamespace, ...] = Field(default=(), max_length=MAX_LEAVING)
    """Namespaces that still hold the pull secret for the grace that a change of labels gets."""

    selection: Text | None = None
    """Names the targets in the spec that the deliveries follow; another name shows that a person
    changed them."""

    credential_revision: Text | None = None
    """Which credential of the robot is delivered."""

    credential_expires_at: Timestamp | None = None
    """When that credential expires; absent where it never does."""

    rollout: RolloutReport | None = None
    """Another credential on its way; absent when all namespaces hold the same."""

    verified_at: Timestamp | None = None
    """When Harbor was first seen to give the delivered credential what it needs."""

    last_handled_resume_at: Token | None = None
    """The newest token of annotation harbor-operator.dev/resume-rollout handled."""


PULL_SECRETS: Final = CustomResource(
    kind="HarborPullSecret",
    plural="harborpullsecrets",
    short_names=("hpull",),
    scope=Scope.NAMESPACED,
    spec=PullSecretSpec,
    status=PullSecretStatus,
    columns=(
        *READY_COLUMNS,
        Column("Secret", ".status.secretName"),
        Column("Targets", ".status.targets.ready", type="integer"),
        Column("Desired", ".status.targets.desired", type="integer"),
        Column("Failed", ".status.targets.failed", type="integer", priority=1),
        Column("Denied", ".status.targets.denied", type="integer", priority=1),
        Column("Rollout", ".status.rollout.state", priority=1),
        Column("Robot", ".status.robotName", priority=1),
        *CLOSING_COLUMNS,
    ),
    description=(
        "A HarborPullSecret delivers the credential of a HarborRobot as an image pull secret to"
        " the namespaces and ServiceAccounts that need it."
    ),
    rules=(
        Rule(
            "(has(self.spec.secretName) ? self.spec.secretName : self.metadata.name)"
            " == (has(oldSelf.spec.secretName) ? oldSelf.spec.secretName"
            " : oldSelf.metadata.name)",
            "secretName is immutable: create another HarborPullSecret instead",
            field="spec.secretName",
        ),
        Rule(
            "!has(self.spec.projectRefs)"
            f" || (self.metadata.name.size() <= {_MAX_NAME_WITH_CHILD}"
            f" && self.metadata.name.matches('{HARBOR_NAME_PATTERN}'))",
            "projectRefs: the name of this object becomes part of a robot's name, which Harbor does"
            f" not accept here (at most {_MAX_NAME_WITH_CHILD} characters, single separators)",
            field="spec.projectRefs",
        ),
    ),
    selectable=(".spec.robotRef.name",),
)
"""Pull secrets: one robot's credential in every namespace that may and should have it."""
