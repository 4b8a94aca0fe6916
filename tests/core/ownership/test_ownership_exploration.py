"""Projects are owned as promised in every state that a budget of mishaps can lead to.

The shipped plan decides in a model of Harbor and Kubernetes; see `claim_moves` for what can
happen, `claim_judge` and `claim_convergence` for what must hold. The mutants show that the
exploration finds what it is there to find.

``EXPLORE_DEEPER=1`` allows one more crash or freeze in every family; give such a run no timeout.
"""

import os
from dataclasses import replace

import pytest

from tests.core.ownership.claim_families import (
    BLUE,
    BY_HAND,
    FAMILIES,
    IF_EMPTY,
    RED,
    Family,
    beside,
    nothing_yet,
)
from tests.core.ownership.claim_moves import Budget
from tests.core.ownership.claim_mutants import MUTANTS, Mutant
from tests.core.ownership.claim_search import explore
from tests.core.ownership.claim_world import UNGIVEN
from tests.support.announcing import Announce

DEEPER = int(os.environ.get("EXPLORE_DEEPER", "0"))

ONCE_BROKEN = (
    Family(
        "an object with an open intent is deleted while another makes the project",
        nothing_yet(BLUE, RED),
        Budget(wishes=3),
    ),
    Family(
        "an object that no rule gives the project is deleted with a forged intent",
        nothing_yet(replace(BLUE, rule=UNGIVEN, deletion=IF_EMPTY), RED),
        Budget(wishes=3, forgeries=1),
    ),
    Family(
        "a forged status beside an existing unmarked project",
        beside(BY_HAND, BLUE),
        Budget(wishes=1, forgeries=1),
    ),
)
"""The smallest explorations that found promises which were not kept."""


@pytest.mark.parametrize("family", [pytest.param(family, id=family.told) for family in FAMILIES])
def test_every_state_keeps_the_promises(family: Family, announce: Announce) -> None:
    budget = replace(family.budget, faults=family.budget.faults + DEEPER)

    finding = explore(family.start, budget)

    announce(f"ownership, {family.told}: {finding}")
    assert finding.fault is None, str(finding)
    assert finding.states > 1000


@pytest.mark.parametrize("family", [pytest.param(f, id=f.told) for f in ONCE_BROKEN])
def test_a_promise_that_was_once_broken_is_kept(family: Family) -> None:
    finding = explore(family.start, family.budget)

    assert finding.fault is None, str(finding)


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.mistake) for mutant in MUTANTS])
def test_a_mistake_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.install(monkeypatch)

    finding = explore(mutant.start, mutant.budget, mutant.rules)

    assert finding.fault is mutant.fault


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.mistake) for mutant in MUTANTS])
def test_without_the_mistake_the_same_budget_finds_nothing(mutant: Mutant) -> None:
    finding = explore(mutant.start, mutant.budget)

    assert finding.fault is None, str(finding)
