"""Namespaces that refused an object lately: each is left alone for a while, and no other with it.

It is kept in memory only: after a restart each of them is tried once more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from harbor_operator.api.conditions import Reason


class _Setback(NamedTuple):
    reason: Reason
    until: datetime


class ObjectSetbacks:
    """The namespaces that refused one object."""

    def __init__(self, wish: object) -> None:
        self.wish = wish
        self._setbacks: dict[str, _Setback] = {}

    def note(self, namespace: str, reason: Reason, *, until: datetime) -> None:
        """Leave a namespace alone that has refused the object."""
        self._setbacks[namespace] = _Setback(reason, until)

    def at(self, now: datetime) -> Mapping[str, Reason]:
        """The namespaces that are left alone now, and why."""
        self._setbacks = {name: s for name, s in self._setbacks.items() if now < s.until}
        return {name: setback.reason for name, setback in self._setbacks.items()}

    def lift(self, namespace: str) -> None:
        """Try a namespace again at once."""
        self._setbacks.pop(namespace, None)


class Setbacks:
    """The namespaces that refused objects, by the objects' uids."""

    def __init__(self) -> None:
        self._by_uid: dict[str, ObjectSetbacks] = {}

    def of(self, uid: str, wish: object) -> ObjectSetbacks:
        """Those of one object, as long as the same is wanted of it; another wish begins anew."""
        known = self._by_uid.get(uid)
        if known is None or known.wish != wish:
            known = self._by_uid[uid] = ObjectSetbacks(wish)
        return known

    def lift(self, namespace: str) -> None:
        """A namespace is not what it was: whoever it refused tries again at once."""
        for setbacks in self._by_uid.values():
            setbacks.lift(namespace)

    def forget(self, uid: str) -> None:
        """An object is gone."""
        self._by_uid.pop(uid, None)
