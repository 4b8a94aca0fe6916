"""Which actions of a pull secret go on side by side."""

import pytest

from harbor_operator.core.pullsecret.actions import (
    Action,
    AddToAccount,
    Deliver,
    Hold,
    RemoveFromAccount,
    TryCanary,
    Withdraw,
)
from harbor_operator.core.pullsecret.facts import Account, Delivered
from harbor_operator.core.pullsecret.lanes import SideBySide, Step, places_of, steps_of

IN_A, IN_B = (Account(name, "default", listed=False, noted=False) for name in ("a", "b"))
TO_A, TO_B = (Deliver(name, None, ()) for name in ("a", "b"))
ENTRY_A, ENTRY_B = AddToAccount(IN_A), AddToAccount(IN_B)
NO_ENTRY_A, FROM_A = RemoveFromAccount(IN_A), Withdraw("a", Delivered("uid-a", in_line=True))
STEPS = [
    pytest.param((), (), id="nothing"),
    pytest.param((Hold(),), (Hold(),), id="the object itself"),
    pytest.param(
        (TO_A, TO_B, ENTRY_A, ENTRY_B),
        (SideBySide(((TO_A, ENTRY_A), (TO_B, ENTRY_B))),),
        id="in each namespace the Secret before its entries",
    ),
    pytest.param(
        (NO_ENTRY_A, TO_B, FROM_A),
        (SideBySide(((NO_ENTRY_A, FROM_A), (TO_B,))),),
        id="in each namespace the entry before the Secret goes",
    ),
    pytest.param(
        (Hold(), TO_A),
        (Hold(), SideBySide(((TO_A,),))),
        id="the finalizer before anything is left behind",
    ),
    pytest.param(
        (TO_A, TryCanary("a"), TO_B),
        (SideBySide(((TO_A,),)), TryCanary("a"), SideBySide(((TO_B,),))),
        id="a trial between what is before it and what is after it",
    ),
]


@pytest.mark.parametrize(("actions", "expected"), STEPS)
def test_steps(actions: tuple[Action, ...], expected: tuple[Step, ...]) -> None:
    assert steps_of(actions) == expected


def test_places_are_those_of_all_local_actions() -> None:
    assert places_of(steps_of((Hold(), TO_A, TryCanary("c"), ENTRY_B, FROM_A))) == {"a", "b"}
