"""What Harbor keeps about repositories: plain rows, copied as a whole for snapshots."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from testbed.harbor.artifact_kinds import ArtifactKind, kind_of


@dataclass(slots=True)
class Tag:
    """A name for an artifact; `pulls` are those by this name."""

    id: int
    name: str
    pushed: datetime
    pulls: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reference:
    """What an index says of one of its manifests."""

    child_id: int
    child_digest: str
    platform: Mapping[str, object] | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    urls: tuple[str, ...] = ()


@dataclass(slots=True)
class Artifact:
    """A pushed manifest, as the push described it.

    `size` counts the manifest, its config and layers, or the children of an index, in bytes.
    `blobs` are the sizes of the manifest itself, its config and its layers, by digest.
    """

    id: int
    digest: str
    manifest_media_type: str
    media_type: str
    """That of the config, or of the manifest itself if that is an index."""
    size: int
    extra_attrs: dict[str, object]
    pushed: datetime
    tags: dict[str, Tag] = field(default_factory=dict)
    artifact_type: str = ""
    annotations: dict[str, str] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    blobs: dict[str, int] = field(default_factory=dict)
    label_ids: list[int] = field(default_factory=list)
    pulls: list[datetime] = field(default_factory=list)

    @property
    def kind(self) -> ArtifactKind:
        """What Harbor takes it for."""
        return kind_of(self.artifact_type, self.media_type)


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
    description: str = ""

    def find(self, reference: str) -> Artifact | None:
        """The artifact with this digest or tag."""
        by_tag = (artifact for artifact in self.artifacts.values() if reference in artifact.tags)
        return self.artifacts.get(reference) or next(by_tag, None)

    def parents_of(self, artifact: Artifact) -> list[Artifact]:
        """The indexes that name an artifact."""
        return [
            other
            for other in self.artifacts.values()
            if any(reference.child_id == artifact.id for reference in other.references)
        ]


class AccessoryType(Enum):
    """What an accessory is to its subject, as the API writes it."""

    COSIGN = "signature.cosign"
    NOTATION = "signature.notation"
    NYDUS = "accelerator.nydus"
    SBOM = "sbom.harbor"
    OTHER = "subject.accessory"


@dataclass(slots=True)
class Accessory:
    """The bond of an artifact to its subject, which lies in the same repository.

    `subject_id` is 0 while the subject has not been pushed yet.
    """

    id: int
    artifact_id: int
    repository_name: str
    subject_digest: str
    subject_id: int
    type: AccessoryType
    size: int
    digest: str
    created: datetime
