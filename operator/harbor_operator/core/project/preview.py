"""Observe: what would be done, for people to read; nothing is."""

from collections.abc import Iterable
from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.ownership import Claim, Mark, parse_mark
from harbor_operator.core.plan import Plan, Verdict, blocked, ready, waiting
from harbor_operator.core.project.actions import Action
from harbor_operator.core.project.facts import Desired, HarborProject, Observed, OwnerLabel
from harbor_operator.core.project.settings import compare, steps_from_nothing
from harbor_operator.core.steps import Change, Step, Verb

MAX_PLANNED = 100
"""Entries of a plan in the status; the message says how many there are in all."""

MAX_WORDS = 1024
"""Characters of a value in a plan."""


def preview(desired: Desired, observed: Observed) -> Plan[Action]:
    """The verdicts and the report of an object that only observes."""
    project = observed.project
    if project is None:
        steps = steps_to(desired, observed)
        message = f"Project {desired.name} does not exist, and managementPolicy is Observe."
        return _plan(waiting(Reason.PROJECT_NOT_FOUND, message), steps, {})
    if owning_neighbour(observed.label, observed.own) and not observed.shared:
        message = f"Project {desired.name} belongs to another namespace and is not shared."
        return Plan(verdicts=blocked(Reason.NAME_CONFLICT, message), report={"plan": None})
    troubles = compare(desired, observed).troubles
    message = " ".join(
        (
            f"Project {desired.name} is observed; nothing is written to it.",
            *(trouble.message for trouble in troubles),
        )
    )
    verdicts = ready(Reason.OBSERVED, message)
    return _plan(verdicts, steps_to(desired, observed), _report(desired, observed, project))


def steps_to(desired: Desired, observed: Observed) -> tuple[Step, ...]:
    """All that lies between a project and what is wanted of it, its creation and mark included.

    Whether any of it may be done is another question.
    """
    if observed.project is None:
        return (_creation(desired), *steps_from_nothing(desired))
    return (*_claim(desired, observed), *compare(desired, observed).steps)


def described(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """A plan as the status shows it: an entry for each block and target."""
    entries: dict[tuple[str, str, str], dict[str, Any]] = {}
    for step in steps:
        for change in step.changes:
            key = (change.block, step.verb.value, step.target)
            entry = entries.setdefault(key, _entry(change, step))
            entry["fields"].append(_field(change))
    return list(entries.values())


def _entry(change: Change, step: Step) -> dict[str, Any]:
    target = {"target": step.target[:MAX_WORDS]} if step.target else {}
    return {"block": change.block, "action": step.verb.value, **target, "fields": []}


def _field(change: Change) -> dict[str, str]:
    sides = {"from": change.before, "to": change.after}
    stated = {side: value[:MAX_WORDS] for side, value in sides.items() if value is not None}
    return {"field": change.field or change.block, **stated}


def _plan(
    verdicts: tuple[Verdict, ...], steps: tuple[Step, ...], report: dict[str, Any]
) -> Plan[Action]:
    planned = described(steps)
    pending = bool(planned)
    listed = planned[:MAX_PLANNED]
    which = "them" if len(listed) == len(planned) else f"the first {len(listed)}"
    message = (
        f"With managementPolicy Full, {len(planned)} changes would be made; status.plan lists"
        f" {which}."
        if pending
        else "The project is as the spec says."
    )
    synced = Verdict(
        ConditionType.SYNCED,
        ConditionStatus.FALSE if pending else ConditionStatus.TRUE,
        Reason.CHANGES_PLANNED if pending else Reason.SUCCEEDED,
        message,
    )
    return Plan(verdicts=(*verdicts, synced), report={**report, "plan": listed or None})


def owning_neighbour(label: OwnerLabel | None, own: Mark) -> Mark | None:
    """The mark of the object in another namespace of this cluster that owns the project."""
    mark = parse_mark(label.mark) if label else None
    if mark is None or mark.cluster != own.cluster or mark.namespace == own.namespace:
        return None
    return mark


def _creation(desired: Desired) -> Step:
    change = Change("project", "projectName", None, desired.name)
    return Step("project", Verb.CREATE, desired.name, (change,), write=None)


def _claim(desired: Desired, observed: Observed) -> tuple[Step, ...]:
    """The mark that a take-over would put on the project; another cluster's stays."""
    if observed.claim not in {Claim.FREE, Claim.RELEASED}:
        return ()
    before = "released by its owner" if observed.label else None
    change = Change("ownership", "mark", before, observed.own.as_adopter().text())
    return (Step("ownership", Verb.UPDATE, desired.name, (change,), write=None),)


def _report(desired: Desired, observed: Observed, project: HarborProject) -> dict[str, Any]:
    return {
        "projectID": project.id,
        "projectName": desired.name,
        "repositoryCount": project.repository_count,
        "ownership": {"state": observed.ownership.value},
        "resolvedDefaults": shown_defaults(desired),
    }


def shown_defaults(desired: Desired) -> list[dict[str, str]] | None:
    """The defaults as the status shows them."""
    return [{"field": field, "value": value} for field, value in desired.defaults] or None
