"""Who should have the pull secret, and who may."""

from collections.abc import Iterable
from dataclasses import dataclass

from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.pullsecret.facts import Desired, Observed
from harbor_operator.core.tenancy import may_deliver


@dataclass(frozen=True, slots=True)
class Audience:
    """The namespaces of one pull secret, sorted by what becomes of them."""

    wanted: frozenset[str]
    allowed: frozenset[str]
    denied: frozenset[str]


def audience_of(desired: Desired, observed: Observed) -> Audience:
    """Sort the namespaces that were read; one that is going is nobody's target."""
    wanted = [n for n in _selected(desired, observed) if not n.terminating]
    allowed = frozenset(n.name for n in wanted if may_hold(observed, n))
    names = frozenset(n.name for n in wanted)
    return Audience(names, allowed, names - allowed)


def may_hold(observed: Observed, namespace: Namespace) -> bool:
    """Whether a namespace may hold the pull secret at all, wanted there or not.

    Its own namespace always may. Another one needs a rule or its own consent, and a credential
    that does no more than pull, of projects whose sharing lets it leave its namespace.
    """
    if namespace.name == observed.namespace:
        return True
    login = observed.login
    may_leave = login is None or (login.pull_only and login.may_leave)
    return may_leave and may_deliver(observed.namespace, namespace, observed.distribution)


def contested(audience: Audience, observed: Observed) -> frozenset[str]:
    """Where this object would deliver, had not another one's Secret the name."""
    return frozenset() if observed.login is None else audience.allowed & observed.taken


def _selected(desired: Desired, observed: Observed) -> Iterable[Namespace]:
    targets, namespaces = desired.targets, observed.namespaces
    if targets is None:
        own = namespaces.get(observed.namespace)
        return () if own is None else (own,)
    return (namespace for namespace in namespaces.values() if targets.targets(namespace))
