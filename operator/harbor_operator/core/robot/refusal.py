"""Why a robot's spec is not carried out: the project, the ceilings, the words, the Secrets."""

from collections.abc import Callable, Iterator
from typing import Final

from harbor_operator.api.base import LEDGER_SUFFIX
from harbor_operator.api.conditions import Reason
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM
from harbor_operator.core.plan import Verdict, blocked, waiting
from harbor_operator.core.robot.facts import Desired, Observed, TargetState
from harbor_operator.core.robot.rights import NamedProject, ProjectState
from harbor_operator.core.tenancy import NEVER_EXPIRES

Verdicts = tuple[Verdict, ...]


def refusal_of(desired: Desired, observed: Observed) -> Verdicts:
    """The first reason, none where the spec can be carried out."""
    found = (check(desired, observed) for check in _CHECKS)
    return next((verdicts for verdicts in found if verdicts), ())


def waiting_for_project(observed: Observed) -> Verdicts:
    """Some HarborProject has to come first."""
    unusable = (p for p in observed.projects if p.state is not ProjectState.READY)
    named = ", ".join(project.label for project in unusable)
    return waiting(
        Reason.WAITING_FOR_PROJECT,
        f"HarborProject {named} in spec.access is not there or not Ready yet, or uses another"
        " connection."
        if named
        else "The HarborProject in spec.access is not there or not Ready yet.",
    )


def _without_a_rule(_: Desired, observed: Observed) -> Verdicts:
    if observed.rule is not None:
        return ()
    return blocked(
        Reason.NOT_ALLOWED_NAMESPACE,
        "No tenant rule of the connection matches this namespace: ask whoever keeps the"
        " ClusterHarborConnection to add it.",
    )


def _not_shared(_: Desired, observed: Observed) -> Verdicts:
    """Whether another namespace's project exists is not told to whom it is not shared with."""
    refused = _refused(observed, shared=True)
    if refused is None:
        return ()
    return blocked(
        Reason.NOT_ALLOWED_NAMESPACE,
        f"HarborProject {refused.label} is not there, or its sharedWith does not name this"
        " namespace: ask whoever keeps it.",
    )


def _without_a_project(_: Desired, observed: Observed) -> Verdicts:
    missing = observed.project is ProjectState.MISSING
    unready = observed.project is ProjectState.NOT_READY and observed.ledger is None
    return waiting_for_project(observed) if missing or unready else ()


def _not_given(_: Desired, observed: Observed) -> Verdicts:
    refused = _refused(observed, shared=False)
    if refused is None:
        return ()
    return blocked(
        Reason.NOT_ALLOWED_NAMESPACE,
        f"The connection's tenant rule does not give project {refused.name} to this namespace.",
    )


def _refused(observed: Observed, *, shared: bool) -> NamedProject | None:
    """The first project of this namespace, or of another one, that may not be used at all."""
    named = (project for project in observed.projects if project.shared is shared)
    return next((project for project in named if project.allowed is None), None)


def _beyond_access(desired: Desired, observed: Observed) -> Verdicts:
    place = observed.rights.exceeded_at(desired.grants)
    if place is None:
        return ()
    if place in {ALL_PROJECTS, SYSTEM}:
        field = "spec.system" if place == SYSTEM else "allProjects"
        message = f"{field} needs a tenant rule with maxAccess System."
    else:
        message = (
            f"Less access to project {place} is allowed than spec.access asks for, by the tenant"
            " rule or by the project's sharedWith: choose a smaller preset or fewer permissions."
        )
    return blocked(Reason.ACCESS_NOT_ALLOWED, message)


def _beyond_lifetime(desired: Desired, observed: Observed) -> Verdicts:
    rule = observed.rule
    if rule is None or rule.allows_lifetime(desired.lifetime_days):
        return ()
    limit = "Never is not allowed" if desired.lifetime_days == NEVER_EXPIRES else "it is longer"
    return blocked(
        Reason.ACCESS_NOT_ALLOWED,
        f"spec.lifetimeDays exceeds the connection's tenant rule ({limit}): at most"
        f" {rule.max_lifetime_days} days.",
    )


def _name_of_others(desired: Desired, observed: Observed) -> Verdicts:
    """Names in another namespace's project begin with this namespace, so that none is taken."""
    start = f"{observed.own.namespace}-"
    stated = desired.stated_base
    if stated is None or stated.startswith(start) or not _shares(observed):
        return ()
    return blocked(
        Reason.INVALID_SPEC,
        f"spec.robotName must begin with {start} in a project of another namespace: create"
        " another HarborRobot, or one without robotName.",
    )


def _shares(observed: Observed) -> bool:
    return any(project.shared for project in observed.projects)


def _unknown_words(desired: Desired, observed: Observed) -> Verdicts:
    problem = observed.catalogue.problem(desired.grants)
    return blocked(Reason.INVALID_SPEC, problem) if problem else ()


def _not_owned(desired: Desired, observed: Observed) -> Verdicts:
    foreign = next(_foreign_secrets(desired, observed), None)
    if foreign is None:
        return ()
    return blocked(
        Reason.SECRET_NOT_OWNED,
        f"Secret {foreign} exists and is not this object's: rename it, delete it, or choose another"
        " spec.secretName in a new HarborRobot.",
    )


def _foreign_secrets(desired: Desired, observed: Observed) -> Iterator[str]:
    if observed.target.state is TargetState.FOREIGN:
        yield desired.secret_name
    if observed.ledger_foreign:
        yield desired.secret_name + LEDGER_SUFFIX


_CHECKS: Final[tuple[Callable[[Desired, Observed], Verdicts], ...]] = (
    _without_a_rule,
    _not_shared,
    _without_a_project,
    _not_given,
    _beyond_access,
    _beyond_lifetime,
    _name_of_others,
    _unknown_words,
    _not_owned,
)
"""In order: what is not permitted at all before what is too much, and that before mistakes."""
