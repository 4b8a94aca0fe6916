"""Who waits for a Secret that another object owns: when that one leaves, the Secret stays.

It is kept in memory only. Without it a Secret is deleted and made anew, which nodes take for
another one; whether an heir may have it is decided by its own plan, before and after.
"""

import asyncio
from collections import defaultdict
from typing import NamedTuple

from harbor_operator.engine.objects import ObjectId
from harbor_operator.kube.resources import ObjectKey

STAKE_SECONDS = 120.0
"""How long it counts that an object wants a Secret: it looks again twice a minute while it does."""


class Heir(NamedTuple):
    """One object that would deliver a Secret of that name itself."""

    object_id: ObjectId
    uid: str


class Heirs:
    """The objects that wait for Secrets of others."""

    def __init__(self) -> None:
        self._stakes: defaultdict[ObjectKey, dict[Heir, float]] = defaultdict(dict)
        self._wanted: dict[Heir, frozenset[ObjectKey]] = {}

    def want(self, heir: Heir, keys: frozenset[ObjectKey]) -> None:
        """Take in which Secrets of others an object wants now; it wants no others any more."""
        until = asyncio.get_running_loop().time() + STAKE_SECONDS
        for key in self._wanted.pop(heir, frozenset()) - keys:
            self._forget(key, heir)
        for key in keys:
            self._stakes[key][heir] = until
        if keys:
            self._wanted[heir] = keys

    def of(self, key: ObjectKey) -> list[Heir]:
        """Who wants a Secret now, the longest waiting first."""
        now = asyncio.get_running_loop().time()
        for heir, until in list(self._stakes.get(key, {}).items()):
            if until <= now:
                self._forget(key, heir)
        return list(self._stakes.get(key, ()))

    def _forget(self, key: ObjectKey, heir: Heir) -> None:
        stakes = self._stakes.get(key, {})
        stakes.pop(heir, None)
        if not stakes:
            self._stakes.pop(key, None)
