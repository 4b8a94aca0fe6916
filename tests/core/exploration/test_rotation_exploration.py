"""The rotation holds what it promises in every state that a budget of mishaps can lead to.

The shipped plan decides in a model of Harbor and Kubernetes; see `moves` for what can happen,
`judge`, `rest` and `convergence` for what must hold. The mutants show that the exploration finds
what it is there to find. `make explore` goes deeper.
"""

import pytest

from tests.core.exploration.budgets import FAMILIES, Family
from tests.core.exploration.mutants import MUTANTS, Mutant
from tests.core.exploration.search import explore
from tests.support.announcing import Announce


@pytest.mark.parametrize("family", [pytest.param(family, id=family.told) for family in FAMILIES])
def test_every_state_keeps_the_promises(family: Family, announce: Announce) -> None:
    finding = explore(family.start.scene(), family.budget)

    announce(f"rotation, {family.told}: {finding}")
    assert finding.fault is None, str(finding)
    assert finding.states > 300


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.mistake) for mutant in MUTANTS])
def test_a_mistake_is_found(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch, announce: Announce
) -> None:
    finding = mutant.hunt(monkeypatch)

    announce(f"rotation, found that {mutant.mistake}: {finding.on_a_line}")
    assert finding.fault is not None
    assert mutant.fault in finding.fault


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.mistake) for mutant in MUTANTS])
def test_without_the_mistake_the_same_budget_finds_nothing(mutant: Mutant) -> None:
    finding = explore(mutant.start.scene(), mutant.budget)

    assert finding.fault is None, str(finding)
