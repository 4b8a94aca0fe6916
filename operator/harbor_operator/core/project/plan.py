"""What to do about one HarborProject."""

from datetime import datetime, timedelta
from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import AdoptionPolicy
from harbor_operator.core.ownership import Claim, Mark, parse_mark
from harbor_operator.core.plan import Plan, Verdict, blocked, ready, waiting
from harbor_operator.core.project.actions import (
    Action,
    BeginCreation,
    ClaimProject,
    CreateProject,
    DropMark,
    Hold,
    RewriteMark,
    UpdateMetadata,
    UpdateQuota,
)
from harbor_operator.core.project.facts import Desired, HarborProject, Observed
from harbor_operator.core.project.removal import plan_removal
from harbor_operator.core.tenancy import TenantRule

CLAIM_PERIOD = timedelta(minutes=10)
"""An unmarked project younger than this is not adoptable: its maker may be about to mark it."""

PUBLIC = "public"
UNLIMITED = -1

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
    if observed.project is None:
        return _creation(desired, observed, now)
    return _existing(desired, observed, observed.project, now)


def _existing(
    desired: Desired, observed: Observed, project: HarborProject, now: datetime
) -> Plan[Action]:
    match observed.claim:
        case Claim.OURS:
            return _upkeep(desired, observed, project)
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
    if desired.metadata.get(PUBLIC) == "true" and not rule.allow_public:
        return blocked(
            Reason.ACCESS_NOT_ALLOWED,
            "The connection's tenant rule allows no public projects: set visibility to Private.",
        )
    ceiling, wanted = rule.max_storage_bytes, desired.storage_bytes
    if ceiling is not None and wanted is not None and (wanted == UNLIMITED or wanted > ceiling):
        return blocked(
            Reason.ACCESS_NOT_ALLOWED,
            f"storageQuota is above the {ceiling} bytes that the connection's tenant rule allows.",
        )
    return ()


def _creation(desired: Desired, observed: Observed, now: datetime) -> Plan[Action]:
    metadata = {PUBLIC: "false", **desired.metadata}
    ceiling = observed.rule.max_storage_bytes if observed.rule else None
    storage = ceiling if desired.storage_bytes is None else desired.storage_bytes
    creation = (CreateProject(desired.name, metadata, storage), ClaimProject(observed.own))
    begun = observed.held and observed.recorded.intent is not None
    return Plan(actions=creation if begun else (BeginCreation(now), *creation))


def _unclaimed(
    desired: Desired, observed: Observed, project: HarborProject, now: datetime
) -> Plan[Action]:
    unmarked = observed.claim is Claim.FREE
    if unmarked and (observed.is_our_creation(project) or _lost_its_mark(observed, project)):
        return _held(observed, ClaimProject(observed.own, project.id))
    if desired.adoption is not AdoptionPolicy.IF_UNCLAIMED:
        return _conflict(desired, "It exists already and adoptionPolicy is Never")
    if observed.rule is None or not observed.rule.may_adopt:
        return _conflict(desired, "It exists already and the tenant rule allows no adoption")
    if unmarked and now - project.created_at < CLAIM_PERIOD:
        message = "The existing project is younger than ten minutes; it is adopted after that."
        return Plan(
            verdicts=waiting(Reason.PROGRESSING, message),
            recheck_at=project.created_at + CLAIM_PERIOD,
        )
    adopted = Mark(
        observed.own.cluster,
        observed.own.namespace,
        observed.own.name,
        observed.own.uid,
        adopted=True,
    )
    claim = ClaimProject(adopted, project.id)
    dropped = (DropMark(project.id, observed.label),) if observed.label else ()
    return _held(observed, *dropped, claim)


def _lost_its_mark(observed: Observed, project: HarborProject) -> bool:
    return observed.recorded.project_id == project.id


def _held(observed: Observed, *actions: Action) -> Plan[Action]:
    """The actions, with the finalizer before the first of them."""
    return Plan(actions=actions if observed.held else (Hold(), *actions))


def _renewed(observed: Observed) -> str:
    before = parse_mark(observed.label.mark) if observed.label else None
    return Mark(
        observed.own.cluster,
        observed.own.namespace,
        observed.own.name,
        observed.own.uid,
        adopted=before is not None and before.adopted,
    ).text()


def _conflict(desired: Desired, why: str) -> Plan[Action]:
    message = f"Project {desired.name} is not this object's. {why}. Nothing was changed in Harbor."
    return Plan(verdicts=blocked(Reason.NAME_CONFLICT, message))


def _upkeep(desired: Desired, observed: Observed, project: HarborProject) -> Plan[Action]:
    actions: list[Action] = []
    changed = desired.missing_in(project.metadata)
    if changed:
        actions.append(UpdateMetadata(project.id, changed))
    quota, wanted = observed.quota, desired.storage_bytes
    if quota is not None and wanted is not None and quota.hard != wanted:
        actions.append(UpdateQuota(quota.id, wanted))
    if actions or not observed.held:
        return _held(observed, *actions)
    return Plan(verdicts=_in_sync(desired), report=_report(desired, observed, project))


def _in_sync(desired: Desired) -> Verdicts:
    message = f"Project {desired.name} is as the spec says."
    synced = Verdict(ConditionType.SYNCED, ConditionStatus.TRUE, Reason.SUCCEEDED, message)
    return (*ready(Reason.SUCCEEDED, message), synced)


def _report(desired: Desired, observed: Observed, project: HarborProject) -> dict[str, Any]:
    mark = parse_mark(observed.label.mark) if observed.label else None
    quota = observed.quota
    return {
        "projectID": project.id,
        "projectName": desired.name,
        "lastHandledIntent": observed.recorded.intent_token,
        "repositoryCount": project.repository_count,
        "quota": {"hard": quota.hard, "used": quota.used} if quota else None,
        "ownership": {
            "state": "Adopted" if mark and mark.adopted else "Owned",
            "mark": observed.own.text(),
        },
    }
