"""What the operator does to the world, and how an instance of it dies, freezes and thaws."""

from collections.abc import Iterator

from tests.core.exploration.flights import taken_off
from tests.core.exploration.judge import is_given_up
from tests.core.exploration.look import first_half
from tests.core.exploration.stage import Stage
from tests.core.exploration.states import Late, Move, Past, Place, State
from tests.core.exploration.world import Scene


def operator_moves(stage: Stage, state: State) -> Iterator[Move]:
    """What the operator, its pull secret and its sweep may do next, and a frozen instance."""
    yield from _rounds(stage, state)
    if state.late is not None:
        yield from _thaws(stage, state, state.late)
    followed = stage.follow(state.place)
    if followed is not state.place:
        yield Move("the pull secret follows", onto(stage, state, followed))
    swept = stage.sweep(state.place)
    if swept is not state.place:
        yield Move("the operator sweeps", onto(stage, state, swept))


def onto(stage: Stage, state: State, place: Place) -> State:
    """The state after somebody changed the world; a frozen instance does not notice."""
    before, after = state.place.scene, place.scene
    late, past = state.late, state.past
    if late is not None:
        flight = late.flight.seen_by(before, after)
        if flight is not late.flight:
            late = stage.late(flight, late.half)
    if before.resource is not after.resource and _uid(before) != _uid(after):
        past = past._replace(stored=0)
    if after.sheet is not before.sheet and after.ledger is not None:
        stored = past.stored
        for credential in after.ledger.credentials():
            stored |= 1 << credential.n
        if stored != past.stored:
            past = past._replace(stored=stored)
    return State(place, state.budget, late, past, state.backup)


def _uid(scene: Scene) -> int | None:
    return scene.resource.uid if scene.resource else None


def _rounds(stage: Stage, state: State) -> Iterator[Move]:
    """The serving instance acts; it may die or freeze at every point of its plan."""
    course = stage.course(state.place)
    told = ", ".join(type(step).__name__ for step in course[0][1].steps) or "looks"
    if state.budget.faults and course[0][1].steps:
        yield from _failures(stage, state)
    end = course[-1][0]
    if end is not state.place:
        yield Move(f"the operator: {told}", _giving_up(state, onto(stage, state, end)))


def _failures(stage: Stage, state: State) -> Iterator[Move]:
    """One fault of the serving instance; who takes over remembers no refusals."""
    spent = state.budget._replace(faults=state.budget.faults - 1)
    weak = state._replace(budget=spent)
    if state.late is None:
        yield _frozen_in_a_look(stage, weak)
    for place, flight in stage.course(state.place):
        if not flight.steps:
            continue
        forgetful = stage.at(place.scene._replace(refused=()))
        fallen = onto(stage, weak, forgetful)
        if place.scene._replace(refused=state.place.scene.refused) != state.place.scene:
            yield Move(f"the operator dies before {flight.told}", fallen)
            if place.scene.refused:
                answerless = onto(stage, weak, place)
                yield Move(f"the answer before {flight.told} is lost", answerless)
        if state.late is None:
            past = fallen.past._replace(disturbed=True)
            late = stage.late(flight)
            frozen = fallen._replace(late=late, past=past)
            yield Move(f"an operator freezes before {flight.told}", frozen)


def _frozen_in_a_look(stage: Stage, state: State) -> Move:
    scene = state.place.scene
    half = first_half(scene, stage.rules)
    late = stage.late(taken_off(scene), half)
    past = state.past._replace(disturbed=True)
    return Move("an operator freezes in the middle of a look", state._replace(late=late, past=past))


def _thaws(stage: Stage, state: State, late: Late) -> Iterator[Move]:
    """The frozen instance does its next step and dies, or goes on to the end."""
    awake = state._replace(late=None)
    ends = stage.ends(state.place, late)
    if not ends:
        yield Move("the frozen operator can do nothing", awake)
    for label, place in ends:
        yield Move(label, _excused(stage, awake, place))


def _excused(stage: Stage, before: State, place: Place) -> State:
    """The state, with forgiveness for what a frozen instance did by a Secret that was deleted.

    Its creation succeeds where it should not; and once the ledger is gone nothing can tell that
    a number has been used again.
    """
    after = onto(stage, before, place)
    forgiven = after._replace(past=_forgiving(after.past, before.place.scene, place.scene))
    return _giving_up(before, forgiven)


def _giving_up(before: State, after: State) -> State:
    """The state, with forgiveness for Secrets that were late when a revoke had waited for them."""
    old, new = before.place.scene, after.place.scene
    if len(new.accounts) >= len(old.accounts) or not is_given_up(old):
        return after
    present = {account.serial for account in new.accounts}
    hurt = after.past.hurt
    for account in old.accounts:
        if account.serial not in present:
            hurt |= 1 << account.serial
    return after._replace(past=after.past._replace(hurt=hurt))


def _forgiving(past: Past, before: Scene, after: Scene) -> Past:
    hurt = past.hurt
    if past.ledger_lost:
        present = {account.serial for account in after.accounts}
        for account in before.ours():
            if account.serial not in present:
                hurt |= 1 << account.serial
    if past.target_lost and before.target is None and after.target is not None:
        hurt |= 1 << after.target.serial
    return past if hurt == past.hurt else past._replace(hurt=hurt)
