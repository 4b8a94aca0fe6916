"""Breadth first through all states within a budget, up to the first thing that is wrong."""

import math
import time
from collections import deque
from dataclasses import dataclass

from typing_extensions import override

from tests.core.exploration.convergence import Convergence
from tests.core.exploration.judge import wrong_steps
from tests.core.exploration.look import SHIPPED, Rules
from tests.core.exploration.moves import moves
from tests.core.exploration.rest import wrong_states
from tests.core.exploration.stage import Stage
from tests.core.exploration.states import Budget, Move, State
from tests.core.exploration.world import Scene


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of an exploration."""

    states: int
    fault: str | None = None
    path: tuple[str, ...] = ()
    """The shortest way to the fault."""
    is_complete: bool = True
    """Whether all was visited that the budget allows, or a fault was found; else time was up."""

    @property
    def on_a_line(self) -> str:
        """The states, and the way to the fault."""
        return "; ".join(str(self).splitlines())

    @override
    def __str__(self) -> str:
        """Tell it as a story, one move a line."""
        if not self.is_complete:
            return f"{self.states} states, then time was up"
        if self.fault is None:
            return f"{self.states} states"
        return "\n".join([f"{self.states} states", *self.path, f"=> {self.fault}"])


_Origins = dict[State, tuple[State, str] | None]


def explore(
    start: Scene, budget: Budget, rules: Rules = SHIPPED, *, seconds: float = math.inf
) -> Finding:
    """Visit every state that the budget allows.

    Args:
        start: The first scene.
        budget: What may happen on the way.
        rules: What the engine keeps to.
        seconds: After how long to stop all the same.
    """
    stage = Stage(rules)
    convergence = Convergence(stage)
    first = State(stage.at(start), budget)
    origins: _Origins = {first: None}
    queue = deque([first])
    deadline = time.monotonic() + seconds
    while queue:
        if time.monotonic() > deadline:
            return Finding(len(origins), is_complete=False)
        state = queue.popleft()
        for move in moves(stage, state):
            is_new = move.state not in origins
            if is_new:
                origins[move.state] = (state, move.label)
                queue.append(move.state)
            fault = _fault(stage, convergence, state, move, is_new=is_new)
            if fault is not None:
                return Finding(len(origins), fault, (*_path(origins, state), move.label))
    return Finding(len(origins))


def _fault(
    stage: Stage, convergence: Convergence, state: State, move: Move, *, is_new: bool
) -> str | None:
    """What is wrong with a move, and with where it leads if nobody has been there."""
    fault = None if move.is_outside else next(wrong_steps(state, move.state), None)
    if fault is not None or not is_new:
        return fault
    return next(wrong_states(stage, move.state), None) or convergence.fails(move.state.place)


def in_service(scene: Scene) -> Scene:
    """The world after an undisturbed creation: robot 1 serves, and its creation is reported."""
    stage = Stage(SHIPPED)
    place = stage.at(scene)
    while not stage.at_rest(place):
        place = stage.follow(stage.run(place))
    return place.scene


def _path(origins: _Origins, state: State) -> tuple[str, ...]:
    labels: list[str] = []
    origin = origins[state]
    while origin is not None:
        labels.append(origin[1])
        origin = origins[origin[0]]
    return tuple(reversed(labels))
