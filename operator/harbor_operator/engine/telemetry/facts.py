"""What the metrics tell of an object, as a watch has shown it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType

_TYPES = {str(type_) for type_ in ConditionType}
_STATUSES = {str(status) for status in ConditionStatus}
_TARGETS = ("desired", "ready", "failed", "denied")

_Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one object; times in Unix seconds, None where the object does not say."""

    conditions: _Pairs = ()
    """The status of each condition."""
    created: float | None = None
    """When a robot's credential was made."""
    expires: float | None = None
    """When it expires."""
    renews: float | None = None
    """When it is to be replaced."""
    suspended: bool = False
    """Whether its spec says that it is to be left as it is."""
    deleting: float | None = None
    """When the object's deletion was asked for."""
    targets: tuple[tuple[str, int], ...] = ()
    """How many namespaces of a pull secret are in which state."""
    version: str | None = None
    """The version of a connection's Harbor."""


NOTHING = Facts()
"""Of an object that has said nothing yet."""


def facts_of(body: Mapping[str, Any]) -> Facts:
    """Read an object as the API server sent it; nothing in it is trusted to be well formed."""
    status = body.get("status") or {}
    targets = status.get("targets") or {}
    return Facts(
        conditions=_shared(_conditions(status)),
        created=_seconds(status.get("rotatedAt")),
        expires=_seconds(status.get("expiresAt")),
        renews=_seconds(status.get("nextRotationAt")),
        suspended=(body.get("spec") or {}).get("suspend") is True,
        deleting=_seconds(body["metadata"].get("deletionTimestamp")),
        targets=tuple((state, targets[state]) for state in _TARGETS if state in targets),
        version=status.get("harborVersion"),
    )


def _conditions(status: Mapping[str, Any]) -> _Pairs:
    """Those that the operator writes: whoever may write a status may not invent series."""
    return tuple(
        (condition["type"], condition["status"])
        for condition in status.get("conditions") or ()
        if condition["type"] in _TYPES and condition["status"] in _STATUSES
    )


@lru_cache(maxsize=1024)
def _shared(conditions: _Pairs) -> _Pairs:
    """The same pairs; objects in the same state hold them together."""
    return conditions


def _seconds(time: str | None) -> float | None:
    try:
        return datetime.fromisoformat(time).timestamp() if time else None
    except ValueError:
        return None
