"""Reads what matters here out of the JSON of an object.

Whoever may write an object's status may write anything into it, so nothing is relied on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from harbor_operator.kube.resources import JsonObject

READY: Final = "Ready"
STALLED: Final = "Stalled"
SUSPENDED: Final = "Suspended"
"""The reason of Ready while an object or its connection is suspended."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of an object; generation is the one of the spec that it speaks of."""

    type: str
    status: str
    reason: str
    message: str
    since: datetime | None
    generation: int


def status_of(body: JsonObject) -> JsonObject:
    """The status, empty where there is none."""
    found = body.get("status")
    return found if isinstance(found, dict) else {}


def conditions_of(body: JsonObject) -> dict[str, Condition]:
    """The conditions by type."""
    return {condition.type: condition for condition in _conditions(body)}


def is_suspended(body: JsonObject) -> bool:
    """Whether the object itself is suspended."""
    return (body.get("spec") or {}).get("suspend") is True


def generation_of(body: JsonObject) -> int:
    """The generation of the spec."""
    return int(body["metadata"].get("generation", 0))


def is_current(body: JsonObject) -> bool:
    """Whether the status speaks of the present spec."""
    return status_of(body).get("observedGeneration") == generation_of(body)


def read_time(value: object) -> datetime | None:
    """Read a timestamp; None where there is none."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _conditions(body: JsonObject) -> Iterator[Condition]:
    for entry in status_of(body).get("conditions") or ():
        yield Condition(
            str(entry.get("type", "")),
            str(entry.get("status", "")),
            str(entry.get("reason", "")),
            str(entry.get("message", "")),
            read_time(entry.get("lastTransitionTime")),
            int(entry.get("observedGeneration", 0)),
        )
