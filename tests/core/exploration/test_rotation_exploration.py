"""The rotation holds what it promises in every state that a budget of mishaps can lead to.

The shipped plan decides in a model of Harbor and Kubernetes; see `moves` for what can happen and
`judge` for what must hold. The mutants show that the exploration finds what it is there to find.
"""

import sys

import pytest

from tests.core.exploration.moves import Budget
from tests.core.exploration.mutants import MUTANTS, Mutant
from tests.core.exploration.search import explore, in_service
from tests.core.exploration.world import Scene

CREATION, SERVICE = "from the first creation", "in service"

BUDGETS = [
    pytest.param(SERVICE, Budget(requests=2, ticks=3), id="requests and time"),
    pytest.param(CREATION, Budget(faults=2, ticks=2), id="two faults from the creation on"),
    pytest.param(SERVICE, Budget(faults=2, requests=1, ticks=1), id="two faults in a rotation"),
    pytest.param(SERVICE, Budget(people=2, ticks=1), id="two deeds of people"),
    pytest.param(SERVICE, Budget(faults=1, people=1, ticks=2), id="a fault and a deed in service"),
    pytest.param(CREATION, Budget(faults=1, people=1, ticks=1), id="a fault and a deed early on"),
    pytest.param(SERVICE, Budget(faults=1, people=2), id="a fault and two deeds"),
    pytest.param(
        SERVICE,
        Budget(faults=1, people=1, requests=1),
        id="a fault and a deed in a requested rotation",
    ),
]
"""Each ends by itself: every run of the budget's mishaps, however they fall, is visited."""


def scene(start: str) -> Scene:
    return in_service() if start == SERVICE else Scene()


@pytest.mark.parametrize(("start", "budget"), BUDGETS)
def test_every_state_keeps_the_promises(start: str, budget: Budget) -> None:
    finding = explore(budget, start=scene(start))

    sys.stdout.write(f"{finding}\n")
    assert finding.fault is None, str(finding)
    assert finding.states > 1000


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.mistake) for mutant in MUTANTS])
def test_a_mistake_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    start = in_service()
    mutant.install(monkeypatch)

    finding = explore(mutant.budget, mutant.rules, start)

    sys.stdout.write(f"{finding}\n")
    assert finding.fault is not None
    assert mutant.fault in finding.fault


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.mistake) for mutant in MUTANTS])
def test_without_the_mistake_the_same_budget_finds_nothing(mutant: Mutant) -> None:
    finding = explore(mutant.budget, start=in_service())

    assert finding.fault is None
