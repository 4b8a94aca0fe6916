"""What a kind decides: actions to take, verdicts to show, and when to look again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason

A = TypeVar("A")

READY = ConditionType.READY
RECONCILING = ConditionType.RECONCILING
STALLED = ConditionType.STALLED


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition as the plan sees it, before it meets the conditions of the past."""

    type: ConditionType
    status: ConditionStatus
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Plan(Generic[A]):
    """The outcome of one look at one object.

    Without actions the object is at rest: ``verdicts`` become its conditions, ``report`` its
    other status fields, and it is looked at again at ``recheck_at`` (None: when drift is due).
    """

    actions: tuple[A, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    recheck_at: datetime | None = None
    report: Mapping[str, Any] = field(default_factory=dict)
    """Status fields by their wire name; a value of None removes the field."""
    silent: bool = False
    """Whether nothing is said now: only a part was looked at, the whole is at ``recheck_at``."""


def ready(reason: Reason, message: str) -> tuple[Verdict, ...]:
    """The object is as its spec says."""
    return (Verdict(READY, ConditionStatus.TRUE, reason, message),)


def waiting(reason: Reason, message: str) -> tuple[Verdict, ...]:
    """The object is not there yet, and it will go on by itself."""
    return (
        Verdict(READY, ConditionStatus.FALSE, reason, message),
        Verdict(RECONCILING, ConditionStatus.TRUE, reason, message),
    )


def blocked(reason: Reason, message: str) -> tuple[Verdict, ...]:
    """The object cannot go on until a person changes something."""
    return (
        Verdict(READY, ConditionStatus.FALSE, reason, message),
        Verdict(STALLED, ConditionStatus.TRUE, reason, message),
    )


def broken(message: str) -> tuple[Verdict, ...]:
    """The operator itself failed; it tries again with growing pauses."""
    return (Verdict(READY, ConditionStatus.UNKNOWN, Reason.INTERNAL_ERROR, message),)


def is_true(verdicts: tuple[Verdict, ...], type_: ConditionType) -> bool:
    """Whether the verdicts hold this condition as True."""
    return any(v.type is type_ and v.status is ConditionStatus.TRUE for v in verdicts)
