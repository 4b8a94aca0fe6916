"""Who wants the project, what stands in Harbor at first, and how much may happen."""

from dataclasses import dataclass, replace

from harbor_operator.api.project import AdoptionPolicy, DeletionPolicy
from tests.core.ownership.claim_moves import Budget
from tests.core.ownership.claim_world import ADOPTING, UNGIVEN, Claimant, Project, Scene

BLUE = Claimant()
RED = Claimant(namespace="red")
WEST = Claimant(cluster="west")
ADOPTER = Claimant(adoption=AdoptionPolicy.IF_UNCLAIMED, rule=ADOPTING)
RED_ADOPTER = replace(ADOPTER, namespace="red")
WEST_ADOPTER = replace(ADOPTER, cluster="west")

IF_EMPTY = DeletionPolicy.DELETE_IF_EMPTY
WITH_CONTENTS = DeletionPolicy.DELETE_WITH_CONTENTS
DELETES_ADOPTED = replace(ADOPTING, may_delete_adopted=True)

BY_HAND = Project(1, 0, by_us=False, adopted=True)
FILLED = replace(BY_HAND, repositories=1)


def nothing_yet(*claimants: Claimant) -> Scene:
    """No object and no project."""
    return Scene(claimants, (None,) * len(claimants))


def everybody(*claimants: Claimant) -> Scene:
    """An object in every place, and no project yet."""
    scene = nothing_yet(*claimants)
    for place in range(len(claimants)):
        scene = scene.arise(place)
    return scene


def beside(project: Project, *claimants: Claimant) -> Scene:
    """No object, but a project that nobody has claimed."""
    return replace(nothing_yet(*claimants), project=project, projects_made=project.id)


@dataclass(frozen=True, slots=True)
class Family:
    """One exploration."""

    told: str
    start: Scene
    budget: Budget


FAMILIES = (
    Family(
        "two namespaces, and an instance that fails",
        nothing_yet(BLUE, replace(RED, deletion=IF_EMPTY)),
        Budget(wishes=3, faults=1),
    ),
    Family("two namespaces, and deeds", nothing_yet(BLUE, RED), Budget(wishes=2, deeds=2)),
    Family(
        "two clusters, and a deed",
        nothing_yet(replace(BLUE, deletion=IF_EMPTY), WEST_ADOPTER),
        Budget(wishes=3, deeds=1),
    ),
    Family(
        "two clusters, an instance that fails, and a deed",
        nothing_yet(replace(BLUE, deletion=IF_EMPTY), WEST),
        Budget(wishes=2, deeds=1, faults=1),
    ),
    Family(
        "a namespace that comes back with other uids",
        nothing_yet(replace(BLUE, later=IF_EMPTY)),
        Budget(wishes=4, deeds=1, faults=1),
    ),
    Family(
        "two adopters of a project made by hand",
        beside(BY_HAND, ADOPTER, WEST_ADOPTER),
        Budget(wishes=3, faults=1, ticks=1),
    ),
    Family(
        "two adopters, and a deed",
        beside(BY_HAND, ADOPTER, RED_ADOPTER),
        Budget(wishes=2, deeds=1, ticks=1),
    ),
    Family(
        "contents that may not go with an adopted project",
        beside(
            FILLED,
            replace(ADOPTER, later=WITH_CONTENTS, confirmed=True),
            replace(RED_ADOPTER, deletion=IF_EMPTY),
        ),
        Budget(wishes=4, ticks=1),
    ),
    Family(
        "contents that may go, of which one deletion is unconfirmed",
        beside(
            FILLED,
            replace(ADOPTER, deletion=WITH_CONTENTS, confirmed=True, rule=DELETES_ADOPTED),
            replace(RED_ADOPTER, deletion=WITH_CONTENTS, rule=DELETES_ADOPTED),
        ),
        Budget(wishes=3, deeds=1, ticks=1),
    ),
    Family(
        "one whom no rule gives the project, and forgeries",
        nothing_yet(replace(BLUE, rule=UNGIVEN, deletion=IF_EMPTY), RED),
        Budget(wishes=3, forgeries=2),
    ),
    Family(
        "two whom rules give the project, and forgeries",
        beside(BY_HAND, replace(BLUE, deletion=IF_EMPTY), RED_ADOPTER),
        Budget(wishes=3, forgeries=2, ticks=1),
    ),
    Family(
        "three objects",
        everybody(BLUE, RED_ADOPTER, WEST),
        Budget(wishes=2),
    ),
)
"""Each ends by itself: everything that its budget allows, however it falls, is visited."""
