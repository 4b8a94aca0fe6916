"""Verdicts meet the conditions of the past."""

from collections.abc import Iterable
from datetime import datetime

from harbor_operator.api.conditions import Condition, ConditionStatus, ConditionType, Reason
from harbor_operator.core.plan import Verdict

PRESENT_ONLY_WHILE_TRUE = frozenset(
    {
        ConditionType.RECONCILING,
        ConditionType.STALLED,
        ConditionType.DRIFT_FIGHT,
        ConditionType.ROLLOUT_PAUSED,
        ConditionType.REMOVAL_HELD,
    }
)
"""The mere presence of these is news, kstatus reads it so too: they leave when they are over."""


def merge(
    old: Iterable[Condition], verdicts: Iterable[Verdict], *, generation: int, now: datetime
) -> tuple[Condition, ...]:
    """The conditions to write.

    A condition that the verdicts do not mention stays as it was, except those that are present
    only while True. ``lastTransitionTime`` moves only when a status changes; generation is the
    one that the verdicts speak of.
    """
    before = {condition.type: condition for condition in old}
    spoken = {
        verdict.type.value: _condition(verdict, before, generation, now) for verdict in verdicts
    }
    kept = {
        type_: condition
        for type_, condition in before.items()
        if type_ not in spoken and type_ not in PRESENT_ONLY_WHILE_TRUE
    }
    merged = {**kept, **spoken}
    return tuple(merged[type_] for type_ in sorted(merged, key=_order))


def suspended(old: Iterable[Condition]) -> tuple[Verdict, ...]:
    """Ready keeps its status and says that nobody is looking after the object now."""
    status = next((c.status for c in old if c.type == ConditionType.READY), ConditionStatus.UNKNOWN)
    message = "Suspended: nothing is changed until spec.suspend is removed."
    return (Verdict(ConditionType.READY, status, Reason.SUSPENDED, message),)


def is_ready(conditions: Iterable[Condition], generation: int) -> bool:
    """Whether Ready is True and speaks of this generation."""
    return any(
        condition.type == ConditionType.READY
        and condition.status is ConditionStatus.TRUE
        and condition.observed_generation == generation
        for condition in conditions
    )


def _condition(
    verdict: Verdict, before: dict[str, Condition], generation: int, now: datetime
) -> Condition:
    old = before.get(verdict.type)
    unchanged = old is not None and old.status is verdict.status
    return Condition(
        type=verdict.type.value,
        status=verdict.status,
        reason=verdict.reason.value,
        message=verdict.message,
        last_transition_time=old.last_transition_time if old and unchanged else now,
        observed_generation=generation,
    )


def _order(type_: str) -> tuple[bool, str]:
    """Ready first, then by name, so that equal states give equal bytes."""
    return type_ != ConditionType.READY, type_
