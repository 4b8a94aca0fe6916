"""What a robot may do, and where: grants at places of Harbor."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Final

from harbor_operator.core.tenancy import Grant

ALL_PROJECTS: Final = "*"
"""The place that stands for every project."""

SYSTEM: Final = "/"
"""The place that stands for Harbor itself."""

PlacedGrant = tuple[str, str, str]
"""A project's name, `ALL_PROJECTS` or `SYSTEM`; and there a resource and an action."""


class Level(StrEnum):
    """To whom Harbor reckons a robot: one project, or the system. It never changes."""

    PROJECT = "project"
    SYSTEM = "system"


def placed(place: str, grants: Iterable[Grant]) -> frozenset[PlacedGrant]:
    """Grants at one place."""
    return frozenset((place, resource, action) for resource, action in grants)


def by_place(grants: Iterable[PlacedGrant]) -> dict[str, frozenset[Grant]]:
    """The grants of each place, in the order of the places' names."""
    found: defaultdict[str, set[Grant]] = defaultdict(set)
    for place, resource, action in grants:
        found[place].add((resource, action))
    return {place: frozenset(found[place]) for place in sorted(found)}


def places_of(grants: Collection[PlacedGrant]) -> frozenset[str]:
    """Where anything is granted."""
    return frozenset(grant[0] for grant in grants)
