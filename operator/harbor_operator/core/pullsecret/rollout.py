"""Which namespaces get another credential now, and which keep the one before.

A rollout begins when the robot has another credential than namespaces hold. New namespaces, and
those whose Secret was damaged, get the newest one in any case: there is nothing to keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from harbor_operator.core.pullsecret.facts import Desired, Login, Observed
from harbor_operator.core.robot.protocol import HOLDER_PATIENCE

MARGIN = timedelta(hours=1)
"""How long before the end of the credential before a pause ends: every namespace can be written
several times over in it, also by an API server that is away for a while."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a rollout may go now."""

    kept: frozenset[str] = frozenset()
    """Namespaces that keep the credential before."""
    trial: str | None = None
    """The canary namespace whose Secret has to be tried before anything else is decided."""
    paused: bool = False
    resumed: bool = False
    """Whether it goes on only because a person said so."""
    ends_at: datetime | None = None
    """When a pause ends by itself, by Harbor's clock; None: not before it succeeds."""


def stage_of(desired: Desired, observed: Observed, served: frozenset[str]) -> Stage:
    """How far the rollout may go.

    Args:
        desired: The spec.
        observed: One look.
        served: All namespaces that should hold the newest credential in the end.
    """
    login = observed.login
    if desired.canary is None or login is None or login.urgent:
        return Stage()
    canary = frozenset(n for n in served if desired.canary.targets(observed.namespaces[n]))
    kept = frozenset(_holding_another(observed, served, login)) - canary
    if not canary or not kept:
        return Stage()
    if _canary_under_way(observed, canary):
        return Stage(kept)
    return _after_canary(desired, observed, canary, kept)


def _after_canary(
    desired: Desired, observed: Observed, canary: frozenset[str], kept: frozenset[str]
) -> Stage:
    tried = [n for n in sorted(canary) if _holds_newest(observed, n)]
    works = observed.trial if tried else False
    if not desired.verify or works:
        return Stage()
    if works is None:
        return Stage(kept, trial=tried[0])
    if not desired.pause_on_failure:
        return Stage()
    if _let_go_on(desired, observed):
        return Stage(resumed=True)
    ends_at = _pause_end(observed, kept)
    if ends_at is not None and _is_over(ends_at, observed):
        return Stage()
    return Stage(kept, paused=True, ends_at=ends_at)


def _holding_another(observed: Observed, served: frozenset[str], login: Login) -> Iterator[str]:
    """The namespaces with a readable Secret of a credential that is not the newest."""
    for name in served & observed.delivered.keys():
        if observed.delivered[name].username not in {None, login.username}:
            yield name


def _holds_newest(observed: Observed, namespace: str) -> bool:
    delivered, login = observed.delivered.get(namespace), observed.login
    return delivered is not None and login is not None and delivered.username == login.username


def _canary_under_way(observed: Observed, canary: frozenset[str]) -> bool:
    """Whether a canary namespace has yet to be written; one that refused it is not waited for."""
    return any(
        name not in observed.delivered or not observed.delivered[name].in_line
        for name in canary - observed.failures.keys() - observed.taken
    )


def _let_go_on(desired: Desired, observed: Observed) -> bool:
    login, memory = observed.login, observed.memory
    if desired.resume not in {None, memory.handled_resume}:
        return True
    return login is not None and memory.resumed == login.username


def _pause_end(observed: Observed, kept: frozenset[str]) -> datetime | None:
    """An hour before the credential before ends: by its expiry, or because its robot goes.

    A robot keeps the account before alive for a day at most while a Secret holds it.
    """
    login, ends = observed.login, []
    if observed.memory.expires_at is not None:
        ends.append(observed.memory.expires_at)
    same_robot = login and any(observed.delivered[n].robot_uid == login.robot_uid for n in kept)
    if login and same_robot and login.minted_at is not None:
        ends.append(login.minted_at + HOLDER_PATIENCE)
    return min(ends) - MARGIN if ends else None


def _is_over(ends_at: datetime, observed: Observed) -> bool:
    return observed.harbor_time is not None and ends_at <= observed.harbor_time
