"""What is done about a pull secret: deliveries, ServiceAccounts, withdrawals."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.namespaces import Namespace, Selection
from harbor_operator.core.plan import RECONCILING, STALLED, is_true
from harbor_operator.core.pullsecret.actions import (
    Action,
    AddToAccount,
    Deliver,
    Hold,
    RemoveFromAccount,
    Withdraw,
)
from harbor_operator.core.pullsecret.facts import AccountSelection, Desired, Observed, RobotState
from harbor_operator.core.pullsecret.plan import RETRY_PAUSE, plan
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
    TO_SHOPS,
    account,
)
from tests.support.sentences import is_sentence

UNSERVED = replace(AT_REST, delivered={})
POWERFUL = replace(LOGIN, pull_only=False)
BOUND = replace(LOGIN, may_leave=False)
"""Of a project that another namespace shares without letting its credentials go on."""


DELIVERIES = [
    pytest.param(AT_REST, DESIRED, (), id="everything is in line: nothing"),
    pytest.param(UNSERVED, DESIRED, (Deliver("team", None, HOSTS),), id="its own namespace"),
    pytest.param(
        replace(UNSERVED, held=False),
        DESIRED,
        (Deliver("team", None, HOSTS),),
        id="what the garbage collector cleans up needs no finalizer",
    ),
    pytest.param(
        replace(AT_REST, distribution=TO_SHOPS, held=False),
        EVERYWHERE,
        (Hold(), Deliver("shop-a", None, HOSTS), Deliver("shop-b", None, HOSTS)),
        id="the finalizer goes before the first delivery elsewhere",
    ),
    pytest.param(
        replace(AT_REST, accounts=(account(listed=False, noted=False),), held=False),
        replace(DESIRED, service_accounts=AccountSelection(names=frozenset({"default"}))),
        (Hold(), AddToAccount(account(listed=False, noted=False))),
        id="the finalizer goes before the first ServiceAccount",
    ),
    pytest.param(
        replace(AT_REST, delivered={"team": BEHIND}),
        DESIRED,
        (Deliver("team", BEHIND, HOSTS),),
        id="what is behind is brought in line",
    ),
    pytest.param(
        UNSERVED,
        replace(DESIRED, hosts=("harbor.example.com",)),
        (Deliver("team", None, ("harbor.example.com",)),),
        id="only the stated hosts",
    ),
    pytest.param(
        replace(UNSERVED, distribution=TO_SHOPS),
        EVERYWHERE,
        (
            Deliver("shop-a", None, HOSTS),
            Deliver("shop-b", None, HOSTS),
            Deliver("team", None, HOSTS),
        ),
        id="every selected namespace that a rule allows, in order",
    ),
    pytest.param(
        UNSERVED, EVERYWHERE, (Deliver("team", None, HOSTS),), id="without a rule nobody else"
    ),
    pytest.param(
        replace(
            UNSERVED,
            namespaces={"x": Namespace("x", accepts_from=frozenset({"team"}))},
        ),
        EVERYWHERE,
        (Deliver("x", None, HOSTS),),
        id="a namespace that accepts it by annotation",
    ),
    pytest.param(
        replace(UNSERVED, distribution=TO_SHOPS),
        replace(DESIRED, targets=Selection(names=("shop-*",), exclude=("shop-b",))),
        (Deliver("shop-a", None, HOSTS),),
        id="targets are exactly what they select",
    ),
    pytest.param(
        replace(UNSERVED, distribution=TO_SHOPS, login=POWERFUL),
        EVERYWHERE,
        (Deliver("team", None, HOSTS),),
        id="a robot that may do more than pull is never distributed",
    ),
    pytest.param(
        replace(UNSERVED, distribution=TO_SHOPS, login=BOUND),
        EVERYWHERE,
        (Deliver("team", None, HOSTS),),
        id="nor one of a shared project that forbids it",
    ),
    pytest.param(
        replace(
            UNSERVED,
            login=POWERFUL,
            namespaces={"x": Namespace("x", accepts_from=frozenset({"team"}))},
        ),
        EVERYWHERE,
        (),
        id="not even where the namespace accepts it",
    ),
    pytest.param(
        replace(UNSERVED, namespaces={"team": Namespace("team", terminating=True)}),
        DESIRED,
        (),
        id="a namespace that is going gets nothing",
    ),
    pytest.param(
        replace(UNSERVED, failures={"team": Reason.TARGET_FAILED}),
        DESIRED,
        (),
        id="a namespace that refused it is left alone in this reconcile",
    ),
    pytest.param(
        replace(AT_REST, delivered={"team": BEHIND}, login=None),
        DESIRED,
        (),
        id="without a working credential what was delivered stays",
    ),
]


@pytest.mark.parametrize(("seen", "desired", "expected"), DELIVERIES)
def test_delivery(seen: Observed, desired: Desired, expected: tuple[Action, ...]) -> None:
    assert plan(desired, seen, NOW).actions == expected


WITH_ACCOUNTS = replace(DESIRED, service_accounts=AccountSelection(names=frozenset({"default"})))
ABSENT = account(listed=False, noted=False)
OURS = account(listed=True, noted=True)
BY_HAND = account(listed=True, noted=False)
TAKEN_OUT = account(listed=False, noted=True)
BUILDER = account("builder", listed=True, noted=True)
IN_SHOP = account(namespace="shop-a", listed=True, noted=True)

ACCOUNTS = [
    pytest.param(
        replace(AT_REST, accounts=(ABSENT,)),
        WITH_ACCOUNTS,
        (AddToAccount(ABSENT),),
        id="a named account gets the entry",
    ),
    pytest.param(
        replace(UNSERVED, accounts=(ABSENT,)),
        WITH_ACCOUNTS,
        (Deliver("team", None, HOSTS), AddToAccount(ABSENT)),
        id="after the Secret, in the same pass",
    ),
    pytest.param(replace(AT_REST, accounts=(OURS,)), WITH_ACCOUNTS, (), id="an entry of ours"),
    pytest.param(
        replace(AT_REST, accounts=(BY_HAND,)), WITH_ACCOUNTS, (), id="an entry made by hand"
    ),
    pytest.param(
        replace(AT_REST, accounts=(TAKEN_OUT,)),
        WITH_ACCOUNTS,
        (AddToAccount(TAKEN_OUT),),
        id="an entry that somebody took out comes back",
    ),
    pytest.param(
        replace(AT_REST, accounts=(BUILDER,)),
        WITH_ACCOUNTS,
        (RemoveFromAccount(BUILDER),),
        id="an account that is not named any more loses our entry",
    ),
    pytest.param(
        replace(AT_REST, accounts=(replace(BUILDER, noted=False),)),
        WITH_ACCOUNTS,
        (),
        id="and keeps one made by hand",
    ),
    pytest.param(
        replace(UNSERVED, accounts=(OURS,)),
        WITH_ACCOUNTS,
        (Deliver("team", None, HOSTS),),
        id="a Secret that somebody deleted does not move the entry",
    ),
    pytest.param(
        replace(DISTRIBUTED, distribution=(), accounts=(IN_SHOP,)),
        replace(WITH_ACCOUNTS, targets=EVERYWHERE.targets),
        (
            RemoveFromAccount(IN_SHOP),
            Withdraw("shop-a", IN_LINE, inheritable=False),
            Withdraw("shop-b", IN_LINE, inheritable=False),
        ),
        id="in a namespace that leaves the entry goes before the Secret",
    ),
    pytest.param(
        replace(AT_REST, accounts=(IN_SHOP,)),
        WITH_ACCOUNTS,
        (RemoveFromAccount(IN_SHOP),),
        id="also where the Secret is gone already",
    ),
    pytest.param(
        replace(AT_REST, accounts=(IN_SHOP,), namespaces={"team": Namespace("team")}),
        WITH_ACCOUNTS,
        (),
        id="but not in a namespace that was not read",
    ),
    pytest.param(
        replace(UNSERVED, accounts=(ABSENT,), failures={"team": Reason.SECRET_NOT_OWNED}),
        WITH_ACCOUNTS,
        (),
        id="where another owns the Secret no account is touched",
    ),
]


@pytest.mark.parametrize(("seen", "desired", "expected"), ACCOUNTS)
def test_accounts(seen: Observed, desired: Desired, expected: tuple[Action, ...]) -> None:
    assert plan(desired, seen, NOW).actions == expected


REMOVALS = [
    pytest.param(
        replace(DISTRIBUTED, accounts=(OURS, IN_SHOP, replace(BUILDER, noted=False))),
        (
            RemoveFromAccount(OURS, inheritable=True),
            RemoveFromAccount(IN_SHOP, inheritable=True),
            Withdraw("shop-a", IN_LINE),
            Withdraw("shop-b", IN_LINE),
            Withdraw("team", IN_LINE),
        ),
        id="our entries go before the Secrets, others stay",
    ),
    pytest.param(
        replace(UNSERVED, accounts=(OURS,)),
        (RemoveFromAccount(OURS, inheritable=True),),
        id="an entry goes also where the Secret is gone already",
    ),
    pytest.param(UNSERVED, (), id="nothing is left"),
    pytest.param(
        replace(AT_REST, robot=RobotState.MISSING, login=None),
        (Withdraw("team", IN_LINE),),
        id="no robot is needed",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), REMOVALS)
def test_removal(seen: Observed, expected: tuple[Action, ...]) -> None:
    removal = plan(None, seen, NOW)

    assert removal.actions == expected
    assert removal.verdicts == ()


REFUSALS = [
    pytest.param(
        replace(AT_REST, robot=RobotState.MISSING, login=None),
        DESIRED,
        Reason.WAITING_FOR_ROBOT,
        False,
        id="the robot is not there",
    ),
    pytest.param(
        replace(UNSERVED, robot=RobotState.UNPROVEN, login=None),
        DESIRED,
        Reason.WAITING_FOR_ROBOT,
        False,
        id="the robot has no credential yet",
    ),
    pytest.param(
        AT_REST,
        replace(DESIRED, hosts=("evil.example.com",)),
        Reason.INVALID_SPEC,
        True,
        id="a host that the connection does not have",
    ),
]


@pytest.mark.parametrize(("seen", "desired", "reason", "stalled"), REFUSALS)
def test_a_refusal(seen: Observed, desired: Desired, reason: Reason, *, stalled: bool) -> None:
    refused = plan(desired, seen, NOW)

    assert refused.actions == ()
    assert refused.verdicts[0].reason is reason
    assert is_sentence(refused.verdicts[0].message)
    assert is_true(refused.verdicts, STALLED) is stalled
    assert is_true(refused.verdicts, RECONCILING) is not stalled


def test_a_host_that_the_connection_does_not_have_is_told_beside_those_that_it_has() -> None:
    hosts = ("evil.example.com", "bad.example.com", *AT_REST.known_hosts)

    refused = plan(replace(DESIRED, hosts=hosts), AT_REST, NOW)

    assert "names bad.example.com, evil.example.com, which" in refused.verdicts[0].message
    assert refused.verdicts[0].message.endswith(f"it has {', '.join(AT_REST.known_hosts)}.")


@pytest.mark.parametrize(
    ("seen", "again"),
    [
        pytest.param(AT_REST, False, id="at rest when drift is due"),
        pytest.param(
            replace(AT_REST, failures={"team": Reason.TARGET_FAILED}),
            True,
            id="soon after a failure",
        ),
        pytest.param(replace(AT_REST, verified=False), True, id="soon after a refusal"),
    ],
)
def test_when_to_look_again(seen: Observed, *, again: bool) -> None:
    expected = NOW + RETRY_PAUSE if again else None

    assert plan(DESIRED, seen, NOW).recheck_at == expected


def test_a_selection_of_nothing_is_nobody() -> None:
    seen = replace(UNSERVED, distribution=TO_SHOPS)

    assert plan(replace(DESIRED, targets=Selection()), seen, NOW).actions == ()
