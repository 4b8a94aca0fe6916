"""What to do about one HarborProject."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import AdoptionPolicy, ManagementPolicy
from harbor_operator.api.values import format_time
from harbor_operator.core.ownership import Claim, Mark, is_adopted
from harbor_operator.core.plan import Plan, Verdict, blocked, ready, waiting
from harbor_operator.core.project import drift
from harbor_operator.core.project.actions import (
    Action,
    BeginCreation,
    ChangeSetting,
    ClaimProject,
    CreateProject,
    DropMark,
    Hold,
    NoteRepair,
    RewriteMark,
)
from harbor_operator.core.project.blocks.members import MEMBERS
from harbor_operator.core.project.facts import (
    CLAIM_PERIOD,
    Desired,
    HarborProject,
    Observed,
)
from harbor_operator.core.project.preview import preview, shown_defaults
from harbor_operator.core.project.removal import plan_removal
from harbor_operator.core.project.settings import birth_of, compare, refusal_of, reports
from harbor_operator.core.steps import Step, Trouble
from harbor_operator.core.tenancy import TenantRule

PUBLIC = "public"

MAX_TROUBLES = 5
"""So many troubles fit into a message that is still read."""

Verdicts = tuple[Verdict, ...]


def plan(desired: Desired | None, observed: Observed, now: datetime) -> Plan[Action]:
    """Decide the next effects for a project, or its verdicts when it is at rest.

    Args:
        desired: The spec; None while the object is being deleted.
        observed: One look at Kubernetes and Harbor.
        now: Harbor's clock at that look.
    """
    if desired is None:
        return plan_removal(observed)
    refusal = _refusal(desired, observed.rule, observed.own.namespace)
    if refusal:
        return Plan(verdicts=refusal)
    if observed.management is ManagementPolicy.OBSERVE:
        return preview(desired, observed)
    if observed.project is None:
        return _creation(desired, observed, now)
    return _existing(desired, observed, observed.project, now)


def _existing(
    desired: Desired, observed: Observed, project: HarborProject, now: datetime
) -> Plan[Action]:
    match observed.claim:
        case Claim.OURS:
            return _upkeep(desired, observed, project, now)
        case Claim.OURS_OLDER if observed.label is not None:
            renewed = RewriteMark(project.id, observed.label, _renewed(observed))
            return _held(observed, renewed)
        case Claim.FOREIGN:
            return _conflict(desired, "It carries the mark of somebody else")
        case _:
            return _unclaimed(desired, observed, project, now)


def _refusal(desired: Desired, rule: TenantRule | None, namespace: str) -> Verdicts:
    if rule is None or not rule.allows_project(desired.name, namespace):
        return blocked(
            Reason.NOT_ALLOWED_NAMESPACE,
            f"No tenant rule of the connection gives project {desired.name} to this namespace:"
            " choose a name that one gives, or ask whoever keeps the ClusterHarborConnection.",
        )
    refusal = refusal_of(desired, rule)
    return blocked(Reason.ACCESS_NOT_ALLOWED, refusal) if refusal else ()


def _creation(desired: Desired, observed: Observed, now: datetime) -> Plan[Action]:
    birth = birth_of(desired)
    ceiling = observed.rule.max_storage_bytes if observed.rule else None
    create = CreateProject(
        desired.name,
        metadata={PUBLIC: "false", **birth.metadata},
        storage_bytes=ceiling if birth.storage_bytes is None else birth.storage_bytes,
        registry=birth.registry,
    )
    creation = (create, ClaimProject(observed.own))
    begun = observed.held and observed.recorded.intent is not None
    return Plan(actions=creation if begun else (BeginCreation(now), *creation))


def _unclaimed(
    desired: Desired, observed: Observed, project: HarborProject, now: datetime
) -> Plan[Action]:
    unmarked = observed.claim is Claim.FREE
    if unmarked and observed.is_our_creation(project):
        return _held(observed, ClaimProject(observed.own, project.id))
    lost_mark = _lost_mark(observed, project) if unmarked else None
    if lost_mark is not None:
        return _held(observed, ClaimProject(lost_mark, project.id))
    if desired.adoption is not AdoptionPolicy.IF_UNCLAIMED:
        return _conflict(desired, "It exists already and adoptionPolicy is Never")
    if not _may_adopt(observed):
        return _conflict(desired, "It exists already and the tenant rule allows no adoption")
    if unmarked and now - project.created_at < CLAIM_PERIOD:
        message = "The existing project is younger than ten minutes; it is adopted after that."
        return Plan(
            verdicts=waiting(Reason.PROGRESSING, message),
            recheck_at=project.created_at + CLAIM_PERIOD,
        )
    claim = ClaimProject(observed.own.as_adopter(), project.id)
    dropped = (DropMark(project.id, observed.label),) if observed.label else ()
    return _held(observed, *dropped, claim)


def _lost_mark(observed: Observed, project: HarborProject) -> Mark | None:
    """The mark to put back where somebody removed this object's; None: that cannot be believed.

    The status alone proves nothing. Harbor has to say that the operator's own login made the
    project, and since the object is there; or the rule has to allow adoption anyway.
    """
    if observed.recorded.project_id != project.id:
        return None
    if observed.may_have_made(project):
        return observed.own if observed.recorded.made else observed.own.as_adopter()
    return observed.own.as_adopter() if _may_adopt(observed) else None


def _may_adopt(observed: Observed) -> bool:
    return observed.rule is not None and observed.rule.may_adopt


def _held(observed: Observed, *actions: Action) -> Plan[Action]:
    """The actions, with the finalizer before the first of them."""
    return Plan(actions=actions if observed.held else (Hold(), *actions))


def _renewed(observed: Observed) -> str:
    before = observed.label.mark if observed.label else ""
    return replace(observed.own, adopted=is_adopted(before)).text()


def _conflict(desired: Desired, why: str) -> Plan[Action]:
    message = f"Project {desired.name} is not this object's. {why}. Nothing was changed in Harbor."
    return Plan(verdicts=blocked(Reason.NAME_CONFLICT, message))


def _upkeep(
    desired: Desired, observed: Observed, project: HarborProject, now: datetime
) -> Plan[Action]:
    comparison = compare(desired, observed)
    report = _report(desired, observed, project, now)
    if comparison.steps and observed.recorded.in_sync and not observed.attempts.written:
        return _repair(observed, project, comparison.steps, now, report)
    if comparison.steps or not observed.held:
        return _held(observed, *_changes(project, comparison.steps))
    fight = _fight(observed, now)
    if comparison.troubles:
        return Plan(verdicts=(*_in_trouble(comparison.troubles), *fight), report=report)
    over = drift.end_of_fight(observed.recorded.repairs, now)
    return Plan(verdicts=(*_in_sync(desired), *fight), report=report, recheck_at=over)


def _changes(project: HarborProject, steps: Iterable[Step]) -> tuple[Action, ...]:
    return tuple(ChangeSetting(project.id, step) for step in steps)


def _repair(
    observed: Observed,
    project: HarborProject,
    steps: tuple[Step, ...],
    now: datetime,
    report: dict[str, Any],
) -> Plan[Action]:
    """Put drift right; in a fight, only from time to time."""
    blocks = tuple(dict.fromkeys(block for step in steps for block in step.blocks))
    due = drift.next_repair(observed.recorded.repairs, now)
    if due is None:
        repairs = drift.with_repair(observed.recorded.repairs, now)
        return _held(observed, NoteRepair(repairs, blocks), *_changes(project, steps))
    message = (
        f"Somebody else keeps changing {', '.join(blocks)} in Harbor; the next repair is made at"
        f" {format_time(due)}."
    )
    synced = Verdict(ConditionType.SYNCED, ConditionStatus.FALSE, Reason.REPEATED_DRIFT, message)
    verdicts = (*ready(Reason.REPEATED_DRIFT, message), synced, *_fight(observed, now))
    return Plan(verdicts=verdicts, report=report, recheck_at=due)


def _fight(observed: Observed, now: datetime) -> Verdicts:
    if not drift.is_fight(observed.recorded.repairs, now):
        return ()
    message = (
        f"Harbor was put right {drift.FIGHT} times within an hour: somebody else writes other"
        " settings. Find out who, by Harbor's audit log, or set managementPolicy to Observe."
    )
    reason = Reason.REPEATED_DRIFT
    return (Verdict(ConditionType.DRIFT_FIGHT, ConditionStatus.TRUE, reason, message),)


def _in_sync(desired: Desired) -> Verdicts:
    message = f"Project {desired.name} is as the spec says."
    synced = Verdict(ConditionType.SYNCED, ConditionStatus.TRUE, Reason.SUCCEEDED, message)
    return (*ready(Reason.SUCCEEDED, message), synced)


def _in_trouble(troubles: tuple[Trouble, ...]) -> Verdicts:
    """What to say while parts of the spec cannot be brought in line; all others are."""
    first, more = troubles[0], len(troubles) - MAX_TROUBLES
    message = " ".join(trouble.message for trouble in troubles[:MAX_TROUBLES])
    message += f" And {more} more." if more > 0 else ""
    passing = all(trouble.passing for trouble in troubles)
    verdicts = (waiting if passing else blocked)(first.reason, message)
    synced = Verdict(ConditionType.SYNCED, ConditionStatus.FALSE, first.reason, message)
    return (*verdicts, synced)


def _report(
    desired: Desired, observed: Observed, project: HarborProject, now: datetime
) -> dict[str, Any]:
    repairs = drift.recent(observed.recorded.repairs, now)
    return {
        "projectID": project.id,
        "projectName": desired.name,
        "lastHandledIntent": observed.recorded.intent_token,
        "repositoryCount": project.repository_count,
        "quota": None,
        **_forgotten_members(observed),
        "ownership": {
            "state": observed.ownership.value,
            "mark": observed.label.mark if observed.label else None,
        },
        "resolvedDefaults": shown_defaults(desired),
        "repairs": [format_time(at) for at in repairs] or None,
        "plan": None,
        **reports(desired, observed),
    }


def _forgotten_members(observed: Observed) -> dict[str, Any]:
    """Takes back whom earlier specs named; not while Harbor does not show who they are."""
    hidden = isinstance(observed.settings.get(MEMBERS.name), Trouble)
    return {} if hidden else {"managedMembers": None}
