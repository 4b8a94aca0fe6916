"""Everything that can happen next: reconciles, their failures, people, and time.

Of each object one reconcile is under way at a time, but between any two of its effects everything
else may happen: effects of the other objects' reconciles, deeds, and those of an instance that
was frozen in the middle of an older reconcile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harbor_operator.core.plan import Plan
from harbor_operator.core.project.actions import Action
from tests.core.ownership.claim_effects import Flight, Release, Report, Rules, advance, steps_of
from tests.core.ownership.claim_judge import Effect
from tests.core.ownership.claim_people import deeds, forgeries, wishes
from tests.core.ownership.claim_world import (
    CLAIM_PERIOD,
    Claimant,
    CustomResource,
    Project,
    Scene,
    decide,
)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may still go wrong, happen or pass; it bounds the exploration."""

    wishes: int = 0
    """Custom resources made, deleted or stripped of their finalizer."""
    deeds: int = 0
    """What people do in Harbor and to the tenant rules behind the operators' backs."""
    forgeries: int = 0
    """Lies in the status or the annotation of an object."""
    faults: int = 0
    """Crashes and freezes of an instance."""
    ticks: int = 0
    """Ten minutes that pass."""


@dataclass(frozen=True, slots=True)
class State:
    """The world, and the reconciles that are under way in it."""

    scene: Scene
    budget: Budget
    flights: tuple[Flight | None, ...]
    """Of each place the reconcile of the serving instance."""
    late: Flight | None = None
    """What an instance was about when it froze; it may finish that at any later time."""

    @property
    def is_under_way(self) -> bool:
        """Whether a serving instance has begun what it has not ended; to stop there is a fault."""
        return any(flight is not None for flight in self.flights)


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that can happen next."""

    label: str
    state: State
    effect: Effect | None = None
    """Set where an operator did it."""


class Moves:
    """The transitions of the model; decisions are remembered, since many states share a look."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._decisions: dict[
            tuple[int, Claimant, CustomResource, Project | None, int], Plan[Action]
        ] = {}

    def decide(self, scene: Scene, place: int, resource: CustomResource) -> Plan[Action]:
        """What a look decides that knows the object as it is given."""
        look = (place, scene.claimants[place], resource, scene.project, scene.now)
        known = self._decisions.get(look)
        if known is None:
            known = self._decisions[look] = decide(scene, place, resource)
        return known

    def take_off(self, scene: Scene, place: int, resource: CustomResource) -> Flight:
        """Look, and know what is to be done."""
        steps = steps_of(self.decide(scene, place, resource), resource)
        return Flight(place, resource, scene.claimants[place], steps)

    def of(self, state: State) -> Iterator[Move]:
        """Every state that can come next, and how."""
        for place in range(len(state.flights)):
            yield from self._reconciles(state, place)
        if state.late is not None:
            yield from self._thaws(state, state.late)
        yield from _spent(state)

    def step(self, scene: Scene, flight: Flight) -> tuple[Scene, Flight | None]:
        """Carry out the next effect of a reconcile; without a flight it is over or begins again."""
        done = advance(scene, flight, self._rules)
        if done is None:
            return scene, None
        changed, rest = done
        if isinstance(flight.steps[0], Report | Release):
            return changed, None
        return changed, rest if rest.steps else self._again(changed, rest)

    def _again(self, scene: Scene, flight: Flight) -> Flight | None:
        """The next look of the same reconcile, if it differs from one by a new reconcile.

        It knows its object as it has read it at first or written it itself.
        """
        if scene.resources[flight.place] == flight.resource:
            return None
        look = self.take_off(scene, flight.place, flight.resource)
        return look if look.steps else None

    def _reconciles(self, state: State, place: int) -> Iterator[Move]:
        scene, flight = state.scene, state.flights[place]
        if flight is None:
            resource = scene.resources[place]
            look = self.take_off(scene, place, resource) if resource else None
            if look is not None and look.steps:
                yield Move(f"{_who(scene, place)} looks", _flying(state, place, look))
            return
        changed, following = self.step(scene, flight)
        told = f"{_who(scene, place)}: {_told(flight)}"
        moved = _flying(replace(state, scene=changed), place, following)
        if changed == scene:
            yield Move(f"{told} fails", moved)
        else:
            yield Move(told, moved, Effect(scene, changed, flight))
        if state.budget.faults:
            yield from _failures(state, place, flight)

    def _thaws(self, state: State, late: Flight) -> Iterator[Move]:
        """The frozen instance does its next effect; it never looks again."""
        done = advance(state.scene, late, self._rules)
        told = f"the frozen instance of {_who(state.scene, late.place)}: {_told(late)}"
        if done is None:
            yield Move(f"{told} fails", replace(state, late=None))
            return
        scene, rest = done
        moved = replace(state, scene=scene, late=rest if rest.steps else None)
        yield Move(told, moved, Effect(state.scene, scene, late))


def _flying(state: State, place: int, flight: Flight | None) -> State:
    flights = state.flights
    return replace(state, flights=(*flights[:place], flight, *flights[place + 1 :]))


def _failures(state: State, place: int, flight: Flight) -> Iterator[Move]:
    budget = replace(state.budget, faults=state.budget.faults - 1)
    fallen = _flying(replace(state, budget=budget), place, None)
    before = f"before {_told(flight)}"
    yield Move(f"the instance of {_who(state.scene, place)} dies {before}", fallen)
    if state.late is None:
        frozen = replace(fallen, late=flight)
        yield Move(f"the instance of {_who(state.scene, place)} freezes {before}", frozen)


def _spent(state: State) -> Iterator[Move]:
    """What happens outside the operators, as far as the budget goes."""
    budget, scene = state.budget, state.scene
    if budget.wishes:
        left = replace(state, budget=replace(budget, wishes=budget.wishes - 1))
        yield from (Move(told, replace(left, scene=changed)) for told, changed in wishes(scene))
    if budget.deeds:
        left = replace(state, budget=replace(budget, deeds=budget.deeds - 1))
        yield from (Move(told, replace(left, scene=changed)) for told, changed in deeds(scene))
    if budget.forgeries:
        left = replace(state, budget=replace(budget, forgeries=budget.forgeries - 1))
        yield from (Move(told, replace(left, scene=changed)) for told, changed in forgeries(scene))
    if budget.ticks:
        left = replace(state, budget=replace(budget, ticks=budget.ticks - 1))
        later = replace(scene, now=scene.now + CLAIM_PERIOD)
        yield Move("ten minutes pass", replace(left, scene=later))


def _who(scene: Scene, place: int) -> str:
    claimant = scene.claimants[place]
    return f"{claimant.cluster}/{claimant.namespace}"


def _told(flight: Flight) -> str:
    return type(flight.steps[0]).__name__
