"""Plans one HarborProject: what the operator would do, by the operator's own decisions."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from harbor_operator.api.conditions import ConditionStatus, Reason
from harbor_operator.api.project import AdoptionPolicy, ManagementPolicy, ProjectSpec
from harbor_operator.bridge.project_blocks.adapter import Headers, Scene
from harbor_operator.bridge.project_blocks.settings import SettingsInUse
from harbor_operator.cli.harbor_side import HarborSide
from harbor_operator.cli.planning.ownership import Owner, own_mark
from harbor_operator.cli.planning.report import (
    Entry,
    Field,
    Obstacle,
    Outcome,
    entries_of,
)
from harbor_operator.cli.planning.surroundings import ProjectObject, Surroundings
from harbor_operator.core.connection.facts import Identity
from harbor_operator.core.ownership import OWNER_LABEL, Claim
from harbor_operator.core.plan import READY, Plan
from harbor_operator.core.project.actions import Action, RewriteMark
from harbor_operator.core.project.blocks.proxy_cache import PROXY_CACHE, UpstreamSeen
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.project.blocks.webhooks import WEBHOOKS, WebhooksSeen
from harbor_operator.core.project.defaults import filled
from harbor_operator.core.project.facts import Desired, HarborProject, Observed, OwnerLabel
from harbor_operator.core.project.memory import recorded_in
from harbor_operator.core.project.plan import plan
from harbor_operator.core.project.preview import owning_neighbour, steps_to
from harbor_operator.core.project.settings import compare
from harbor_operator.core.secret import Secret
from harbor_operator.core.specs import desired_project, share_rules
from harbor_operator.core.steps import Comparison, Trouble
from harbor_operator.core.tenancy import TenantRule
from harbor_operator.harbor.errors import PermissionDenied
from harbor_operator.harbor.models import Project

_PASSING: Final = frozenset({Reason.PROGRESSING, Reason.PROJECT_NOT_FOUND})
"""Reasons of not being Ready that say nothing against the changes."""

_OWNERSHIP: Final = "ownership"
_OWN_STEPS: Final = frozenset({"project", _OWNERSHIP})
"""Steps that are no block's: the creation and the mark."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is told of one object."""

    outcome: Outcome
    entries: tuple[Entry, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    notes: tuple[str, ...] = ()


def judge(desired: Desired, observed: Observed, now: datetime) -> Judgement:
    """Say what the operator would do about a project.

    Args:
        desired: The spec, with the tenant rule's defaults.
        observed: One look. Its settings are those of the project, or of one that is about to be
            made; they may be absent where the project is and stays somebody else's.
        now: Harbor's clock at that look.
    """
    decided = plan(desired, observed, now)
    verdict = next((verdict for verdict in decided.verdicts if verdict.type is READY), None)
    refused = verdict if verdict and verdict.status is ConditionStatus.FALSE else None
    ours = observed.claim is Claim.OURS
    comparison = compare(desired, observed) if _is_read(desired, observed) else Comparison()
    troubles = tuple(Obstacle(t.reason, t.message) for t in comparison.troubles)
    if refused and refused.reason not in _PASSING and not (ours and troubles):
        return Judgement(Outcome.REFUSED, obstacles=(Obstacle(refused.reason, refused.message),))
    before = tuple(step for step in steps_to(desired, observed) if step.source in _OWN_STEPS)
    entries = (*entries_of((*before, *comparison.steps)), *_renewal(decided))
    notes = (refused.message,) if refused and refused.reason in _PASSING else ()
    if observed.management is ManagementPolicy.OBSERVE:
        # What would be put on it, were it taken over, is no difference between it and its spec.
        entries = tuple(entry for entry in entries if entry.block != _OWNERSHIP)
        return Judgement(Outcome.OBSERVED, entries, notes=(*notes, *(t.message for t in troubles)))
    if observed.project is None:
        return Judgement(Outcome.CREATE, entries, troubles, notes)
    outcome = Outcome.CHANGE if entries else Outcome.REFUSED if troubles else Outcome.NONE
    return Judgement(outcome, entries, troubles, notes)


def _is_read(desired: Desired, observed: Observed) -> bool:
    return desired.settings.keys() <= observed.settings.keys()


async def plan_project(
    project: ProjectObject, rule: TenantRule | None, around: Surroundings, harbor: HarborSide
) -> Judgement:
    """Read what the decision needs, and make it.

    Raises:
        PermissionDenied: The login may not read it.
        HarborError: Harbor failed.
    """
    desired = desired_project(project, rule)
    found = await harbor.project(desired.name)
    label = await _label(harbor, found) if found else None
    metadata = project.metadata
    owner = Owner(
        metadata.namespace, metadata.name, metadata.uid or None, await around.cluster_id()
    )
    observed = Observed(
        own=own_mark(owner, [label.mark] if label else []),
        held=True,
        rule=rule,
        # Drift is told at once here, however often it was put right before.
        recorded=replace(recorded_in(project, desired.name), in_sync=False, repairs=()),
        management=project.spec.management_policy,
        project=_seen(harbor, found) if found else None,
        label=label,
    )
    observed = replace(observed, shared=await _is_shared(project, observed, around))
    if rule is None or not _is_compared(desired, observed):
        return judge(desired, observed, harbor.now)
    seen, notes = await _settings(project, desired, rule, around, harbor)
    hidden = [name for name, value in seen.items() if isinstance(value, Trouble)]
    shown = {name: value for name, value in seen.items() if name not in hidden}
    wanted = {name: value for name, value in desired.settings.items() if name not in hidden}
    judged = judge(replace(desired, settings=wanted), replace(observed, settings=shown), harbor.now)
    if not hidden or judged.outcome is Outcome.REFUSED:
        return replace(judged, notes=(*judged.notes, *notes))
    unseen = (f"{name} was not compared: the login may not read it" for name in hidden)
    return replace(judged, outcome=Outcome.HIDDEN, notes=(*judged.notes, *notes, *unseen))


async def _settings(
    project: ProjectObject,
    desired: Desired,
    rule: TenantRule,
    around: Surroundings,
    harbor: HarborSide,
) -> tuple[Mapping[str, Any], list[str]]:
    """What Harbor has of each block that is managed, or will have right after the creation."""
    spec, _ = filled(project.spec, rule.project_defaults)
    headers = around.headers(project.metadata.namespace)
    found = await harbor.project(desired.name)
    if found is None:
        seen = await _newborn(desired, spec, rule, harbor, headers)
    else:
        scene = Scene(harbor.client, headers, spec, rule, harbor.login, found)
        seen = await SettingsInUse().observe(scene, desired.settings)
    notes = [
        f"webhooks: Secret {name} was not read, so its header was not compared"
        for name, _ in sorted(headers.unread)
    ]
    return with_unread_headers(spec, seen, headers.unread), notes


def _is_compared(desired: Desired, observed: Observed) -> bool:
    """Whether the settings matter: not where the project is and stays somebody else's."""
    observing = observed.management is ManagementPolicy.OBSERVE
    if observed.project is None or observing or observed.claim is Claim.OURS:
        return True
    adopting = desired.adoption is AdoptionPolicy.IF_UNCLAIMED
    return observed.claim is not Claim.FOREIGN and (
        adopting or observed.claim is Claim.OURS_OLDER or observed.recorded.project_id is not None
    )


async def _newborn(
    desired: Desired,
    spec: ProjectSpec,
    rule: TenantRule,
    harbor: HarborSide,
    headers: Headers,
) -> dict[str, Any]:
    """The settings of a project that is about to be made, and what they depend on."""
    seen = {b.name: b.blank(desired.settings[b.name]) for b in BLOCKS if b.name in desired.settings}
    if spec.webhooks is not None:
        refs = [webhook.auth_header_secret_ref for webhook in spec.webhooks]
        keys = sorted({(ref.name, ref.key) for ref in refs if ref is not None})
        secrets = {key: await headers.read(*key) for key in keys}
        seen[WEBHOOKS.name] = WebhooksSeen((), secrets, rule.webhook_hosts)
    if spec.proxy_cache is not None:
        with suppress(PermissionDenied):
            registry = await harbor.client.registries.find(spec.proxy_cache.registry)
            number = registry.id if registry else None
            seen[PROXY_CACHE.name] = UpstreamSeen(number, number)
    return seen


def with_unread_headers(
    spec: ProjectSpec, seen: Mapping[str, Any], unread: set[tuple[str, str]]
) -> Mapping[str, Any]:
    """Take headers that cannot be read here for those that Harbor has."""
    webhooks = seen.get(WEBHOOKS.name)
    if not unread or not isinstance(webhooks, WebhooksSeen):
        return seen
    in_harbor = {hook.hook.name: hook.hook.auth for hook in webhooks.hooks}
    assumed: dict[tuple[str, str], Secret | None] = dict(webhooks.secrets)
    for webhook in spec.webhooks or ():
        ref = webhook.auth_header_secret_ref
        if ref is not None and (ref.name, ref.key) in unread:
            present = in_harbor.get(webhook.name) or Secret("hidden")
            assumed[ref.name, ref.key] = assumed.get((ref.name, ref.key)) or present
    return {**seen, WEBHOOKS.name: replace(webhooks, secrets=assumed)}


async def _label(harbor: HarborSide, project: Project) -> OwnerLabel | None:
    row = await harbor.client.labels.get(project.id, OWNER_LABEL)
    return OwnerLabel(row.id, row.description) if row else None


def _seen(harbor: HarborSide, project: Project) -> HarborProject:
    return HarborProject(
        id=project.id,
        created_at=project.creation_time or harbor.now,
        made_by_us=harbor.identity is Identity.ROBOT or project.owner_name == harbor.login,
        repository_count=project.repo_count,
    )


async def _is_shared(project: ProjectObject, observed: Observed, around: Surroundings) -> bool:
    """Whether the object that owns the project shares it with this one's namespace."""
    if observed.management is not ManagementPolicy.OBSERVE:
        return False
    owner = owning_neighbour(observed.label, observed.own)
    theirs = await around.project((owner.namespace, owner.name)) if owner else None
    if theirs is None:
        return False
    asking = await around.namespace(project.metadata.namespace)
    return any(share.namespaces.permits(asking) for share in share_rules(theirs.spec))


def _renewal(decided: Plan[Action]) -> tuple[Entry, ...]:
    """The mark that an object writes anew which was made again under the same name."""
    return tuple(
        Entry("Update", _OWNERSHIP, "", (Field("mark", action.label.mark, action.text),))
        for action in decided.actions
        if isinstance(action, RewriteMark)
    )
