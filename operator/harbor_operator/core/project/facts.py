"""What is wanted of a project, and what was seen of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from harbor_operator.api.project import AdoptionPolicy, DeletionPolicy
from harbor_operator.core.ownership import Claim, Mark, claim_of
from harbor_operator.core.tenancy import TenantRule


@dataclass(frozen=True, slots=True)
class Desired:
    """What the spec asks for; what it does not state is not here."""

    name: str
    metadata: Mapping[str, str]
    """Harbor's metadata, as strings."""
    storage_bytes: int | None
    adoption: AdoptionPolicy = AdoptionPolicy.NEVER

    def missing_in(self, metadata: Mapping[str, str]) -> dict[str, str]:
        """The desired metadata that differs; Harbor shows a key that was never set as absent."""
        return {
            key: value
            for key, value in self.metadata.items()
            if metadata.get(key, _UNSET.get(key)) != value
        }


_UNSET: Mapping[str, str] = {
    "public": "false",
    "auto_scan": "false",
    "auto_sbom_generation": "false",
    "prevent_vul": "false",
    "enable_content_trust": "false",
    "enable_content_trust_cosign": "false",
}
"""How Harbor behaves while a key is not there."""


@dataclass(frozen=True, slots=True)
class HarborProject:
    """A project as Harbor shows it."""

    id: int
    created_at: datetime
    made_by_us: bool
    """Whether the connection's own login created it."""
    repository_count: int
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnerLabel:
    """The label that holds a project's mark."""

    id: int
    mark: str


@dataclass(frozen=True, slots=True)
class Quota:
    """A project's storage, in bytes."""

    id: int
    hard: int
    used: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the object itself remembers."""

    project_id: int | None = None
    intent: datetime | None = None
    """When a creation was begun that has not been closed, by Harbor's clock."""
    intent_token: str | None = None
    """The intent as it stands on the object, open or closed."""
    deletion_confirmed: bool = False
    """Whether a person confirmed by annotation that the contents may go."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that one look saw."""

    own: Mark
    held: bool
    """Whether the finalizer is on the object."""
    rule: TenantRule | None
    recorded: Recorded
    deletion: DeletionPolicy = DeletionPolicy.RETAIN
    project: HarborProject | None = None
    label: OwnerLabel | None = None
    quota: Quota | None = None
    """None where the spec does not manage it, or Harbor keeps no quotas."""
    repositories: tuple[str, ...] = ()
    """Their names, read only when they are to be deleted."""

    @property
    def claim(self) -> Claim:
        """How this object stands to the project."""
        return claim_of(self.label.mark if self.label else None, self.own)

    def is_our_creation(self, project: HarborProject) -> bool:
        """Whether this is the project of our own POST, whose label we did not come to write."""
        intent = self.recorded.intent
        return (
            intent is not None
            and project.made_by_us
            and project.repository_count == 0
            and project.created_at >= intent
        )
