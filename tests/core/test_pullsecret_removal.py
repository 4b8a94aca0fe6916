"""Which namespaces lose the pull secret: at once, after a grace, or only when confirmed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.api.conditions import ConditionType, Reason
from harbor_operator.api.pullsecret import MAX_LEAVING
from harbor_operator.core.namespaces import Namespace, Operator, Requirement, Selection
from harbor_operator.core.pullsecret.actions import Action, Deliver, RemoveFromAccount, Withdraw
from harbor_operator.core.pullsecret.audience import audience_of
from harbor_operator.core.pullsecret.facts import (
    AccountSelection,
    Desired,
    Memory,
    Observed,
    RobotState,
)
from harbor_operator.core.pullsecret.plan import plan
from harbor_operator.core.pullsecret.removal import (
    GRACE,
    Leaving,
    confirmation_of,
    leaving_of,
    remembered,
)
from tests.support.pull_secrets import (
    AT_REST,
    BEHIND,
    DESIRED,
    DISTRIBUTED,
    EVERYWHERE,
    HOSTS,
    IN_LINE,
    LOGIN,
    NOW,
    account,
)

LABELLED = replace(
    DESIRED,
    targets=Selection(names=("team",), selector=(Requirement("shop", Operator.EXISTS),)),
    selection="by-label",
)
KNOWN = Memory(selection="by-label")


def shops(labelled: str, plain: str = "") -> dict[str, Namespace]:
    """The team's namespace, shops that carry the label, and shops that do not."""
    return {
        "team": Namespace("team"),
        **{f"shop-{x}": Namespace(f"shop-{x}", {"shop": ""}) for x in labelled},
        **{f"shop-{x}": Namespace(f"shop-{x}") for x in plain},
    }


def served(names: Iterable[str], namespaces: dict[str, Namespace]) -> Observed:
    """The team and these shops hold the pull secret."""
    delivered = dict.fromkeys(("team", *(f"shop-{name}" for name in names)), IN_LINE)
    return replace(DISTRIBUTED, delivered=delivered, namespaces=namespaces, memory=KNOWN)


ONE_LEFT = served("abc", shops("ab", "c"))
MOST_LEFT = served("abc", shops("", "abc"))
WORD = confirmation_of({"shop-a", "shop-b", "shop-c"})
LONG_AGO = replace(KNOWN, leaving={"shop-c": NOW - GRACE})

