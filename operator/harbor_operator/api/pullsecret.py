"""HarborPullSecret: a robot's credential as an image pull secret, wherever it is needed."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from harbor_operator.api.base import LocalRef, NamespaceSelection, SecretTemplate, Status
from harbor_operator.api.model import ApiModel, Rule
from harbor_operator.api.resources import (
    CLOSING_COLUMNS,
    READY_COLUMNS,
    Column,
    CustomResource,
    Scope,
)
from harbor_operator.api.values import NamespaceName, ObjectName, RegistryHost, Text, Timestamp


class VerificationMode(StrEnum):
    """How a delivered credential is tried."""

    TOKEN_SERVICE = "TokenService"  # noqa: S105 -- a mode's name, not a password.
    NONE = "None"


class Targets(ApiModel):
    """Where the pull secret goes."""

    namespaces: NamespaceSelection
    """The namespaces that receive it: names or selector, minus exclude."""


class ServiceAccounts(ApiModel):
    """Which ServiceAccounts use the pull secret."""

    checks = (
        Rule(
            "self.names.all(name, self.names.exists_one(other, other == name))",
            "names: each ServiceAccount may be listed once",
            field="names",
        ),
    )

    names: tuple[ObjectName, ...] = Field(min_length=1, max_length=32)
    """Names of ServiceAccounts in the target namespaces; those that exist get the pull secret
    among their imagePullSecrets, and lose it when they leave this list."""


class Verification(ApiModel):
    """How a delivered credential is tried."""

    mode: VerificationMode = VerificationMode.TOKEN_SERVICE
    """TokenService (default) asks Harbor's token service for what a pull needs; None tries
    nothing."""


class PullSecretSpec(ApiModel):
    """A robot's credential as an image pull secret."""

    checks = (
        Rule(
            "!has(self.registryHosts) || self.registryHosts.all(host,"
            " self.registryHosts.exists_one(other, other == host))",
            "registryHosts: each host may be listed once",
            field="registryHosts",
        ),
    )

    robot_ref: LocalRef
    """The HarborRobot of this namespace whose credential is delivered."""

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

    verification: Verification = Verification()
    """How a delivered credential is tried."""

    suspend: bool = False
    """Whether the operator leaves the pull secret alone. Deletion still works."""

    def secret_name_for(self, object_name: str) -> str:
        """The Secrets' name, given the object's."""
        return self.secret_name or object_name


class TargetCounts(ApiModel):
    """How many namespaces are served."""

    desired: int = Field(default=0, ge=0)
    """How many namespaces the spec selects."""

    ready: int = Field(default=0, ge=0)
    """How many of them hold the current pull secret."""

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


class PullSecretStatus(Status):
    """What the operator delivered."""

    secret_name: Text | None = None
    """Name of the Secret in the target namespaces."""

    robot_name: Text | None = None
    """Full name of the robot account whose credential is delivered."""

    targets: TargetCounts | None = None
    """How many namespaces are served."""

    failures: tuple[TargetFailure, ...] = Field(default=(), max_length=20)
    """The first namespaces that are not served."""

    credential_revision: Text | None = None
    """Which credential of the robot is delivered."""

    verified_at: Timestamp | None = None
    """When Harbor was first seen to give the delivered credential what it needs."""


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
        Column("Robot", ".spec.robotRef.name", priority=1),
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
    ),
    selectable=(".spec.robotRef.name",),
)
