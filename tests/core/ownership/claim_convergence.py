"""From every scene, once nothing goes wrong any more, every object comes to its rest."""

from collections.abc import Iterator
from dataclasses import replace

from harbor_operator.core.ownership import RELEASED_PREFIX
from harbor_operator.core.plan import READY, STALLED, is_true
from tests.core.ownership.claim_effects import Flight
from tests.core.ownership.claim_faults import Fault
from tests.core.ownership.claim_moves import Moves
from tests.core.ownership.claim_world import CustomResource, Scene, is_of_place, second_of

MAX_STEPS = 8
"""Looks and effects of one object in a row: a creation from nothing takes five."""

MAX_ROUNDS = 12
"""The longest honest path takes a few rounds of all objects and one wait."""


class Convergence:
    """The fair run: every object is reconciled in turn, and time passes when all rest."""

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self._settling: set[Scene] = set()

    def wrong_rests(self, scene: Scene) -> list[Fault]:
        """What is wrong with the rest to which a scene comes; nothing for one told of before."""
        passed: set[Scene] = set()
        faults: list[Fault] = []
        while scene not in self._settling:
            passed.add(scene)
            following = self._round(scene)
            if following == scene:
                following = self._later(scene)
            if following == scene:
                faults = [*self._wrong_rest(scene)]
                break
            if following in passed or len(passed) > MAX_ROUNDS:
                faults = [Fault.UNREST]
                break
            scene = following
        self._settling |= passed
        return faults

    def _round(self, scene: Scene) -> Scene:
        for place in range(len(scene.resources)):
            for _ in range(MAX_STEPS):
                changed = self._reconcile(scene, place)
                if changed == scene:
                    break
                scene = changed
        return scene

    def _reconcile(self, scene: Scene, place: int) -> Scene:
        """One look and the effects that it decides."""
        resource = scene.resources[place]
        if resource is None:
            return scene
        flight: Flight | None = self._moves.take_off(scene, place, resource)
        while flight is not None and flight.steps:
            scene, flight = self._moves.step(scene, flight)
        return scene

    def _later(self, scene: Scene) -> Scene:
        """The scene at the next time for which an object asks, the same one if none does."""
        plans = (self._moves.decide(scene, place, r) for place, r in _objects(scene))
        times = [second_of(plan.recheck_at) for plan in plans if plan.recheck_at is not None]
        return replace(scene, now=max(scene.now + 1, min(times))) if times else scene

    def _wrong_rest(self, scene: Scene) -> Iterator[Fault]:
        """Everything that is wrong with a scene in which nothing moves any more."""
        for place, resource in _objects(scene):
            plan = self._moves.decide(scene, place, resource)
            if plan.actions:
                yield Fault.UNREST
                continue
            verdicts = plan.verdicts
            if resource.deleting:
                yield from () if verdicts else (Fault.LINGERING,)
                continue
            owns, is_ready = _is_owner(scene, place, resource), is_true(verdicts, READY)
            if owns is not is_ready:
                yield Fault.FALSELY_UNREADY if owns else Fault.FALSELY_READY
            if not is_ready and not is_true(verdicts, STALLED):
                yield Fault.WAITING
            if _may_own(scene, place, resource) and not _has_owner(scene):
                yield Fault.UNOWNED


def _objects(scene: Scene) -> list[tuple[int, CustomResource]]:
    return [(place, r) for place, r in enumerate(scene.resources) if r is not None]


def _has_owner(scene: Scene) -> bool:
    return any(scene.is_owned_by(place, resource.uid) for place, resource in _objects(scene))


def _is_owner(scene: Scene, place: int, resource: CustomResource) -> bool:
    return scene.claimants[place].is_given and scene.is_owned_by(place, resource.uid)


def _may_own(scene: Scene, place: int, resource: CustomResource) -> bool:
    """Whether an object has a right to the project as it stands."""
    claimant, project = scene.claimants[place], scene.project
    if project is None or not claimant.is_given:
        return claimant.is_given
    text = project.mark
    if text is None:
        return (
            (resource.has_begun(project) and not project.repositories)
            or claimant.may_adopt
            or resource.is_believed(project, may_adopt=claimant.may_adopt)
        )
    adoptable = text.startswith(RELEASED_PREFIX) and claimant.may_adopt
    return adoptable or is_of_place(text, claimant.mark(resource.uid))
