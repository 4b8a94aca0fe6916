"""What is wanted of a project, and what was seen of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from harbor_operator.api.project import (
    AdoptionPolicy,
    DeletionPolicy,
    ManagementPolicy,
    OwnershipState,
)
from harbor_operator.core.ownership import Claim, Mark, claim_of, is_adopted
from harbor_operator.core.project.blocks.selectors import Reach
from harbor_operator.core.steps import Attempts
from harbor_operator.core.tenancy import TenantRule

CLAIM_PERIOD = timedelta(minutes=10)
"""An unmarked project younger than this is not adoptable: its maker may be about to mark it."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What the spec and the tenant rule's defaults ask for; what neither states is not here."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What each managed block wants, by the block's name."""
    adoption: AdoptionPolicy = AdoptionPolicy.NEVER
    defaults: tuple[tuple[str, str], ...] = ()
    """The settings that the tenant rule filled in, and their values."""


@dataclass(frozen=True, slots=True)
class HarborProject:
    """A project as Harbor shows it."""

    id: int
    created_at: datetime
    made_by_us: bool
    """Whether the connection's own login created it."""
    repository_count: int


@dataclass(frozen=True, slots=True)
class OwnerLabel:
    """The label that holds a project's mark."""

    id: int
    mark: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the object itself remembers."""

    project_id: int | None = None
    """The project that the object owned; to have observed one gives no right to it."""
    made: bool = False
    """Whether it says that it made that project, and did not take it over."""
    object_made: datetime | None = None
    """When Kubernetes created the object; the clock may be another than Harbor's."""
    intent: datetime | None = None
    """When a creation was begun that has not been closed, by Harbor's clock."""
    intent_token: str | None = None
    """The intent as it stands on the object, open or closed."""
    deletion_confirmed: bool = False
    """Whether a person confirmed by annotation that the contents may go."""
    in_sync: bool = False
    """Whether this generation has been in line before, so that a difference is drift."""
    repairs: tuple[datetime, ...] = ()
    """When drift was put right lately, by Harbor's clock, oldest first."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that one look saw."""

    own: Mark
    held: bool
    """Whether the finalizer is on the object."""
    rule: TenantRule | None
    recorded: Recorded
    management: ManagementPolicy = ManagementPolicy.FULL
    deletion: DeletionPolicy = DeletionPolicy.RETAIN
    project: HarborProject | None = None
    label: OwnerLabel | None = None
    shared: bool = False
    """Whether the owner, another namespace of this cluster, shares the project with this one."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What Harbor has of each managed block, by the block's name; a `Trouble` where it cannot be
    read."""
    attempts: Attempts = field(default_factory=Attempts)
    repositories: tuple[str, ...] = ()
    """Their names, read only when they are to be deleted."""
    immutable: tuple[Reach, ...] = ()
    """The spec's own immutability rules, stated only when the contents are to be deleted."""
    users: int = 0
    """How many robots name the object; asked only when the project is to be deleted."""

    @property
    def claim(self) -> Claim:
        """How this object stands to the project."""
        return claim_of(self.label.mark if self.label else None, self.own)

    @property
    def ownership(self) -> OwnershipState:
        """Whose the project is, in the words of the status."""
        match self.claim:
            case Claim.FOREIGN:
                return OwnershipState.FOREIGN
            case Claim.FREE | Claim.RELEASED:
                return OwnershipState.UNCLAIMED
            case Claim.OURS | Claim.OURS_OLDER:
                adopted = self.label is not None and is_adopted(self.label.mark)
                return OwnershipState.ADOPTED if adopted else OwnershipState.OWNED

    def is_our_creation(self, project: HarborProject) -> bool:
        """Whether this is the project of our own POST, whose label we did not come to write."""
        intent = self.recorded.intent
        return (
            intent is not None
            and project.made_by_us
            and project.repository_count == 0
            and project.created_at >= intent
        )

    def may_have_made(self, project: HarborProject) -> bool:
        """Whether Harbor's own record fits that this object made the project."""
        since = self.recorded.object_made
        return (
            project.made_by_us and since is not None and project.created_at >= since - CLAIM_PERIOD
        )
