"""What Harbor keeps about repositories: plain rows, copied as a whole for snapshots."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Tag:
    """A name for an artifact."""

    id: int
    name: str
    pushed: datetime


@dataclass(slots=True)
class Artifact:
    """A pushed manifest, as the push described it."""

    id: int
    digest: str
    manifest_media_type: str
    media_type: str
    """The media type of the config."""
    size: int
    extra_attrs: dict[str, object]
    pushed: datetime
    tags: dict[str, Tag] = field(default_factory=dict)


@dataclass(slots=True)
class Repository:
    """A repository; it appears with its first manifest. `name` includes the project."""

    id: int
    project_id: int
    name: str
    created: datetime
    updated: datetime
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    pulls: list[datetime] = field(default_factory=list)

    def find(self, reference: str) -> Artifact | None:
        """The artifact with this digest or tag."""
        by_tag = (artifact for artifact in self.artifacts.values() if reference in artifact.tags)
        return self.artifacts.get(reference) or next(by_tag, None)
