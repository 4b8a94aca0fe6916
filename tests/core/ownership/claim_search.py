"""Breadth first through all states within a budget, up to the first thing that is wrong."""

from collections import deque
from dataclasses import dataclass

from typing_extensions import override

from tests.core.ownership.claim_convergence import Convergence
from tests.core.ownership.claim_effects import SHIPPED, Rules
from tests.core.ownership.claim_faults import Fault
from tests.core.ownership.claim_judge import wrong_effects
from tests.core.ownership.claim_moves import Budget, Moves, State
from tests.core.ownership.claim_world import Scene


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of an exploration."""

    states: int
    fault: Fault | None = None
    path: tuple[str, ...] = ()
    """The shortest way to the fault."""

    @override
    def __str__(self) -> str:
        """Tell it as a story, one step a line."""
        if self.fault is None:
            return f"{self.states} states"
        return "\n".join([f"{self.states} states", *self.path, f"=> {self.fault}"])


_Origins = dict[State, tuple[State, str] | None]


def explore(start: Scene, budget: Budget, rules: Rules = SHIPPED) -> Finding:
    """Visit every state that the budget allows.

    Args:
        start: The first scene.
        budget: What may happen on the way.
        rules: What the engine keeps to.
    """
    moves = Moves(rules)
    convergence = Convergence(moves)
    first = State(start, budget, (None,) * len(start.claimants))
    origins: _Origins = {first: None}
    queue = deque([first])
    while queue:
        state = queue.popleft()
        for move in moves.of(state):
            faults = [] if move.effect is None else [*wrong_effects(move.effect)]
            if move.state not in origins:
                if not move.state.is_under_way:
                    faults += convergence.wrong_rests(move.state.scene)
                origins[move.state] = (state, move.label)
                queue.append(move.state)
            if faults:
                return Finding(len(origins), faults[0], (*_path(origins, state), move.label))
    return Finding(len(origins))


def _path(origins: _Origins, state: State) -> tuple[str, ...]:
    labels: list[str] = []
    origin = origins[state]
    while origin is not None:
        labels.append(origin[1])
        origin = origins[origin[0]]
    return tuple(reversed(labels))
