"""HarborProject: one project in Harbor, and its settings."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from harbor_operator.api.base import CONNECTION_IS_IMMUTABLE, ConnectionRef, Status
from harbor_operator.api.blocks.proxy_cache import PROXY_CACHE_IS_IMMUTABLE, ProxyCache
from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.api.blocks.sharing import MAX_SHARES, Share
from harbor_operator.api.blocks.webhooks import Webhooks
from harbor_operator.api.model import SERVER_DEFAULT, ApiModel, Rule
from harbor_operator.api.resources import (
    CLOSING_COLUMNS,
    READY_COLUMNS,
    Column,
    CustomResource,
    Scope,
)
from harbor_operator.api.values import HARBOR_NAME_PATTERN, Text, Timestamp, Token

MAX_MANAGED_MEMBERS: Final = 512
"""Those of the spec, and as many that have left it and are still to be removed."""

MAX_RESOLVED_DEFAULTS: Final = 32
"""More than there are settings."""

MAX_PLANNED_CHANGES: Final = 512
"""More than the lists of a spec can bring about at once, unless Exact removes many members."""

MAX_PLANNED_FIELDS: Final = 32
"""More than any block has fields."""

MAX_REPAIRS: Final = 8
"""Enough to see that somebody else writes the same settings."""


class ManagementPolicy(StrEnum):
    """Whether the operator changes anything in Harbor."""

    FULL = "Full"
    """What the spec states is brought about."""

    OBSERVE = "Observe"
    """What would be done is shown in the status; nothing is written to Harbor."""


class AdoptionPolicy(StrEnum):
    """Whether an existing project is taken over."""

    NEVER = "Never"
    IF_UNCLAIMED = "IfUnclaimed"


class DeletionPolicy(StrEnum):
    """What happens to the project in Harbor when the object is deleted."""

    RETAIN = "Retain"
    DELETE_IF_EMPTY = "DeleteIfEmpty"
    DELETE_WITH_CONTENTS = "DeleteWithContents"


class ProjectSpec(ProjectSettings):
    """One project in Harbor. An absent setting is left as it is in Harbor."""

    checks = (
        CONNECTION_IS_IMMUTABLE,
        PROXY_CACHE_IS_IMMUTABLE,
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

    management_policy: ManagementPolicy = Field(
        default=ManagementPolicy.FULL, json_schema_extra=SERVER_DEFAULT
    )
    """Full, or Observe: nothing is written to Harbor, and status.plan shows what would be."""

    webhooks: Webhooks | None = None
    """Whom Harbor calls when something happens in the project: the whole list, [] for none.
    Absent: left as it is."""

    proxy_cache: ProxyCache | None = None
    """Makes the project a cache of another registry; immutable but for its bandwidth."""

    shared_with: tuple[Share, ...] = Field(default=(), max_length=MAX_SHARES)
    """Other namespaces that may make robots and pull secrets for the project; none by default."""

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


class ResolvedDefault(ApiModel):
    """A setting that the spec leaves out and the tenant rule's projectDefaults fill in."""

    field: Text
    """The setting's path in the spec, such as scanning.onPush."""

    value: Text
    """The value that it has now."""


class PlannedAction(StrEnum):
    """What is to be done to one thing in Harbor."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class FieldChange(ApiModel):
    """How one field is to change; secrets are never shown."""

    field: Text
    """The field's name."""

    before: Text | None = Field(default=None, alias="from")
    """What is in Harbor now; absent where there is nothing."""

    after: Text | None = Field(default=None, alias="to")
    """What the spec states; absent where there is to be nothing."""


class PlannedChange(ApiModel):
    """One change that would be made in Harbor."""

    block: Text
    """The block of the spec that asks for it, such as members."""

    action: PlannedAction
    """Create, Update or Delete."""

    target: Text | None = None
    """Which one of several, such as a member or a label."""

    fields: tuple[FieldChange, ...] = Field(default=(), max_length=MAX_PLANNED_FIELDS)
    """What changes."""


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

    managed_members: tuple[Text, ...] = Field(default=(), max_length=MAX_MANAGED_MEMBERS)
    """The members that the operator added, as kind/name, such as User/alice."""

    resolved_defaults: tuple[ResolvedDefault, ...] = Field(
        default=(), max_length=MAX_RESOLVED_DEFAULTS
    )
    """The settings that the tenant rule's projectDefaults filled in."""

    plan: tuple[PlannedChange, ...] = Field(default=(), max_length=MAX_PLANNED_CHANGES)
    """What would be changed in Harbor, while managementPolicy is Observe."""

    last_drift_time: Timestamp | None = None
    """When the operator last put something right that had been changed in Harbor."""

    repairs: tuple[Timestamp, ...] = Field(default=(), max_length=MAX_REPAIRS)
    """When the operator put something right within the last hour."""


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
        Column("Synced", '.status.conditions[?(@.type=="Synced")].status', priority=1),
        Column("Policy", ".spec.managementPolicy", priority=1),
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
