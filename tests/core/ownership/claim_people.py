"""What people do: with their objects, with their own hands in Harbor, and with bad intent."""

from collections.abc import Iterator
from dataclasses import replace

from harbor_operator.api.project import OwnershipState
from harbor_operator.core.ownership import parse_mark
from tests.core.ownership.claim_world import LONG_AGO, UNGIVEN, Project, Scene

Deed = tuple[str, Scene]

HANDS_OFF = "hands off"
"""An owner label that a person wrote; it is no mark."""


def wishes(scene: Scene) -> Iterator[Deed]:
    """Custom resources come and go."""
    for place, resource in enumerate(scene.resources):
        at = place_name(scene, place)
        if resource is None:
            yield f"a person makes the object of {at}", scene.arise(place)
            continue
        if not resource.deleting:
            left = replace(resource, deleting=True) if resource.held else None
            yield f"a person deletes the object of {at}", scene.put(place, left)
        if resource.held:
            yield f"a person strips the object of {at} of its finalizer", scene.put(place, None)
        claimant = scene.claimants[place]
        if claimant.later is not None:
            changed = replace(claimant, deletion=claimant.later, later=None)
            told = f"a person sets {at} to {claimant.later.value}"
            yield told, scene.respecify(place, changed)


def deeds(scene: Scene) -> Iterator[Deed]:
    """Work by hand in Harbor, and withdrawn tenant rules."""
    if scene.project is None:
        by_hand = Project(0, 0, by_us=False, adopted=True)
        yield "a person makes the project", scene.make_project(by_hand)
    else:
        yield from _deeds_to(scene, scene.project)
    for place, claimant in enumerate(scene.claimants):
        if claimant.is_given:
            told = f"the rule of {place_name(scene, place)} is withdrawn"
            yield told, scene.respecify(place, replace(claimant, rule=UNGIVEN))


def _deeds_to(scene: Scene, project: Project) -> Iterator[Deed]:
    # A second passes, so that what is made next is no longer of the same one.
    yield "a person deletes the project", replace(scene, project=None, now=scene.now + 1)
    if not project.repositories:
        pushed = replace(project, repositories=1)
        yield "a person pushes a repository", replace(scene, project=pushed)
    if project.label is None:
        return
    yield "a person removes the label", replace(scene, project=replace(project, label=None))
    yield "a person spoils the label", replace(scene, project=project.marked(HANDS_OFF))
    for place, resource in enumerate(scene.resources):
        if resource is not None and not scene.is_owned_by(place, resource.uid):
            told = f"a person gives the label to {place_name(scene, place)}"
            yield told, _handed_over(scene, project, place, resource.uid)


def _handed_over(scene: Scene, project: Project, place: int, uid: int) -> Scene:
    """The project with another owner's mark; whether it is adopted is what the person leaves."""
    before = parse_mark(project.mark or "")
    adopted = before is not None and before.adopted
    mark = replace(scene.mark_of(place, uid), adopted=adopted)
    owners = project.owners | {place}
    given = replace(project.marked(mark.text()), adopted=adopted, owners=owners)
    return replace(scene, project=given)


def forgeries(scene: Scene) -> Iterator[Deed]:
    """Lies in what a tenant can write of its object."""
    for place, resource in enumerate(scene.resources):
        if resource is None:
            continue
        at, project = place_name(scene, place), scene.project
        dated = replace(resource, creating=LONG_AGO)
        yield f"{at} forges the intent of a creation", scene.put(place, dated)
        held = replace(dated, held=True)
        yield f"{at} forges intent and finalizer", scene.put(place, held)
        if project is not None:
            claimed = replace(resource, project_id=project.id, state=OwnershipState.OWNED)
            yield f"{at} forges the status of an owner", scene.put(place, claimed)


def place_name(scene: Scene, place: int) -> str:
    """How a place is called in a story."""
    claimant = scene.claimants[place]
    return f"{claimant.cluster}/{claimant.namespace}"
