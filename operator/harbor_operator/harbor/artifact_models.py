"""What Harbor tells of artifacts, as far as it is used."""

from collections.abc import Mapping
from typing import Final

from pydantic import AliasPath, Field

from .models import FlatModel, Moment, WireModel
from .scans import SbomOverview, ScanOverview

COSIGN_SIGNATURE: Final = "signature.cosign"
NOTATION_SIGNATURE: Final = "signature.notation"
"""The types of accessories that a project's policies on signatures look for."""


class Tag(WireModel):
    """A name of an artifact. A time is None for never."""

    id: int = 0
    name: str
    push_time: Moment = None
    pull_time: Moment = None
    immutable: bool = False
    """Whether a rule protects it; False also where that was not asked for."""


class Accessory(WireModel):
    """A signature of an artifact, or something else that is about it."""

    id: int = 0
    type: str = ""
    """Harbor's word for it, such as `COSIGN_SIGNATURE`."""
    digest: str = ""
    size: int = 0
    subject_digest: str = Field(default="", alias="subject_artifact_digest")
    creation_time: Moment = None


class Reference(FlatModel):
    """One manifest of an index; what it does not say of its platform is empty."""

    digest: str = Field(default="", validation_alias="child_digest")
    os: str = Field(default="", validation_alias=AliasPath("platform", "os"))
    architecture: str = Field(default="", validation_alias=AliasPath("platform", "architecture"))
    variant: str = Field(default="", validation_alias=AliasPath("platform", "variant"))


class ArtifactLabel(WireModel):
    """A label on an artifact."""

    id: int = 0
    name: str = ""


class Artifact(WireModel):
    """What was pushed under a digest. Parts that were not asked for are empty."""

    id: int = 0
    digest: str
    type: str = ""
    """What it is, in capitals: `IMAGE`, `CHART`, or another kind by its media types."""
    repository_name: str = ""
    """The repository's name, which begins with its project."""
    media_type: str = ""
    """That of its config; an index has its own."""
    manifest_media_type: str = ""
    artifact_type: str = ""
    size: int = 0
    """Bytes, those of the manifests in an index included."""
    push_time: Moment = None
    pull_time: Moment = None
    """The last pull, which Harbor writes down some seconds later; None for never."""
    annotations: Mapping[str, str] = {}
    tags: tuple[Tag, ...] = ()
    labels: tuple[ArtifactLabel, ...] = ()
    references: tuple[Reference, ...] = ()
    accessories: tuple[Accessory, ...] = ()
    inherited_accessories: tuple[Accessory, ...] = ()
    """Signatures of the indexes that name it; they do not open it where one is demanded."""
    scan_overview: Mapping[str, ScanOverview] = {}
    """By the type of report; `scan` has the only one."""
    sbom_overview: SbomOverview | None = None

    @property
    def scan(self) -> ScanOverview | None:
        """The last scan for vulnerabilities; None for none, and where it was not asked for."""
        return next(iter(self.scan_overview.values()), None)

    def has_accessory(self, kind: str) -> bool:
        """Whether there is an accessory of this type, such as `COSIGN_SIGNATURE`."""
        return any(accessory.type == kind for accessory in self.accessories)
