"""Ways to get the rotation wrong. The exploration must find each: a rule without a mutant that
needs it would be a rule without a reason."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from harbor_operator.core.robot import protocol
from harbor_operator.core.robot.facts import Observed, RobotName
from tests.core.exploration import mistakes
from tests.core.exploration.budgets import Start
from tests.core.exploration.look import SHIPPED, Rules
from tests.core.exploration.mistakes import Mistakes
from tests.core.exploration.search import Finding, explore
from tests.core.exploration.states import Budget


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake, and what may happen while it is looked for."""

    mistake: str
    budget: Budget
    fault: str
    """What the exploration has to say about it."""
    start: Start = Start.SERVICE
    rules: Rules = SHIPPED
    mistakes: Mistakes = field(default_factory=dict)
    number: Callable[[Observed, RobotName], int] | None = None

    def hunt(self, monkeypatch: pytest.MonkeyPatch) -> Finding:
        """Make the mistake in the shipped code, and look for what comes of it."""
        scene = self.start.scene()
        rules = tuple(self.mistakes.get(rule.__name__, rule) for rule in protocol.RULES)
        assert len(set(protocol.RULES) - set(rules)) == len(self.mistakes)
        monkeypatch.setattr(protocol, "RULES", rules)
        if self.number is not None:
            monkeypatch.setattr(Observed, "next_number", self.number)
        return explore(scene, self.budget, self.rules)


MUTANTS = (
    Mutant(
        "the old robot is deleted before the Secrets hold the new one",
        Budget(ticks=1),
        "deleted while a Secret holds it",
        mistakes=mistakes.DELETE_BEFORE_THE_SWITCH,
    ),
    Mutant(
        "a robot is deleted by its name, without reading its mark again",
        Budget(edits=1, faults=1, people=1),
        "of somebody else was touched",
        rules=Rules(reads_again=False),
    ),
    Mutant(
        "an answer is stored without comparing the ledger's version",
        Budget(faults=1, ticks=1),
        "stored after the operator deleted it",
        rules=Rules(compare_and_swap=False),
    ),
    Mutant(
        "a robot is made without an intent in the ledger",
        Budget(requests=1, faults=1, ticks=1),
        "stored after the operator deleted it",
        mistakes=mistakes.MINT_WITHOUT_INTENT,
    ),
    Mutant(
        "a number is used again",
        Budget(requests=2, ticks=1),
        "was used twice",
        number=mistakes.first_free_number,
    ),
    Mutant(
        "a robot whose answer is missing is deleted without a fence",
        Budget(faults=1, ticks=1),
        "stored after the operator deleted it",
        mistakes=mistakes.DELETE_WITHOUT_A_FENCE,
    ),
    Mutant(
        "a robot is deleted that a pull secret still holds",
        Budget(requests=1, ticks=1),
        "deleted while a Secret holds it",
        mistakes=mistakes.DELETE_WHAT_IS_HELD,
    ),
    Mutant(
        "a second rotation does not wait for the end of the first",
        Budget(requests=2),
        "old robots live though nothing went wrong",
        mistakes=mistakes.ROTATE_WITHOUT_A_GATE,
    ),
    Mutant(
        "a request counts as handled that came after the attempt began",
        Budget(requests=2),
        "counts as handled by an older password",
        mistakes=mistakes.HANDLE_BY_NOW,
    ),
    Mutant(
        "the local clock is believed instead of Harbor's",
        Budget(clocks=1),
        "a rotation began as Due, which is not so",
        rules=Rules(harbors_clock=False),
    ),
    Mutant(
        "Harbor is read before Kubernetes",
        Budget(requests=1, faults=1, ticks=1),
        "which is not so",
        rules=Rules(kubernetes_first=False),
    ),
    Mutant(
        "nothing is swept",
        Budget(edits=2),
        "out of line, and nothing to wait for",
        rules=Rules(sweeps=False),
    ),
    Mutant(
        "the old robot is deleted without an overlap",
        Budget(ticks=1),
        "deleted within its overlap",
        mistakes=mistakes.DELETE_WITHOUT_AN_OVERLAP,
    ),
    Mutant(
        "the live credential is not served while the pending one is undecided",
        Budget(people=2, requests=1),
        "a Secret does not hold the live robot",
        mistakes=mistakes.STAND_STILL,
    ),
    Mutant(
        "a secret of our own that is refused is answered by another robot",
        Budget(people=1, ticks=1),
        "which is not so",
        start=Start.REFRESH,
        mistakes=mistakes.REPAIR_BY_ANOTHER_ROBOT,
    ),
    Mutant(
        "a revoked robot is deleted before the Secrets hold the new one",
        Budget(revokes=1),
        "deleted while a Secret holds it",
        mistakes=mistakes.REVOKE_AT_ONCE,
    ),
    Mutant(
        "a revoked robot is left to the overlap",
        Budget(revokes=1),
        "lives on, and nothing waits for its end",
        mistakes=mistakes.REVOKE_WITH_AN_OVERLAP,
    ),
)
