"""Everything that can happen next: the operator, its failures, people, disasters, and time."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from tests.core.exploration.disasters import clock_steps, restores, ticks
from tests.core.exploration.operators import onto, operator_moves
from tests.core.exploration.people import Change, edits, hands_on, requests, revokes
from tests.core.exploration.stage import Stage
from tests.core.exploration.states import Budget, Deed, Move, Place, State

_SOURCES: Mapping[str, Callable[[Stage, Place], Iterable[Change]]] = {
    "people": lambda _, place: hands_on(place.scene),
    "requests": lambda _, place: requests(place.scene),
    "revokes": lambda _, place: revokes(place.scene),
    "edits": lambda _, place: edits(place.scene),
    "ticks": lambda stage, place: ticks(place.scene, at_rest=stage.at_rest(place)),
    "clocks": lambda _, place: clock_steps(place.scene),
}
"""What may happen from outside, by the field of the budget that it takes."""


def moves(stage: Stage, state: State) -> Iterator[Move]:
    """Every state that can come next, and how."""
    yield from operator_moves(stage, state)
    for purse, left in zip(Budget._fields, state.budget, strict=True):
        if left and purse in _SOURCES:
            spent = state.budget._replace(**{purse: left - 1})
            for deed in _deeds(stage, state.place, purse):
                yield Move(deed.label, _done(stage, state, deed, spent), is_outside=True)
    if state.budget.restores:
        yield from _restores(stage, state)


def _deeds(stage: Stage, place: Place, purse: str) -> tuple[Deed, ...]:
    known = place.deeds.get(purse)
    if known is None:
        changes = _SOURCES[purse](stage, place)
        known = place.deeds[purse] = tuple(_deed(stage, change) for change in changes)
    return known


def _deed(stage: Stage, change: Change) -> Deed:
    return Deed(change.label, stage.at(change.scene), *change[2:])


def _done(stage: Stage, state: State, deed: Deed, budget: Budget) -> State:
    after = onto(stage, state, deed.place)
    past = after.past
    if any(deed[2:]):
        past = past._replace(
            hurt=past.hurt | deed.hurt,
            ledger_lost=past.ledger_lost or deed.ledger_lost,
            target_lost=past.target_lost or deed.target_lost,
            turned_back=max(past.turned_back, deed.turned_back),
            put_back=past.put_back or deed.put_back,
            disturbed=past.disturbed or deed.disturbed,
        )
    if budget.requests < state.budget.requests:
        past = past._replace(asked=state.place.scene.stamps)
    if budget.revokes < state.budget.revokes:
        past = past._replace(doomed=state.place.scene.stamps)
    return after._replace(budget=budget, past=past)


def _restores(stage: Stage, state: State) -> Iterator[Move]:
    if state.backup is None:
        yield Move("a backup is made", state._replace(backup=state.place), is_outside=True)
        return
    left = state.budget.restores - 1
    spent = state.budget._replace(restores=left)
    kept = state if left else state._replace(backup=None)
    for change in restores(state.place.scene, state.backup.scene):
        done = _done(stage, kept, _deed(stage, change), spent)
        yield Move(change.label, done, is_outside=True)
