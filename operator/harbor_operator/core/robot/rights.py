"""What a namespace may give its robots, place by place: the least of tenant rule and sharing.

Asked in every pass, of the spec and of the robots that are there: what was given once and has been
withdrawn is found by the same question.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto

from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, PlacedGrant, by_place
from harbor_operator.core.tenancy import AccessLevel, TenantRule, level_of


class ProjectState(Enum):
    """A HarborProject that a robot names, the least usable first."""

    MISSING = auto()
    NOT_READY = auto()
    READY = auto()


@dataclass(frozen=True, slots=True)
class NamedProject:
    """A HarborProject that the spec names, and how far the namespace may use it."""

    label: str
    """The object's name for messages, with its namespace where that is another one."""
    state: ProjectState
    name: str | None = None
    """What the project is called in Harbor; None where the object is not there."""
    allowed: AccessLevel | None = None
    """How much the namespace may be given in it; None for nothing."""
    shared: bool = False
    """Whether it is another namespace's."""
    distribute: bool = True
    """Whether pull secrets for it may go to further namespaces, as far as sharing decides that."""


def state_of(projects: Collection[NamedProject]) -> ProjectState:
    """How far the projects of a robot can be used together."""
    states = {project.state for project in projects}
    return next((state for state in ProjectState if state in states), ProjectState.READY)


@dataclass(frozen=True, slots=True)
class Rights:
    """What one namespace may give its robots."""

    namespace: str
    rule: TenantRule | None
    projects: tuple[NamedProject, ...] = ()
    """Those that the spec names."""

    def permitted(self, place: str) -> AccessLevel | None:
        """How much may be granted at a place, None for nothing.

        A project that the spec does not name counts as the namespace's own, by its name: another
        namespace's project is shared with what names it.
        """
        if self.rule is None:
            return None
        if place in {ALL_PROJECTS, SYSTEM}:
            return AccessLevel.SYSTEM if self.rule.max_access is AccessLevel.SYSTEM else None
        named = [project.allowed for project in self.projects if project.name == place]
        if named:
            given = [level for level in named if level is not None]
            return min(given) if len(given) == len(named) else None
        owned = self.rule.allows_project(place, self.namespace)
        return self.rule.max_access if owned else None

    def exceeded_at(self, grants: Collection[PlacedGrant]) -> str | None:
        """The first place at which grants go beyond what is permitted, None where they do not."""
        return next(
            (
                place
                for place, granted in by_place(grants).items()
                if not self._covers(place, level_of(granted))
            ),
            None,
        )

    def _covers(self, place: str, level: AccessLevel) -> bool:
        permitted = self.permitted(place)
        return permitted is not None and level <= permitted
