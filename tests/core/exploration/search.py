"""Breadth first through all states within a budget, up to the first thing that is wrong."""

from collections import deque
from dataclasses import dataclass

from typing_extensions import override

from tests.core.exploration.convergence import Convergence
from tests.core.exploration.effects import SHIPPED, Rules
from tests.core.exploration.judge import wrong_states, wrong_steps
from tests.core.exploration.moves import Budget, Moves, State
from tests.core.exploration.world import Scene


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of an exploration."""

    states: int
    fault: str | None = None
    path: tuple[str, ...] = ()
    """The shortest way to the fault."""

    @override
    def __str__(self) -> str:
        """Tell it as a story, one step a line."""
        if self.fault is None:
            return f"{self.states} states"
        return "\n".join([f"{self.states} states", *self.path, f"=> {self.fault}"])


_Origins = dict[State, tuple[State, str] | None]


def explore(budget: Budget, rules: Rules = SHIPPED, start: Scene | None = None) -> Finding:
    """Visit every state that the budget allows.

    Args:
        budget: What may happen on the way.
        rules: What the engine keeps to.
        start: The first scene; without one the robot is not made yet.
    """
    moves = Moves(rules)
    convergence = Convergence(moves)
    first = State(start or Scene(), budget)
    origins: _Origins = {first: None}
    queue = deque([first])
    while queue:
        state = queue.popleft()
        for label, following in moves.of(state):
            fault = next(wrong_steps(state, following), None)
            if following not in origins:
                origins[following] = (state, label)
                queue.append(following)
                fault = fault or next(wrong_states(following, moves), None)
                fault = fault or convergence.fails(following.scene)
            if fault is not None:
                return Finding(len(origins), fault, (*_path(origins, state), label))
    return Finding(len(origins))


def in_service() -> Scene:
    """The world after an undisturbed creation: robot 1 serves, and its creation is reported."""
    moves, scene = Moves(SHIPPED), Scene()
    while not moves.at_rest(scene):
        scene = moves.follow(moves.run(scene))
    return scene


def _path(origins: _Origins, state: State) -> tuple[str, ...]:
    labels: list[str] = []
    origin = origins[state]
    while origin is not None:
        labels.append(origin[1])
        origin = origins[origin[0]]
    return tuple(reversed(labels))
