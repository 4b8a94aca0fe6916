"""Where explorations begin and how much may happen in them: what runs with every test, and more."""

from dataclasses import dataclass
from enum import Enum

from tests.core.exploration.search import in_service
from tests.core.exploration.states import Budget
from tests.core.exploration.world import Resource, Scene


class Start(Enum):
    """A first scene."""

    CREATION = "from the first creation on"
    SERVICE = "in service"
    USER = "in service, by the login of a user"
    REFRESH = "in service, with secrets that are refreshed"

    def scene(self) -> Scene:
        """The first scene of an exploration, as the shipped code leaves it."""
        match self:
            case Start.CREATION:
                return Scene()
            case Start.SERVICE:
                return in_service(Scene())
            case Start.USER:
                return in_service(Scene(has_user=True))
            case Start.REFRESH:
                return in_service(Scene(has_user=True, resource=Resource(refreshes=True)))


@dataclass(frozen=True, slots=True)
class Family:
    """One exploration; it ends by itself when all that its budget allows has been visited."""

    told: str
    start: Start
    budget: Budget


FAMILIES = (
    Family("two rotations and time", Start.SERVICE, Budget(requests=2, ticks=2)),
    Family("two faults", Start.CREATION, Budget(faults=2, ticks=1)),
    Family("two faults in a rotation", Start.SERVICE, Budget(faults=2, requests=1, ticks=1)),
    Family("two deeds of people", Start.SERVICE, Budget(people=2)),
    Family("a fault and a deed", Start.CREATION, Budget(faults=1, people=1, ticks=1)),
    Family("a fault and a deed later on", Start.SERVICE, Budget(faults=1, people=1, ticks=1)),
    Family("edits and a fault", Start.SERVICE, Budget(edits=2, faults=1, ticks=1)),
    Family("deletion and another object", Start.CREATION, Budget(edits=3, faults=1)),
    Family("a clock that is set", Start.SERVICE, Budget(clocks=1, requests=1, faults=1, ticks=1)),
    Family("a clock and a deed", Start.SERVICE, Budget(clocks=1, people=1)),
    Family("a restore", Start.SERVICE, Budget(restores=1, requests=1, ticks=1)),
    Family("a restore and a fault", Start.CREATION, Budget(restores=1, faults=1)),
    Family("a revoke and a fault", Start.SERVICE, Budget(revokes=1, faults=1, ticks=1)),
    Family("a revoke and a deed", Start.SERVICE, Budget(revokes=1, people=1)),
    Family("two refreshes and a fault", Start.REFRESH, Budget(requests=2, faults=1, ticks=1)),
    Family("a refresh, a fault and a deed", Start.REFRESH, Budget(faults=1, people=1, ticks=1)),
    Family("a refresh and a revoke", Start.REFRESH, Budget(revokes=1, requests=1, faults=1)),
    Family("edits by a user", Start.USER, Budget(edits=2, faults=1)),
)
"""What every run of the tests visits."""

DEEP_FAMILIES = (
    Family("three rotations and time", Start.SERVICE, Budget(requests=3, ticks=3)),
    Family("three faults", Start.CREATION, Budget(faults=3, ticks=1)),
    Family("two faults in two rotations", Start.SERVICE, Budget(faults=2, requests=2, ticks=1)),
    Family("two deeds and time", Start.SERVICE, Budget(people=2, requests=1, ticks=1)),
    Family("two faults and a deed", Start.CREATION, Budget(faults=2, people=1)),
    Family("a fault and two deeds", Start.SERVICE, Budget(faults=1, people=2)),
    Family("a fault, a deed, time", Start.SERVICE, Budget(faults=1, people=1, ticks=2)),
    Family(
        "a fault and a deed in a requested rotation",
        Start.SERVICE,
        Budget(faults=1, people=1, requests=1, ticks=1),
    ),
    Family("edits and deeds", Start.SERVICE, Budget(edits=2, people=1, ticks=1)),
    Family("edits and two faults", Start.CREATION, Budget(edits=2, faults=2)),
    Family("clocks, a deed, time", Start.SERVICE, Budget(clocks=1, people=1, faults=1, ticks=1)),
    Family("two clocks", Start.SERVICE, Budget(clocks=2, requests=1, ticks=1)),
    Family("a restore in two rotations", Start.SERVICE, Budget(restores=1, requests=2, ticks=2)),
    Family("a restore, a fault, time", Start.SERVICE, Budget(restores=1, faults=1, ticks=2)),
    Family("a restore and a deed", Start.SERVICE, Budget(restores=1, people=1, requests=1)),
    Family("two restores", Start.SERVICE, Budget(restores=2, requests=1)),
    Family("two revokes", Start.SERVICE, Budget(revokes=2, requests=1, faults=1, ticks=1)),
    Family(
        "a revoke, a fault, a deed", Start.SERVICE, Budget(revokes=1, faults=1, people=1, ticks=1)
    ),
    Family("a revoke and a restore", Start.SERVICE, Budget(revokes=1, restores=1, ticks=2)),
    Family("refreshes and two faults", Start.REFRESH, Budget(requests=2, faults=2, ticks=1)),
    Family("refreshes and deeds", Start.REFRESH, Budget(requests=1, people=2, faults=1)),
    Family("a refresh, a revoke, a deed", Start.REFRESH, Budget(revokes=1, requests=1, people=1)),
    Family("refreshes and a restore", Start.REFRESH, Budget(restores=1, requests=1, ticks=2)),
    Family("a user's edits and a deed", Start.USER, Budget(edits=2, people=1, ticks=1)),
)
"""What `make explore` visits besides, which takes minutes."""