LEAVINGS = [
    pytest.param(
        LABELLED,
        served("abc", shops("abc")),
        Leaving(),
        id="nobody who is selected",
    ),
    pytest.param(
        LABELLED,
        ONE_LEFT,
        Leaving(waiting={"shop-c": NOW}),
        id="a label that is gone begins a grace",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, memory=replace(KNOWN, leaving={"shop-c": NOW - timedelta(minutes=4)})),
        Leaving(waiting={"shop-c": NOW - timedelta(minutes=4)}),
        id="the grace goes on where an earlier look began it",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, memory=replace(KNOWN, leaving={"shop-c": NOW + timedelta(days=9)})),
        Leaving(waiting={"shop-c": NOW}),
        id="a beginning that lies ahead is now",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, memory=LONG_AGO),
        Leaving(over=frozenset({"shop-c"})),
        id="after the grace it goes",
    ),
    pytest.param(
        replace(LABELLED, selection="another"),
        ONE_LEFT,
        Leaving(over=frozenset({"shop-c"})),
        id="targets that a person changed need no grace",
    ),
    pytest.param(
        replace(LABELLED, selection="another"),
        MOST_LEFT,
        Leaving(over=frozenset({"shop-a", "shop-b", "shop-c"})),
        id="nor a confirmation",
    ),
    pytest.param(
        replace(LABELLED, selection="another"),
        replace(ONE_LEFT, memory=Memory()),
        Leaving(waiting={"shop-c": NOW}),
        id="a status that remembers no targets proves no change",
    ),
    pytest.param(
        LABELLED,
        MOST_LEFT,
        Leaving(
            waiting={"shop-a": NOW, "shop-b": NOW, "shop-c": NOW},
            confirmation=WORD,
        ),
        id="more than half at once wait for a person",
    ),
    pytest.param(
        LABELLED,
        replace(MOST_LEFT, memory=replace(KNOWN, leaving=dict.fromkeys(shops("abc"), NOW - GRACE))),
        Leaving(
            waiting=dict.fromkeys(("shop-a", "shop-b", "shop-c"), NOW - GRACE),
            confirmation=WORD,
        ),
        id="however long they wait",
    ),
    pytest.param(
        replace(LABELLED, confirmation=WORD),
        MOST_LEFT,
        Leaving(over=frozenset({"shop-a", "shop-b", "shop-c"})),
        id="and go when the person says so",
    ),
    pytest.param(
        replace(LABELLED, confirmation=confirmation_of({"shop-a", "shop-b", "shop-x"})),
        MOST_LEFT,
        Leaving(
            waiting={"shop-a": NOW, "shop-b": NOW, "shop-c": NOW},
            confirmation=WORD,
        ),
        id="but not when that was said of others",
    ),
    pytest.param(
        LABELLED,
        served("abc", shops("a", "bc")),
        Leaving(waiting={"shop-b": NOW, "shop-c": NOW}),
        id="half of them is not most of them",
    ),
    pytest.param(
        LABELLED,
        replace(MOST_LEFT, distribution=()),
        Leaving(forbidden=frozenset({"shop-a", "shop-b", "shop-c"})),
        id="a permission that is gone needs neither grace nor confirmation",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, login=replace(LOGIN, pull_only=False)),
        Leaving(forbidden=frozenset({"shop-a", "shop-b", "shop-c"})),
        id="a credential that may do more than pull leaves every other namespace",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, login=replace(LOGIN, may_leave=False)),
        Leaving(forbidden=frozenset({"shop-a", "shop-b", "shop-c"})),
        id="so does one of a shared project that forbids it by now",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, connected=False),
        Leaving(),
        id="without the connection nobody leaves",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, namespaces=shops("ab")),
        Leaving(),
        id="a namespace that was not read does not leave",
    ),
    pytest.param(
        LABELLED,
        replace(
            ONE_LEFT, namespaces={**shops("ab"), "shop-c": Namespace("shop-c", terminating=True)}
        ),
        Leaving(),
        id="a namespace that goes takes its Secret with it",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "expected"), LEAVINGS)
def test_who_leaves(desired: Desired, seen: Observed, expected: Leaving) -> None:
    assert leaving_of(desired, seen, audience_of(desired, seen), NOW) == expected


ENTRY = account(namespace="shop-c", listed=True, noted=True)
WITH_ENTRIES = AccountSelection(names=frozenset({"default"}))

