"""What to do about one HarborPullSecret."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import Plan, Verdict, blocked, waiting
from harbor_operator.core.pullsecret.actions import (
    Action,
    AddToAccount,
    Deliver,
    Hold,
    KeepChild,
    RemoveFromAccount,
    TryCanary,
    Withdraw,
)
from harbor_operator.core.pullsecret.audience import Audience
from harbor_operator.core.pullsecret.child import child_of
from harbor_operator.core.pullsecret.facts import Account, Desired, Observed, RobotState
from harbor_operator.core.pullsecret.verdicts import interim_report, report, verdicts
from harbor_operator.core.pullsecret.view import View, look

RETRY_PAUSE = timedelta(seconds=30)
"""How long a namespace that refused the Secret is left alone, and a canary that failed."""


def plan(
    desired: Desired | None, observed: Observed, now: datetime, audience: Audience | None = None
) -> Plan[Action]:
    """Decide the next effects for a pull secret, or its verdicts when it is at rest.

    With effects comes a report of how many namespaces they are about, for those that take long.

    Args:
        desired: The spec; None while the object is being deleted.
        observed: One look at the cluster and at Harbor.
        now: The operator's clock; credentials expire by Harbor's, which `observed` holds.
        audience: Who should have it and who may, if that has been worked out already.
    """
    if desired is None:
        return _removal(observed, now)
    upbringing = child_of(desired, observed)
    refusal = upbringing.refusal or _refusal(desired, observed)
    view = look(desired, observed, now, audience)
    changes = _withdrawals(view, forbidden_only=True) if refusal else _changes(view)
    actions = (*upbringing.actions, *changes)
    if not observed.held and _needs_cleaning_up(observed, actions):
        actions = (Hold(), *actions)
    if actions:
        return Plan(actions=actions, report=interim_report(view))
    if refusal:
        return Plan(verdicts=refusal)
    return Plan(verdicts=verdicts(view), recheck_at=_recheck_at(view), report=report(view))


def _needs_cleaning_up(observed: Observed, actions: Collection[Action]) -> bool:
    """Whether something would be left that the garbage collector does not clean up in order.

    The Secret in the object's own namespace has the object as its owner and goes with it.
    """
    elsewhere = any(name != observed.namespace for name in observed.delivered)
    noted = any(account.noted for account in observed.accounts)
    made = observed.child is not None and observed.child.is_ours
    return elsewhere or noted or made or any(_outlives(action, observed) for action in actions)


def _outlives(action: Action, observed: Observed) -> bool:
    match action:
        case Deliver(namespace):
            return namespace != observed.namespace
        case AddToAccount() | KeepChild():
            return True
        case _:
            return False


def _refusal(desired: Desired, observed: Observed) -> tuple[Verdict, ...]:
    if observed.robot is RobotState.MISSING:
        return waiting(
            Reason.WAITING_FOR_ROBOT, "The HarborRobot in spec.robotRef is not there yet."
        )
    if observed.login is None and not observed.delivered:
        message = "The HarborRobot to be delivered has no working credential yet."
        return waiting(Reason.WAITING_FOR_ROBOT, message)
    unknown = sorted(set(desired.hosts or ()) - set(observed.known_hosts))
    if unknown:
        return blocked(
            Reason.INVALID_SPEC,
            f"spec.registryHosts names {', '.join(unknown)}, which the connection does not have:"
            f" it has {', '.join(observed.known_hosts)}.",
        )
    return ()


def _changes(view: View) -> tuple[Action, ...]:
    """What is out of line, the Secret of a namespace before its ServiceAccounts."""
    trial = (TryCanary(view.stage.trial),) if view.stage.trial else ()
    deliveries = tuple(_deliveries(view))
    return (
        *deliveries,
        *trial,
        *_additions(view, deliveries),
        *_withdrawals(view),
    )


def _deliveries(view: View) -> Iterator[Deliver]:
    desired, observed = view.desired, view.observed
    if observed.login is None:
        return
    hosts = observed.known_hosts if desired.hosts is None else desired.hosts
    for namespace in sorted(view.served - view.failures.keys() - view.stage.kept):
        delivered = observed.delivered.get(namespace)
        if delivered is None or not delivered.in_line:
            yield Deliver(namespace, delivered, hosts)


def _additions(view: View, deliveries: Collection[Deliver]) -> Iterator[Action]:
    """Entries for the ServiceAccounts where the Secret is there, or comes before them."""
    coming = frozenset(delivery.namespace for delivery in deliveries)
    there = (view.observed.delivered.keys() | coming) - view.failures.keys()
    for account in view.observed.accounts:
        if account.namespace in there and not account.listed and _is_wanted(view, account):
            yield AddToAccount(account)


def _is_wanted(view: View, account: Account) -> bool:
    selected = view.desired.service_accounts.selects(account.name, account.labels)
    return selected and account.namespace in view.served


def _withdrawals(view: View, *, forbidden_only: bool = False) -> Iterator[Action]:
    """Entries that nobody wants any more, then the Secrets of those that leave.

    In a namespace that was not read nobody can tell, and one that refused is left alone for now.
    """
    observed, forbidden = view.observed, view.leaving.forbidden
    leaving = forbidden if forbidden_only else view.leaving.gone
    open_to_us = observed.namespaces.keys() - observed.failures.keys()
    for account in observed.accounts:
        unwanted = not forbidden_only and not _is_wanted(view, account)
        over = unwanted or account.namespace in leaving
        if account.noted and over and account.namespace in open_to_us:
            yield RemoveFromAccount(account, account.namespace in leaving - forbidden)
    for namespace in sorted(leaving & open_to_us):
        yield Withdraw(namespace, observed.delivered[namespace], namespace not in forbidden)


def _removal(observed: Observed, now: datetime) -> Plan[Action]:
    """Entries go before the Secret that they name, also where the Secret is gone already."""
    failures = observed.failures
    entries = (
        RemoveFromAccount(account, inheritable=True)
        for account in observed.accounts
        if account.noted and account.namespace not in failures
    )
    secrets = (
        Withdraw(namespace, delivered)
        for namespace, delivered in sorted(observed.delivered.items())
        if namespace not in failures
    )
    actions: tuple[Action, ...] = (*entries, *secrets)
    if actions or not failures:
        return Plan(actions=actions)
    message = f"The pull secret cannot be removed from {len(failures)} namespaces: {min(failures)}."
    return Plan(verdicts=waiting(Reason.TARGET_FAILED, message), recheck_at=now + RETRY_PAUSE)


def _recheck_at(view: View) -> datetime | None:
    """The earliest instant at which time alone, or another try, may change something."""
    again = view.failures or view.verified is False or view.stage.paused
    instants = [view.now + RETRY_PAUSE if again else None, view.leaving.ends_at]
    return min((instant for instant in instants if instant is not None), default=None)
