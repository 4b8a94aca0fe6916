"""Whether robots may be made in a project."""

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import OwnershipState, ProjectStatus
from harbor_operator.core.conditions import is_ready

_OURS = frozenset({OwnershipState.OWNED, OwnershipState.ADOPTED})


def is_usable(status: ProjectStatus, generation: int) -> bool:
    """Whether the project is there and may be used, as its object last said.

    A project of which some setting cannot be brought in line, such as a member whom Harbor does
    not know, is not Ready and serves all the same.
    """
    return is_ready(status.conditions, generation) or _is_ours_but_for_a_setting(status)


def is_lost(status: ProjectStatus) -> bool:
    """Whether the project has turned out to be somebody else's."""
    ready = status.condition(ConditionType.READY)
    return (
        ready is not None
        and ready.status is ConditionStatus.FALSE
        and ready.reason == Reason.NAME_CONFLICT
    )


def _is_ours_but_for_a_setting(status: ProjectStatus) -> bool:
    ready, synced = status.condition(ConditionType.READY), status.condition(ConditionType.SYNCED)
    if status.project_id is None or status.ownership is None or ready is None or synced is None:
        return False
    about_a_setting = synced.status is ConditionStatus.FALSE and synced.reason == ready.reason
    return status.ownership.state in _OURS and about_a_setting
