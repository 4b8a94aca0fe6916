"""What a block of settings is: what its spec wants, what Harbor has, and the steps between."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.tenancy import TenantRule

D = TypeVar("D")
O = TypeVar("O")  # noqa: E741 -- the design's letter for what was observed


class Verb(StrEnum):
    """What a step does to its target."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting before and after, in the words of the spec. A secret is never among them."""

    block: str
    """The field of the spec that the setting belongs to, such as ``scanning``."""
    field: str
    """The setting within it, such as ``onPush``; empty where the block is one value."""
    before: str | None
    after: str | None
    """None: it is not there."""


@dataclass(frozen=True, slots=True)
class Step:
    """One write to one place in Harbor, and what it changes."""

    source: str
    """The block that planned it, whose adapter carries it out."""
    verb: Verb
    target: str
    """Which entry of the block, such as a label's name; empty where there is only one."""
    changes: tuple[Change, ...]
    write: Any
    """What the block's adapter is told."""

    @property
    def key(self) -> tuple[str, Verb, str]:
        """What tells this step from the others of one plan."""
        return self.source, self.verb, self.target

    @property
    def blocks(self) -> tuple[str, ...]:
        """The fields of the spec that it is about, each once."""
        return tuple(dict.fromkeys(change.block for change in self.changes))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a part of a block cannot be brought in line; all else goes on."""

    reason: Reason
    message: str
    passing: bool = False
    """Whether it may end without a change of the spec by something that wakes the project."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What lies between a block as wanted and as seen."""

    steps: tuple[Step, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Birth:
    """What a block puts into the request that creates the project."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    storage_bytes: int | None = None
    registry: str | None = None
    """The upstream registry of a proxy cache, by its name."""


class Block(ABC, Generic[D, O]):
    """One block of settings; `D` is what is desired of it, `O` what is observed.

    A new block is one subclass in a module of its own, a row in `table`, and an adapter that
    reads `O` and writes the steps.
    """

    name: ClassVar[str]
    """Its field in the spec, or what groups its fields."""
    in_pages: ClassVar[bool] = False
    """Whether a page of Harbor's list of projects or quotas shows all that it compares."""

    @abstractmethod
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> D | None:
        """What is wanted, None where the spec states nothing: then Harbor is left alone."""

    @abstractmethod
    def compare(self, desired: D, observed: O) -> Comparison:
        """The steps from what is observed to what is desired; none when they are the same."""

    @abstractmethod
    def blank(self, desired: D) -> O:
        """What a project that is about to be created has, with all that the block depends on."""

    def at_creation(self, desired: D) -> Birth:
        """What belongs into the request that creates the project."""
        del desired
        return Birth()

    def refusal(self, desired: D, rule: TenantRule) -> str | None:
        """Why the tenant rule does not allow it; None when it does."""
        del desired, rule
        return None

    def report(self, desired: D, observed: O) -> Mapping[str, Any]:
        """Status fields, by their wire name, of a block that is in line."""
        del desired, observed
        return {}


def differences(
    block: str, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> tuple[Change, ...]:
    """The fields whose values differ, in the order in which they are wanted."""
    return tuple(
        Change(block, name, before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    )
