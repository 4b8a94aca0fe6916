"""What a HarborProject itself remembers: its status and its annotations, read as hints."""

from datetime import UTC, datetime

from harbor_operator.api.base import ANNOTATION_CONFIRM_DELETE_CONTENTS, ANNOTATION_CREATING
from harbor_operator.api.conditions import ConditionType, Reason
from harbor_operator.api.project import OwnershipState, ProjectSpec, ProjectStatus
from harbor_operator.api.resources import Resource
from harbor_operator.api.values import MAX_TOKEN_LENGTH
from harbor_operator.core.project.facts import CLAIM_PERIOD, Recorded

ProjectObject = Resource[ProjectSpec, ProjectStatus]

_APPLIED = frozenset({Reason.SUCCEEDED, Reason.REPEATED_DRIFT})
"""Reasons of Synced that say: everything was in line at that generation."""

_OWNING = frozenset({OwnershipState.OWNED, OwnershipState.ADOPTED})


def recorded_in(project: ProjectObject, name: str) -> Recorded:
    """What the object remembers about the project of that name."""
    token = (project.annotation(ANNOTATION_CREATING) or "")[:MAX_TOKEN_LENGTH] or None
    closed = token is None or token == project.status.last_handled_intent
    return Recorded(
        project_id=_owned_id(project.status),
        made=_state(project.status) is OwnershipState.OWNED,
        object_made=project.metadata.creation_timestamp,
        intent=None if closed else _intent(project, token),
        intent_token=token,
        deletion_confirmed=project.annotation(ANNOTATION_CONFIRM_DELETE_CONTENTS) == name,
        in_sync=_was_in_sync(project),
        repairs=project.status.repairs,
    )


def _owned_id(status: ProjectStatus) -> int | None:
    return status.project_id if _state(status) in _OWNING else None


def _state(status: ProjectStatus) -> OwnershipState | None:
    return status.ownership.state if status.ownership else None


def _was_in_sync(project: ProjectObject) -> bool:
    """Whether this generation has been applied in full, so that a difference is drift."""
    synced = project.status.condition(ConditionType.SYNCED)
    applied = project.status.observed_generation == project.metadata.generation
    return applied and synced is not None and synced.reason in _APPLIED


def _intent(project: ProjectObject, token: str | None) -> datetime | None:
    """When the creation was begun.

    The annotation can be written by whoever may edit the object, so an intent from before the
    object was made counts from then; the allowance is for clocks that differ.
    """
    try:
        stated = datetime.fromisoformat(token or "").astimezone(UTC)
    except ValueError:
        return None
    made = project.metadata.creation_timestamp
    return stated if made is None else max(stated, made - CLAIM_PERIOD)
