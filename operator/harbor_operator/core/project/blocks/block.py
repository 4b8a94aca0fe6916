"""What a block of settings is: what its spec wants, what Harbor has, and the steps between."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Comparison
from harbor_operator.core.tenancy import TenantRule

D = TypeVar("D")
O = TypeVar("O")  # noqa: E741 -- the design's letter for what was observed


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
    usual: ClassVar[Mapping[str, Any]] = {}
    """What `state` says of a project in which nobody has set anything."""

    @abstractmethod
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> D | None:
        """What is wanted, None where the spec states nothing: then Harbor is left alone."""

    @abstractmethod
    def compare(self, desired: D, observed: O) -> Comparison:
        """The steps from what is observed to what is desired; none when they are the same."""

    @abstractmethod
    def blank(self, desired: D) -> O:
        """What a project that is about to be created has, with all that the block depends on."""

    @abstractmethod
    def state(self, observed: O) -> Statement:
        """What a spec would have to say so that nothing is to be done: the way back of `desired`.

        Values that no spec may have are among the fields all the same; who asks checks them.
        """

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
