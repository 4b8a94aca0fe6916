"""Whether an object's status says that nothing is left to do; asked once, at a start.

Tenants can write a status, and an old one misses what has happened since: it says who is looked
at first, and never who is not looked at.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from harbor_operator.api.base import (
    ANNOTATION_CREATING,
    ANNOTATION_RECONCILE,
    ANNOTATION_RESUME_ROLLOUT,
    ANNOTATION_REVOKE,
    ANNOTATION_ROTATE,
    Status,
)
from harbor_operator.api.conditions import Condition, ConditionStatus, ConditionType
from harbor_operator.api.project import ProjectStatus
from harbor_operator.api.pullsecret import PullSecretStatus
from harbor_operator.api.resources import Metadata
from harbor_operator.api.robot import RobotStatus
from harbor_operator.api.values import MAX_TOKEN_LENGTH
from harbor_operator.core.conditions import PRESENT_ONLY_WHILE_TRUE, is_ready

LONGEST_REST: Final = timedelta(minutes=5)
"""How long an object at rest may wait for its first look: half of the usual period of drift."""

_OPEN_WHILE_TRUE = PRESENT_ONLY_WHILE_TRUE | {ConditionType.ROTATING}


def is_at_rest(metadata: Metadata, status: Status, now: datetime) -> bool:
    """Whether an object may wait for its first look.

    Args:
        metadata: The object's.
        status: Of the model of its kind; a connection never rests, as all others need it.
        now: What is due within `LONGEST_REST` from then on is something to do.
    """
    return (
        metadata.deletion_timestamp is None
        and status.observed_generation == metadata.generation
        and is_ready(status.conditions, metadata.generation)
        and not any(map(_is_open, status.conditions))
        and _is_answered(metadata, ANNOTATION_RECONCILE, status.last_handled_reconcile_at)
        and _is_done(metadata, status, now + LONGEST_REST)
    )


def holds_its_secrets(
    status: Status, own: Collection[str | None], of_robot: Collection[str | None]
) -> bool:
    """Whether the managed Secrets are those that a status at rest speaks of.

    Args:
        status: Of the model of the object's kind.
        own: Whom the Secrets of the object log in as, None for a ledger.
        of_robot: The same of all Secrets with a credential of the same robot.
    """
    match status:
        case RobotStatus():
            return {status.username, None} <= {*own}
        case PullSecretStatus():
            delivered = status.targets.ready if status.targets else 0
            return len(own) >= delivered and {*of_robot} - {None} <= {status.robot_name}
        case _:
            return True


def _is_open(condition: Condition) -> bool:
    """Whether a condition speaks of work, or of something that is not as it should be."""
    if condition.type in _OPEN_WHILE_TRUE:
        return condition.status is ConditionStatus.TRUE
    return condition.status is ConditionStatus.FALSE


def _is_answered(metadata: Metadata, annotation: str, answered: str | None) -> bool:
    token = metadata.annotations.get(annotation, "")[:MAX_TOKEN_LENGTH]
    return not token or token == answered


def _is_done(metadata: Metadata, status: Status, horizon: datetime) -> bool:
    """Whether nothing of the kind's own is under way, asked for, or due before the horizon."""
    match status:
        case ProjectStatus():
            return _is_answered(metadata, ANNOTATION_CREATING, status.last_handled_intent)
        case RobotStatus():
            return (
                not status.previous
                and status.withdrawn_at is None
                and _is_answered(metadata, ANNOTATION_ROTATE, status.last_handled_rotate_at)
                and _is_answered(metadata, ANNOTATION_REVOKE, status.last_handled_revoke_at)
                and _is_later(status.next_rotation_at, horizon)
                and _is_later(status.expires_at, horizon)
            )
        case PullSecretStatus():
            return (
                not (status.leaving or status.failures)
                and status.rollout is None
                and _is_answered(metadata, ANNOTATION_RESUME_ROLLOUT, status.last_handled_resume_at)
            )
        case _:
            return False


def _is_later(time: datetime | None, horizon: datetime) -> bool:
    return time is None or time > horizon
