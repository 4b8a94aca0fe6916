"""Which namespaces lose the pull secret, and which keep it for now.

A removal needs certainty: only a namespace that was read, is not going itself, and either may
not hold the Secret or is not selected any more can lose it. Labels are changed by mistake and
changed back, so what they take away is taken away late, and never from most namespaces at once
without a person's word.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from harbor_operator.api.pullsecret import MAX_LEAVING
from harbor_operator.core.pullsecret.audience import Audience, permission
from harbor_operator.core.pullsecret.facts import Desired, Observed

GRACE = timedelta(minutes=5)
"""How long a namespace that is no longer selected keeps the pull secret: a controller that
rewrites labels, or a person who corrects a mistake, is done by then."""

_DIGEST_LENGTH = 6
"""Hex digits that tell one set of namespaces from another for a person who confirms it."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The namespaces that hold the pull secret and should not."""

    forbidden: frozenset[str] = frozenset()
    """They may not hold it: it goes at once, and nobody inherits it."""
    over: frozenset[str] = frozenset()
    """They are not selected any more, and their time is over."""
    waiting: Mapping[str, datetime] = field(default_factory=dict)
    """They are not selected any more and keep it for now; since when."""
    confirmation: str | None = None
    """The word by which a person lets them go; None where time alone does."""

    @property
    def gone(self) -> frozenset[str]:
        """All that lose it now."""
        return self.forbidden | self.over

    @property
    def ends_at(self) -> datetime | None:
        """When the first grace is over, None where time alone changes nothing."""
        if self.confirmation is not None:
            return None
        return min((since + GRACE for since in self.waiting.values()), default=None)


def leaving_of(desired: Desired, observed: Observed, audience: Audience, now: datetime) -> Leaving:
    """Sort the namespaces that hold the pull secret and are not among the audience."""
    if not observed.connected:
        return Leaving()
    holders = holders_of(observed)
    left = holders - audience.allowed
    may_hold = permission(observed)
    forbidden = frozenset(n for n in left if not may_hold(observed.namespaces[n]))
    unselected = left - forbidden
    if _spec_changed(desired, observed):
        return Leaving(forbidden, over=unselected)
    return _in_grace(desired, observed, Leaving(forbidden, over=unselected), now)


def holders_of(observed: Observed) -> frozenset[str]:
    """The namespaces that hold the pull secret, were read, and are not going themselves."""
    return frozenset(
        name
        for name in observed.delivered
        if name in observed.namespaces and not observed.namespaces[name].terminating
    )


def confirmation_of(namespaces: Collection[str]) -> str:
    """The word that confirms a removal from exactly these namespaces: their number and a digest."""
    digest = hashlib.sha256("\n".join(sorted(namespaces)).encode()).hexdigest()
    return f"{len(namespaces)}-{digest[:_DIGEST_LENGTH]}"


def _spec_changed(desired: Desired, observed: Observed) -> bool:
    """Whether a person has changed the targets; a status without memory proves nothing."""
    return observed.memory.selection not in {None, desired.selection}


def _in_grace(desired: Desired, observed: Observed, leaving: Leaving, now: datetime) -> Leaving:
    """What labels took away: late, and in bulk only when confirmed."""
    unselected = leaving.over
    since = {name: min(observed.memory.leaving.get(name, now), now) for name in unselected}
    word = confirmation_of(unselected)
    if 2 * len(unselected) > len(holders_of(observed)):
        if desired.confirmation == word:
            return leaving
        return Leaving(leaving.forbidden, waiting=since, confirmation=word)
    over = frozenset(name for name, left_at in since.items() if left_at + GRACE <= now)
    waiting = {name: left_at for name, left_at in since.items() if name not in over}
    return Leaving(leaving.forbidden, over, waiting)


def remembered(leaving: Leaving) -> list[tuple[str, datetime]]:
    """What a status can remember of those that wait, the longest waiting first.

    A namespace that finds no room begins its grace when there is some: it leaves later.
    """
    return sorted(leaving.waiting.items(), key=lambda entry: (entry[1], entry[0]))[:MAX_LEAVING]
