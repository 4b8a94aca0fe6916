"""How far each project has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How far a project has come."""

    REFUSED = "Refused"
    """It is somebody else's, and nothing was done."""

    MANAGED = "Managed"
    """An object of the namespace manages it."""

    PLANNED = "Planned"
    """An object of the namespace observes it, and the plan is there."""

    UNSETTLED = "Unsettled"
    """The operator has not got there in time, or something is in its way."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """One project.

    Attributes:
        project: Its name in Harbor.
        name: The HarborProject's name, empty where there is none.
        state: How far it has come.
        reason: Why, in words for people; empty for what went as it should.
        plan: What the operator would change, as `status.plan` has it.
        robots: The robot accounts of the project that no HarborRobot has, None where that is not
            known.
    """

    project: str
    name: str
    state: State
    reason: str = ""
    plan: Sequence[dict[str, Any]] = ()
    robots: int | None = None


@dataclass(frozen=True, slots=True)
class Adoptions:
    """All of them.

    Attributes:
        namespace: Where the objects are.
        adoptions: By name.
        notes: What else is to be known.
    """

    namespace: str
    adoptions: tuple[Adoption, ...]
    notes: tuple[str, ...] = ()

    def of(self, state: State) -> tuple[Adoption, ...]:
        """Those that have come so far."""
        return tuple(entry for entry in self.adoptions if entry.state is state)
