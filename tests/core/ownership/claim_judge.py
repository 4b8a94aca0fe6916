"""What must hold over every effect of an operator: who may do what to whose project."""

from collections.abc import Iterator
from dataclasses import dataclass

from harbor_operator.api.project import DeletionPolicy
from harbor_operator.core.ownership import RELEASED_PREFIX
from tests.core.ownership.claim_effects import Flight
from tests.core.ownership.claim_faults import Fault
from tests.core.ownership.claim_world import CLAIM_PERIOD, Project, Scene, is_of_place


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of a reconcile, from the world before it to the world after it."""

    before: Scene
    after: Scene
    flight: Flight

    @property
    def owns(self) -> bool:
        """Whether the project carried the mark of the acting object."""
        return self.before.is_owned_by(self.flight.place, self.flight.resource.uid)

    @property
    def made_it(self) -> bool:
        """Whether the project was made for the acting object."""
        project = self.before.project
        return project is not None and project.maker == self.flight.resource.uid


def wrong_effects(effect: Effect) -> Iterator[Fault]:
    """Everything that is wrong with an effect."""
    before, after = effect.before.project, effect.after.project
    if before == after:
        return
    yield from _without_a_rule(effect)
    if before is None:
        return
    if after is None or after.repositories < before.repositories:
        yield from _wrong_deletions(effect, before)
    elif before.label is None and after.label is not None:
        yield from _wrong_claims(effect, before)
    elif before.mark != after.mark:
        yield from _wrong_marks(effect, before, after)


def _without_a_rule(effect: Effect) -> Iterator[Fault]:
    """A namespace to which no rule gives the project touches only what it owns or has made."""
    if effect.flight.claimant.is_given or effect.owns or effect.made_it:
        return
    yield Fault.UNRULED_CLAIM if effect.flight.resource.deleting else Fault.NO_RULE


def _wrong_deletions(effect: Effect, project: Project) -> Iterator[Fault]:
    """Only the owner deletes, as its policy says; contents go confirmed and if they are its own."""
    flight = effect.flight
    if not effect.owns:
        yield Fault.FOREIGN_PROJECT
    if not flight.resource.deleting:
        yield Fault.WANTED
    match flight.claimant.deletion:
        case DeletionPolicy.RETAIN:
            yield Fault.RETAINED
        case DeletionPolicy.DELETE_IF_EMPTY:
            if project.repositories:
                yield Fault.NOT_EMPTY
        case DeletionPolicy.DELETE_WITH_CONTENTS:
            if not flight.claimant.confirmed:
                yield Fault.UNCONFIRMED
            if project.adopted and not flight.claimant.may_delete_adopted:
                yield Fault.ADOPTED


def _wrong_claims(effect: Effect, project: Project) -> Iterator[Fault]:
    """An unmarked project is claimed by who made it, owned it, or may adopt it."""
    flight = effect.flight
    if effect.made_it:
        return
    is_fresh = effect.before.now < project.made + CLAIM_PERIOD
    if flight.resource.has_begun(project):
        if flight.resource.deleting and (is_fresh or project.maker is None):
            yield Fault.LATE_CLAIM
    elif flight.resource.deleting:
        yield Fault.NO_RIGHT
    elif flight.place not in project.owners:
        may_adopt = flight.claimant.may_adopt
        if flight.resource.owned_id == project.id:
            if not flight.resource.is_believed(project, may_adopt=may_adopt):
                yield Fault.ON_ITS_WORD
        elif not may_adopt:
            yield Fault.NO_RIGHT
        elif is_fresh and not flight.dropped:
            yield Fault.TOO_EARLY


def _wrong_marks(effect: Effect, before: Project, after: Project) -> Iterator[Fault]:
    """A mark is changed by its owner's place, and taken away when it is released."""
    text = before.mark or ""
    own = effect.flight.claimant.mark(effect.flight.resource.uid)
    is_dropped = after.label is None and text.startswith(RELEASED_PREFIX)
    if not is_dropped and not is_of_place(text, own):
        yield Fault.FOREIGN_MARK
