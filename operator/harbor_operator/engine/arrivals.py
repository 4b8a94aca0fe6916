"""Namespaces and ServiceAccounts that have just come: they are served before all is looked at.

A look at five thousand namespaces takes far longer than two writes, and the first pod does not
wait. It is kept in memory only: a look at all finds them, too.
"""

import asyncio

from harbor_operator.engine.objects import ObjectId

PATIENCE_SECONDS = 1.0
"""How soon after an arrival all namespaces are looked at, however many more arrive meanwhile."""


class Arrivals:
    """Where something has come that concerns an object."""

    def __init__(self) -> None:
        self._places: dict[ObjectId, set[str]] = {}
        self._since: dict[ObjectId, float] = {}
        """When the first of those came that were served since all were looked at."""

    def note(self, object_id: ObjectId, namespace: str) -> None:
        """Something has come in a namespace."""
        self._places.setdefault(object_id, set()).add(namespace)

    def take(self, object_id: ObjectId) -> frozenset[str]:
        """The namespaces to look at alone, once; none where it is time to look at all."""
        places = frozenset(self._places.pop(object_id, ()))
        now = asyncio.get_running_loop().time()
        if not places or now - self._since.setdefault(object_id, now) >= PATIENCE_SECONDS:
            self._since.pop(object_id, None)
            return frozenset()
        return places

    def forget(self, object_id: ObjectId) -> None:
        """An object is gone."""
        self._places.pop(object_id, None)
        self._since.pop(object_id, None)
