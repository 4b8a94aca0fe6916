"""HarborProject: one project in Harbor, and its settings."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from harbor_operator.api.base import CONNECTION_IS_IMMUTABLE, ConnectionRef, Status
from harbor_operator.api.model import SERVER_DEFAULT, ApiModel, Rule
from harbor_operator.api.resources import (
    CLOSING_COLUMNS,
    READY_COLUMNS,
    Column,
    CustomResource,
    Scope,
)
from harbor_operator.api.values import (
    HARBOR_NAME_PATTERN,
    Quantity,
    Text,
    Timestamp,
    Token,
    parse_quantity,
)


class Visibility(StrEnum):
    """Who may pull from a project without being a member."""

    PRIVATE = "Private"
    PUBLIC = "Public"


class Severity(StrEnum):
    """From which severity of a known vulnerability on Harbor refuses to serve an image."""

    NONE = "None"
    """Vulnerabilities block nothing."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    CRITICAL = "Critical"


class AdoptionPolicy(StrEnum):
    """Whether an existing project is taken over."""

    NEVER = "Never"
    IF_UNCLAIMED = "IfUnclaimed"


class DeletionPolicy(StrEnum):
    """What happens to the project in Harbor when the object is deleted."""

    RETAIN = "Retain"
    DELETE_IF_EMPTY = "DeleteIfEmpty"
    DELETE_WITH_CONTENTS = "DeleteWithContents"


class Scanning(ApiModel):
    """What Harbor does with every pushed artifact."""

    on_push: bool | None = None
    """Whether a pushed artifact is scanned for vulnerabilities. Absent: left as it is."""

    sbom_on_push: bool | None = None
    """Whether a bill of materials is made for a pushed artifact. Absent: left as it is."""


class PullRestrictions(ApiModel):
    """What Harbor refuses to serve from the project."""

    block_severity: Severity | None = None
    """Refuse artifacts with a known vulnerability of this severity or above; None refuses none
    for that reason. Absent: left as it is."""

    require_cosign_signature: bool | None = None
    """Whether artifacts need a signature made by Cosign. Absent: left as it is."""

    require_notation_signature: bool | None = None
    """Whether artifacts need a signature made by Notation. Absent: left as it is."""


class ProjectSpec(ApiModel):
    """One project in Harbor. An absent setting is left as it is in Harbor."""

    rules = (
        CONNECTION_IS_IMMUTABLE,
        Rule(
            "!has(self.projectName) || !self.projectName.matches('^[0-9]+$')",
            "projectName: digits alone are a project's id for Harbor, add a letter",
            field="projectName",
        ),
    )

    connection_ref: ConnectionRef = Field(default=ConnectionRef(), json_schema_extra=SERVER_DEFAULT)
    """The connection to the Harbor that holds the project; immutable."""

    project_name: str | None = Field(
        default=None, min_length=1, max_length=128, pattern=HARBOR_NAME_PATTERN
    )
    """The project's name in Harbor; default metadata.name; immutable."""

    visibility: Visibility | None = None
    """Private, or Public: anybody may pull. Absent: Private at creation, left as it is later."""

    storage_quota: Quantity | None = None
    """How much the project may store, such as 50Gi, or Unlimited. Absent: Harbor's default at
    creation, left as it is later."""

    scanning: Scanning = Scanning()
    """What Harbor does with every pushed artifact."""

    pull_restrictions: PullRestrictions = PullRestrictions()
    """What Harbor refuses to serve from the project."""

    adoption_policy: AdoptionPolicy = Field(
        default=AdoptionPolicy.NEVER, json_schema_extra=SERVER_DEFAULT
    )
    """Whether an existing project is taken over: Never, or IfUnclaimed: when nobody's mark is on
    it and the connection's tenant rule allows adoption."""

    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.RETAIN, json_schema_extra=SERVER_DEFAULT
    )
    """What deleting the object does in Harbor: Retain keeps the project and its images;
    DeleteIfEmpty waits until no repository is left; DeleteWithContents deletes the images too,
    once annotation harbor-operator.dev/confirm-delete-contents holds the project's name."""

    suspend: bool = False
    """Whether the operator leaves the project alone. Deletion still works."""

    def name_in_harbor(self, object_name: str) -> str:
        """The project's name, given the object's."""
        return self.project_name or object_name

    @property
    def storage_bytes(self) -> int | None:
        """The quota in bytes, -1 for Unlimited, None where it is unmanaged."""
        return None if self.storage_quota is None else parse_quantity(self.storage_quota)


class QuotaStatus(ApiModel):
    """The project's storage in Harbor."""

    hard: int = Field(ge=-1)
    """How many bytes the project may store; -1 for any number."""

    used: int = Field(ge=0)
    """How many bytes the project stores."""


class OwnershipState(StrEnum):
    """Whose the project in Harbor is."""

    OWNED = "Owned"
    """This object made it."""

    ADOPTED = "Adopted"
    """This object took it over."""

    UNCLAIMED = "Unclaimed"
    """It carries nobody's mark."""

    FOREIGN = "Foreign"
    """It carries the mark of somebody else."""


class Ownership(ApiModel):
    """Whose the project in Harbor is."""

    state: OwnershipState
    """Owned, Adopted, Unclaimed or Foreign."""

    mark: Text | None = None
    """The mark that this object has put on the project; somebody else's is not shown."""


class ProjectStatus(Status):
    """What the operator found and did."""

    project_id: int | None = Field(default=None, ge=1)
    """The project's number in Harbor."""

    project_name: Text | None = None
    """The project's name in Harbor."""

    url: Text | None = None
    """The project's page in Harbor."""

    repository_count: int | None = Field(default=None, ge=0)
    """How many repositories the project holds."""

    quota: QuotaStatus | None = None
    """The project's storage."""

    ownership: Ownership | None = None
    """Whose the project is."""

    last_handled_intent: Token | None = None
    """The intent to create the project that was followed up last."""

    last_drift_time: Timestamp | None = None
    """When the operator last put something right that had been changed in Harbor."""


PROJECTS: Final = CustomResource(
    kind="HarborProject",
    plural="harborprojects",
    short_names=("hproj",),
    scope=Scope.NAMESPACED,
    spec=ProjectSpec,
    status=ProjectStatus,
    columns=(
        *READY_COLUMNS,
        Column("Project", ".status.projectName"),
        Column("Repositories", ".status.repositoryCount", type="integer"),
        Column("ID", ".status.projectID", type="integer", priority=1),
        Column("Ownership", ".status.ownership.state", priority=1),
        Column("Connection", ".spec.connectionRef.name", priority=1),
        *CLOSING_COLUMNS,
    ),
    description="A HarborProject is one project in Harbor, with its settings.",
    rules=(
        Rule(
            "(has(self.spec.projectName) ? self.spec.projectName : self.metadata.name)"
            " == (has(oldSelf.spec.projectName) ? oldSelf.spec.projectName"
            " : oldSelf.metadata.name)",
            "projectName is immutable: create another HarborProject instead",
            field="spec.projectName",
        ),
        Rule(
            "has(self.spec.projectName) || (self.metadata.name.size() <= 128"
            f" && self.metadata.name.matches('{HARBOR_NAME_PATTERN}')"
            " && !self.metadata.name.matches('^[0-9]+$'))",
            "projectName defaults to metadata.name, which Harbor does not accept here (at most"
            " 128 characters, single separators, not digits alone): set projectName",
            field="spec.projectName",
        ),
    ),
    selectable=(".spec.connectionRef.name",),
)
