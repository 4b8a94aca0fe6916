"""Who should have the pull secret, and who may."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.pullsecret.facts import Desired, Observed
from harbor_operator.core.tenancy import reach_of


@dataclass(frozen=True, slots=True)
class Audience:
    """The namespaces of one pull secret, sorted by what becomes of them."""

    wanted: frozenset[str]
    allowed: frozenset[str]
    denied: frozenset[str]


def audience_of(desired: Desired, observed: Observed) -> Audience:
    """Sort the namespaces that were read; one that is going is nobody's target."""
    wanted = [n for n in _selected(desired, observed) if not n.terminating]
    allowed = frozenset(n.name for n in filter(permission(observed), wanted))
    names = frozenset(n.name for n in wanted)
    return Audience(names, allowed, names - allowed)


def permission(observed: Observed) -> Callable[[Namespace], bool]:
    """What answers whether a namespace may hold the pull secret at all, wanted there or not.

    Its own namespace always may. Another one needs a rule or its own consent, and a credential
    that does no more than pull, of projects whose sharing lets it leave its namespace.
    """
    login = observed.login
    may_leave = login is None or (login.pull_only and login.may_leave)
    if not may_leave:
        return lambda namespace: namespace.name == observed.namespace
    return reach_of(observed.namespace, observed.distribution).covers


def contested(audience: Audience, observed: Observed) -> frozenset[str]:
    """Where this object would deliver, had not another one's Secret the name."""
    return frozenset() if observed.login is None else audience.allowed & observed.taken


def _selected(desired: Desired, observed: Observed) -> Iterable[Namespace]:
    targets, namespaces = desired.targets, observed.namespaces
    if targets is None:
        own = namespaces.get(observed.namespace)
        return () if own is None else (own,)
    return (namespace for namespace in namespaces.values() if targets.targets(namespace))