ACTIONS = [
    pytest.param(LABELLED, ONE_LEFT, (), id="in its grace a namespace keeps what it has"),
    pytest.param(
        replace(LABELLED, service_accounts=WITH_ENTRIES),
        replace(ONE_LEFT, accounts=(ENTRY,)),
        (),
        id="its ServiceAccounts too",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, delivered={**ONE_LEFT.delivered, "shop-c": BEHIND}),
        (Deliver("shop-c", BEHIND, HOSTS),),
        id="and gets another credential, since the one before ends",
    ),
    pytest.param(
        LABELLED,
        replace(served("ab", shops("ab", "c")), memory=KNOWN),
        (),
        id="but a Secret that is gone does not come back",
    ),
    pytest.param(
        replace(LABELLED, service_accounts=WITH_ENTRIES),
        replace(ONE_LEFT, memory=LONG_AGO, accounts=(ENTRY,)),
        (RemoveFromAccount(ENTRY, inheritable=True), Withdraw("shop-c", IN_LINE)),
        id="after it the entry goes before the Secret",
    ),
    pytest.param(
        LABELLED,
        replace(ONE_LEFT, memory=LONG_AGO, failures={"shop-c": Reason.TARGET_FAILED}),
        (),
        id="a namespace that refused the removal is left alone in this reconcile",
    ),
    pytest.param(
        EVERYWHERE,
        replace(DISTRIBUTED, distribution=()),
        (
            Withdraw("shop-a", IN_LINE, inheritable=False),
            Withdraw("shop-b", IN_LINE, inheritable=False),
        ),
        id="what a namespace may not hold is inherited by nobody",
    ),
    pytest.param(
        EVERYWHERE,
        replace(DISTRIBUTED, login=None, distribution=()),
        (
            Withdraw("shop-a", IN_LINE, inheritable=False),
            Withdraw("shop-b", IN_LINE, inheritable=False),
        ),
        id="a withdrawn permission counts also while the robot has no credential",
    ),
    pytest.param(
        replace(EVERYWHERE, hosts=("elsewhere.example.com",)),
        replace(DISTRIBUTED, distribution=()),
        (
            Withdraw("shop-a", IN_LINE, inheritable=False),
            Withdraw("shop-b", IN_LINE, inheritable=False),
        ),
        id="and while the spec is refused",
    ),
    pytest.param(
        replace(DESIRED, hosts=("elsewhere.example.com",), selection="another"),
        replace(DISTRIBUTED, memory=KNOWN),
        (),
        id="a spec that is refused takes nothing else away",
    ),
    pytest.param(
        EVERYWHERE,
        replace(
            DISTRIBUTED, robot=RobotState.MISSING, login=None, connected=False, distribution=()
        ),
        (),
        id="without its robot nothing is taken away",
    ),
    pytest.param(
        EVERYWHERE,
        replace(DISTRIBUTED, delivered={"team": IN_LINE, "shop-a": BEHIND}, login=None),
        (),
        id="nor while the robot has no credential",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "expected"), ACTIONS)
def test_what_is_done(desired: Desired, seen: Observed, expected: tuple[Action, ...]) -> None:
    assert plan(desired, seen, NOW).actions == expected


def test_a_grace_is_reported_and_looked_at_when_it_is_over() -> None:
    seen = plan(LABELLED, ONE_LEFT, NOW)

    assert seen.report["leaving"] == [{"namespace": "shop-c", "since": "2026-03-01T12:00:00Z"}]
    assert seen.report["targets"]["desired"] == 3
    assert seen.recheck_at == NOW + GRACE


def test_a_held_removal_says_what_confirms_it() -> None:
    seen = plan(LABELLED, MOST_LEFT, NOW)

    [held] = [v for v in seen.verdicts if v.type is ConditionType.REMOVAL_HELD]
    assert held.reason is Reason.REMOVAL_NOT_CONFIRMED
    assert f"confirm-removal={WORD}" in held.message
    assert "3 of 4 namespaces" in held.message
    assert seen.verdicts[0].reason is Reason.SUCCEEDED
    assert seen.recheck_at is None


def test_a_confirmation_names_the_number_and_fits_no_other_namespaces() -> None:
    assert confirmation_of({"a", "b"}) == confirmation_of(["b", "a"])
    assert confirmation_of({"a", "b"}).startswith("2-")
    assert confirmation_of({"a", "b"}) != confirmation_of({"a", "c"})


def test_a_status_remembers_no_more_than_it_may_and_the_longest_waiting_first() -> None:
    crowd = {f"n{i:04}": NOW - timedelta(seconds=i) for i in range(MAX_LEAVING + 5)}

    kept = remembered(Leaving(waiting=crowd))

    assert len(kept) == MAX_LEAVING
    assert kept[0] == (f"n{MAX_LEAVING + 4:04}", crowd[f"n{MAX_LEAVING + 4:04}"])


def test_a_removal_from_a_namespace_that_refuses_it_is_told_and_tried_again() -> None:
    refused = replace(AT_REST, failures={"team": Reason.TARGET_FAILED})

    removal = plan(None, refused, NOW)

    assert removal.actions == ()
    assert removal.verdicts[0].reason is Reason.TARGET_FAILED
    assert removal.recheck_at is not None
