"""What to do about one HarborPullSecret."""

from datetime import datetime, timedelta

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import Plan, Verdict, blocked, waiting
from harbor_operator.core.pullsecret.actions import (
    Action,
    AddToAccount,
    Deliver,
    Hold,
    RemoveFromAccount,
    Withdraw,
)
from harbor_operator.core.pullsecret.facts import (
    Audience,
    Desired,
    Observed,
    RobotState,
    audience_of,
)
from harbor_operator.core.pullsecret.verdicts import report, verdicts

RETRY_PAUSE = timedelta(seconds=30)
"""How long a namespace that refused the Secret is left alone."""


def plan(desired: Desired | None, observed: Observed, now: datetime) -> Plan[Action]:
    """Decide the next effects for a pull secret, or its verdicts when it is at rest.

    Args:
        desired: The spec; None while the object is being deleted.
        observed: One look at the cluster and the token service.
        now: The operator's clock: nothing here is compared with Harbor's.
    """
    if desired is None:
        return Plan(actions=_removal(observed))
    refusal = _refusal(desired, observed)
    if refusal:
        return Plan(verdicts=refusal)
    audience = audience_of(desired, observed)
    actions = _changes(desired, observed, audience)
    if actions and not observed.held and any(_outlives(action, observed) for action in actions):
        return Plan(actions=(Hold(), *actions))
    if actions:
        return Plan(actions=actions)
    retry = now + RETRY_PAUSE if observed.failures or observed.verified is False else None
    return Plan(
        verdicts=verdicts(desired, observed, audience),
        recheck_at=retry,
        report=report(desired, observed, audience),
    )


def _outlives(action: Action, observed: Observed) -> bool:
    """Whether it leaves something behind that the garbage collector does not clean up.

    The Secret in the object's own namespace has the object as its owner and goes with it.
    """
    return not (isinstance(action, Deliver) and action.namespace == observed.namespace)


def _refusal(desired: Desired, observed: Observed) -> tuple[Verdict, ...]:
    if observed.robot is RobotState.MISSING:
        return waiting(
            Reason.WAITING_FOR_ROBOT, "The HarborRobot in spec.robotRef is not there yet."
        )
    if observed.login is None and not observed.delivered:
        return waiting(
            Reason.WAITING_FOR_ROBOT,
            "The HarborRobot in spec.robotRef has no working credential yet.",
        )
    unknown = sorted(set(desired.hosts or ()) - set(observed.known_hosts))
    if unknown:
        return blocked(
            Reason.INVALID_SPEC,
            f"spec.registryHosts names {', '.join(unknown)}, which the connection does not have:"
            f" it has {', '.join(observed.known_hosts)}.",
        )
    return ()


def _changes(desired: Desired, observed: Observed, audience: Audience) -> tuple[Action, ...]:
    """What is out of line, the Secret of a namespace before its ServiceAccounts."""
    leaving = frozenset(
        namespace
        for namespace in observed.delivered
        if namespace in observed.namespaces and namespace not in audience.allowed
    )
    return (
        *_deliveries(desired, observed, audience),
        *_account_changes(desired, observed, audience.allowed),
        *_withdrawn_secrets(observed, leaving),
    )


def _deliveries(desired: Desired, observed: Observed, audience: Audience) -> list[Action]:
    if observed.login is None:
        return []
    hosts = observed.known_hosts if desired.hosts is None else desired.hosts
    actions: list[Action] = []
    for namespace in sorted(audience.allowed - observed.failures.keys()):
        delivered = observed.delivered.get(namespace)
        if delivered is None or not delivered.in_line:
            actions.append(Deliver(namespace, delivered, hosts))
    return actions


def _account_changes(desired: Desired, observed: Observed, served: frozenset[str]) -> list[Action]:
    actions: list[Action] = []
    for account in observed.accounts:
        wanted = account.name in desired.service_accounts and account.namespace in served
        if wanted and not account.listed and account.namespace in observed.delivered:
            actions.append(AddToAccount(account))
        elif account.noted and not wanted and account.namespace in observed.namespaces:
            actions.append(RemoveFromAccount(account))
    return actions


def _removal(observed: Observed) -> tuple[Action, ...]:
    """Entries go before the Secret that they name, also where the Secret is gone already."""
    entries = (RemoveFromAccount(account) for account in observed.accounts if account.noted)
    return (*entries, *_withdrawn_secrets(observed, frozenset(observed.delivered)))


def _withdrawn_secrets(observed: Observed, leaving: frozenset[str]) -> tuple[Action, ...]:
    return tuple(
        Withdraw(namespace, delivered)
        for namespace, delivered in sorted(observed.delivered.items())
        if namespace in leaving
    )
