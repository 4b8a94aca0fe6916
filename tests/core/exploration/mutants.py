"""Ways to get the rotation wrong. The exploration must find each: a rule without a mutant that
needs it would be a rule without a reason."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from harbor_operator.core.robot import protocol
from harbor_operator.core.robot.actions import Action, DeleteRobot, NotePrevious
from harbor_operator.core.robot.facts import Observed, RobotName
from harbor_operator.core.robot.proof import Proof
from harbor_operator.core.robot.protocol import View
from tests.core.exploration.effects import SHIPPED, Rules
from tests.core.exploration.moves import Budget

Rule = Callable[[View], tuple[Action, ...] | None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake, and what may happen while it is looked for."""

    mistake: str
    budget: Budget
    fault: str
    """What the exploration has to say about it."""
    rules: Rules = SHIPPED
    replaced: str | None = None
    """The rule of the protocol that the mistake is in."""
    mistaken: Rule | None = None
    number: Callable[[Observed, RobotName], int] | None = None

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the mistake in the shipped code, for one test."""
        if self.mistaken is not None:
            mutated = tuple(
                self.mistaken if rule.__name__ == self.replaced else rule for rule in protocol.RULES
            )
            assert mutated != protocol.RULES
            monkeypatch.setattr(protocol, "RULES", mutated)
        if self.number is not None:
            monkeypatch.setattr(Observed, "next_number", self.number)


_SHIPPED: dict[str, Rule] = {rule.__name__: rule for rule in protocol.RULES}


def _delete_before_the_switch(view: View) -> tuple[Action, ...] | None:
    live = view.ledger.live
    if live is not None and view.proof(live) is Proof.WORKS and view.old_robots():
        return tuple(DeleteRobot(robot) for robot in view.old_robots())
    return _SHIPPED["_serve_live"](view)


def _delete_without_an_overlap(view: View) -> tuple[Action, ...] | None:
    actions = _SHIPPED["_clean_up"](view)
    if actions and isinstance(actions[0], NotePrevious):
        return tuple(DeleteRobot(robot) for robot in view.old_robots())
    return actions


def _delete_without_a_fence(view: View) -> tuple[Action, ...] | None:
    attempt = view.ledger.attempt
    if attempt is None or view.ledger.pending is not None:
        return None
    unpaired = [r for r in view.observed.ours() if view.name.number(r.name) == attempt.n]
    if unpaired:
        return tuple(DeleteRobot(robot) for robot in unpaired)
    return _SHIPPED["_carry_out_attempt"](view)


def _rotate_without_a_gate(view: View) -> tuple[Action, ...] | None:
    actions = _SHIPPED["_rotate"](view)
    if actions is not None or view.ledger.pending is not None:
        return actions
    kept = {c.robot_id for c in (view.ledger.live,) if c is not None}
    alone = tuple(robot for robot in view.observed.robots if robot.id in kept)
    return _SHIPPED["_rotate"](replace(view, observed=replace(view.observed, robots=alone)))


def _stand_still_while_pending_is_undecided(view: View) -> tuple[Action, ...] | None:
    actions = _SHIPPED["_settle_pending"](view)
    return () if actions is None and view.ledger.pending is not None else actions


def _first_free_number(observed: Observed, name: RobotName) -> int:
    taken = {name.number(robot.name) for robot in observed.robots}
    return min(n for n in range(1, len(taken) + 2) if n not in taken)


MUTANTS = (
    Mutant(
        "the old robot is deleted before the Secrets hold the new one",
        Budget(ticks=1),
        "deleted while a Secret holds it",
        replaced="_serve_live",
        mistaken=_delete_before_the_switch,
    ),
    Mutant(
        "the old robot is deleted without an overlap",
        Budget(ticks=1),
        "deleted within its overlap",
        replaced="_clean_up",
        mistaken=_delete_without_an_overlap,
    ),
    Mutant(
        "a robot whose answer is missing is deleted without a fence",
        Budget(faults=1, ticks=1),
        "stored after the operator deleted it",
        replaced="_carry_out_attempt",
        mistaken=_delete_without_a_fence,
    ),
    Mutant(
        "an answer is stored without comparing the ledger's version",
        Budget(faults=1, ticks=1),
        "stored after the operator deleted it",
        rules=Rules(compare_and_swap=False),
    ),
    Mutant(
        "a second rotation does not wait for the end of the first",
        Budget(requests=2),
        "old robots live though nothing went wrong",
        replaced="_rotate",
        mistaken=_rotate_without_a_gate,
    ),
    Mutant(
        "a number is used again",
        Budget(requests=2, ticks=1),
        "was used twice",
        number=_first_free_number,
    ),
    Mutant(
        "the live credential is not served while the pending one is undecided",
        Budget(people=2, requests=1),
        "a Secret does not hold the live robot",
        replaced="_settle_pending",
        mistaken=_stand_still_while_pending_is_undecided,
    ),
)
