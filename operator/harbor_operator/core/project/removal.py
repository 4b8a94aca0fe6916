"""What becomes of a project whose object is being deleted."""

from dataclasses import replace

from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import DeletionPolicy, ManagementPolicy
from harbor_operator.core.ownership import Claim, Mark, is_adopted
from harbor_operator.core.plan import Plan, blocked, waiting
from harbor_operator.core.project.actions import (
    Action,
    ChangeSetting,
    DeleteProject,
    DeleteRepository,
    RewriteMark,
)
from harbor_operator.core.project.blocks.immutable_tags import IMMUTABLE_TAGS, removals
from harbor_operator.core.project.facts import HarborProject, Observed, OwnerLabel
from harbor_operator.core.steps import Step


def plan_removal(observed: Observed) -> Plan[Action]:
    """Release, wait for or delete the project, as the deletion policy says.

    An object that is leaving claims nothing: what carries no mark may be somebody else's by now.
    A crash between a project's creation and its mark can leave an empty project behind.
    """
    project, label = observed.project, observed.label
    if project is None or observed.management is ManagementPolicy.OBSERVE:
        return Plan()
    if observed.claim is not Claim.OURS or label is None:
        return Plan()
    match observed.deletion:
        case DeletionPolicy.RETAIN:
            return Plan(actions=(RewriteMark(project.id, label, _released(observed.own, label)),))
        case DeletionPolicy.DELETE_IF_EMPTY:
            return _wait_for_users(observed) or _removal_if_empty(project)
        case DeletionPolicy.DELETE_WITH_CONTENTS:
            return _wait_for_users(observed) or _removal_with_contents(observed, project, label)


def _released(own: Mark, label: OwnerLabel) -> str:
    return replace(own, adopted=is_adopted(label.mark)).released()


def _wait_for_users(observed: Observed) -> Plan[Action] | None:
    """The robots go first: each of them cleans up in the project."""
    if not observed.users:
        return None
    message = f"{observed.users} HarborRobots still use the project; it goes when they are gone."
    return Plan(verdicts=waiting(Reason.IN_USE, message))


def _removal_if_empty(project: HarborProject) -> Plan[Action]:
    if project.repository_count:
        message = (
            f"The project still holds {project.repository_count} repositories: delete them, or"
            " choose another deletionPolicy."
        )
        return Plan(verdicts=waiting(Reason.PROJECT_NOT_EMPTY, message))
    return Plan(actions=(DeleteProject(project.id),))


def _removal_with_contents(
    observed: Observed, project: HarborProject, label: OwnerLabel
) -> Plan[Action]:
    may_delete_adopted = observed.rule is not None and observed.rule.may_delete_adopted
    if is_adopted(label.mark) and not may_delete_adopted:
        message = (
            "The project was adopted, and the tenant rule does not let its contents be deleted:"
            " set deletionPolicy to Retain."
        )
        return Plan(verdicts=blocked(Reason.ACCESS_NOT_ALLOWED, message))
    if not observed.recorded.deletion_confirmed:
        message = (
            f"The project and its {project.repository_count} repositories would be deleted:"
            " confirm it by annotation harbor-operator.dev/confirm-delete-contents with the"
            " project's name as its value."
        )
        return Plan(verdicts=blocked(Reason.DELETION_NOT_CONFIRMED, message))
    unlocked = tuple(ChangeSetting(project.id, step) for step in _own_immutability(observed))
    repositories = tuple(DeleteRepository(project.id, name) for name in observed.repositories)
    return Plan(actions=(*unlocked, *repositories, DeleteProject(project.id)))


def _own_immutability(observed: Observed) -> tuple[Step, ...]:
    """The removal of the object's own rules; those that somebody else made stay in the way."""
    rules = observed.settings.get(IMMUTABLE_TAGS.name)
    return removals(observed.immutable, rules) if isinstance(rules, tuple) else ()
