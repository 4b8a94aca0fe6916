"""The effects that a project's plan may ask for; each is one write to one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from harbor_operator.core.ownership import Mark
from harbor_operator.core.project.facts import OwnerLabel
from harbor_operator.core.steps import Step


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the finalizer on the object, before there is anything to clean up."""


@dataclass(frozen=True, slots=True)
class BeginCreation:
    """Put the finalizer on the object and note the intent, in one write."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CreateProject:
    """Create the project; 409 means that it is somebody else's by now."""

    name: str
    metadata: Mapping[str, str]
    storage_bytes: int | None
    registry: str | None = None
    """The upstream registry of a proxy cache, by its name."""


@dataclass(frozen=True, slots=True)
class ClaimProject:
    """Create the owner label: its name is unique, so of two claimants one has lost."""

    mark: Mark
    project_id: int | None = None
    """None: the project that this reconcile has just created."""


@dataclass(frozen=True, slots=True)
class RewriteMark:
    """Change a mark that is this object's own."""

    project_id: int
    label: OwnerLabel
    text: str


@dataclass(frozen=True, slots=True)
class DropMark:
    """Delete a mark that its owner released, so that it can be claimed."""

    project_id: int
    label: OwnerLabel


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Carry out one step of a block of settings."""

    project_id: int
    step: Step


@dataclass(frozen=True, slots=True)
class NoteRepair:
    """Remember that drift is being put right, and say which blocks had been changed."""

    repairs: tuple[datetime, ...]
    """The times of the last repairs, this one included."""
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeleteRepository:
    """Delete one repository, after reading the mark again."""

    project_id: int
    name: str


@dataclass(frozen=True, slots=True)
class DeleteProject:
    """Delete the project by id, after reading the mark again."""

    project_id: int


Action: TypeAlias = (
    Hold
    | BeginCreation
    | CreateProject
    | ClaimProject
    | RewriteMark
    | DropMark
    | ChangeSetting
    | NoteRepair
    | DeleteRepository
    | DeleteProject
)
