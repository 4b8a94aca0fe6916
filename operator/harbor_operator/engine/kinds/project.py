"""HarborProject: one project and its owner label."""

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from harbor_operator.api.base import ANNOTATION_CONFIRM_DELETE_CONTENTS, ANNOTATION_CREATING
from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import DeletionPolicy, ProjectSpec, ProjectStatus
from harbor_operator.api.values import MAX_TOKEN_LENGTH, format_time
from harbor_operator.core.connection import Identity
from harbor_operator.core.ownership import OWNER_LABEL, Claim, Mark, claim_of
from harbor_operator.core.plan import Plan
from harbor_operator.core.project.actions import (
    Action,
    BeginCreation,
    ClaimProject,
    CreateProject,
    DeleteProject,
    DeleteRepository,
    DropMark,
    Hold,
    RewriteMark,
    UpdateMetadata,
    UpdateQuota,
)
from harbor_operator.core.project.facts import (
    HarborProject,
    Observed,
    OwnerLabel,
    Quota,
    Recorded,
)
from harbor_operator.core.project.plan import CLAIM_PERIOD, plan
from harbor_operator.core.specs import desired_project
from harbor_operator.engine.context import Ports
from harbor_operator.engine.events import EventReason
from harbor_operator.engine.faults import Outdated, Waiting
from harbor_operator.engine.kinds.tenancy import tenant_rule
from harbor_operator.engine.objects import LiveObject
from harbor_operator.harbor.errors import Conflict, NotFound, PreconditionFailed
from harbor_operator.harbor.models import Label, Project

LABEL_COLOR = "#48960C"
"""Harbor shows labels in colour; any would do."""


class ProjectCase:
    """One reconcile of a project."""

    def __init__(self, live: LiveObject[ProjectSpec, ProjectStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._connection = ports.connections.require(
            live.parsed.spec.connection_ref.name, deleting=live.parsed.deleting
        )
        self._harbor = self._connection.client
        self._name = live.parsed.spec.name_in_harbor(live.name)
        self._own = Mark(ports.cluster_id, live.namespace, live.name, live.uid)
        self._created: int | None = None
        """The project that this reconcile has created."""
        self._claimed: OwnerLabel | None = None
        """The label that this reconcile has written: its answer is the claim."""
        self._taken = False
        """Whether a creation was told that the name is taken."""
        self._drift_report: dict[str, str] = {}

    async def observe(self) -> Observed:
        """Read the tenant rule, the project, its owner label, and what the spec manages of it."""
        rule = await tenant_rule(self._ports, self._connection, self._live.namespace)
        project = await self._find()
        label = await self._label(project.id) if project else None
        return Observed(
            own=self._own,
            held=self._live.held,
            rule=rule,
            recorded=self._recorded(),
            deletion=self._live.parsed.spec.deletion_policy,
            project=self._seen(project) if project else None,
            label=label,
            quota=await self._quota(project.id) if project else None,
            repositories=await self._repositories(project) if project else (),
        )

    def decide(self, observed: Observed) -> Plan[Action]:
        """The core's plan."""
        parsed = self._live.parsed
        desired = None if parsed.deleting else desired_project(parsed)
        decided = plan(desired, observed, self._harbor.clock.now())
        if decided.report.get("projectID") is None:
            return decided
        url = f"{self._connection.url}/harbor/projects/{decided.report['projectID']}"
        return replace(decided, report={**decided.report, "url": url, **self._drift_report})

    def seconds_until(self, plan: Plan[Action]) -> float | None:
        """Seconds until the recheck, by Harbor's clock."""
        if plan.recheck_at is None:
            return None
        return (plan.recheck_at - self._harbor.clock.now()).total_seconds()

    async def act(self, action: Action) -> None:
        """Carry out one action."""
        match action:
            case Hold():
                await self._live.hold()
            case BeginCreation(at):
                await self._live.hold({ANNOTATION_CREATING: format_time(at)})
            case CreateProject():
                await self._create(action)
            case ClaimProject(mark, project_id):
                await self._claim(mark, project_id)
            case RewriteMark(project_id, label, text):
                seen = await self._reread(project_id, label)
                await self._harbor.labels.update(seen, description=text)
            case DropMark(project_id, label):
                await self._reread(project_id, label)
                await self._harbor.labels.delete(label.id)
            case UpdateMetadata() | UpdateQuota():
                await self._repair(action)
            case DeleteRepository(project_id, name):
                await self._require_mark(project_id)
                await _gone(self._harbor.repositories.delete(self._name, name))
            case DeleteProject(project_id):
                await self._delete(project_id)

    async def _find(self) -> Project | None:
        if self._taken:
            return await self._harbor.projects.get(self._name)
        return await self._connection.finder.find(self._name)

    async def _label(self, project_id: int) -> OwnerLabel | None:
        if self._claimed is not None and project_id == self._created:
            return self._claimed
        label = await self._harbor.labels.get(project_id, OWNER_LABEL)
        return OwnerLabel(label.id, label.description) if label else None

    async def _quota(self, project_id: int) -> Quota | None:
        if self._live.parsed.spec.storage_quota is None:
            return None
        quota = await self._harbor.quotas.get(project_id)
        return Quota(quota.id, quota.hard.storage, quota.used.storage) if quota else None

    async def _repositories(self, project: Project) -> tuple[str, ...]:
        parsed = self._live.parsed
        with_contents = parsed.spec.deletion_policy is DeletionPolicy.DELETE_WITH_CONTENTS
        if not parsed.deleting or not with_contents or not project.repo_count:
            return ()
        listed = await self._harbor.repositories.list(self._name)
        return tuple(repository.relative_name for repository in listed)

    def _seen(self, project: Project) -> HarborProject:
        identity = self._connection.identity
        # A robot's project is owned by Harbor's first administrator, so its maker cannot be told.
        ours = identity is Identity.ROBOT or project.owner_name == self._connection.identity_name
        return HarborProject(
            id=project.id,
            created_at=project.creation_time or self._harbor.clock.now(),
            made_by_us=ours,
            repository_count=project.repo_count,
            metadata=project.metadata,
        )

    def _recorded(self) -> Recorded:
        parsed = self._live.parsed
        token = (parsed.annotation(ANNOTATION_CREATING) or "")[:MAX_TOKEN_LENGTH] or None
        closed = token is None or token == parsed.status.last_handled_intent
        confirmed = parsed.annotation(ANNOTATION_CONFIRM_DELETE_CONTENTS)
        return Recorded(
            project_id=parsed.status.project_id,
            intent=None if closed else self._intent(token),
            intent_token=token,
            deletion_confirmed=confirmed == self._name,
        )

    def _intent(self, token: str | None) -> datetime | None:
        """When the creation was begun.

        The annotation can be written by whoever may edit the object, so an intent from before
        the object was made counts from then; the allowance is for clocks that differ.
        """
        try:
            stated = datetime.fromisoformat(token or "").astimezone(UTC)
        except ValueError:
            return None
        made = self._live.parsed.metadata.creation_timestamp
        return stated if made is None else max(stated, made - CLAIM_PERIOD)

    async def _create(self, action: CreateProject) -> None:
        try:
            self._created = await self._harbor.projects.create(
                action.name, metadata=action.metadata, storage_limit=action.storage_bytes
            )
        except Conflict:
            self._taken = True
            raise Outdated from None

    async def _claim(self, mark: Mark, project_id: int | None) -> None:
        target = self._created if project_id is None else project_id
        if target is None:
            raise Outdated
        try:
            label_id = await self._harbor.labels.create(
                target, OWNER_LABEL, description=mark.text(), color=LABEL_COLOR
            )
        except Conflict:
            raise Outdated from None
        self._created, self._claimed = target, OwnerLabel(label_id, mark.text())
        if mark.adopted:
            self._announce(EventReason.ADOPTED, f"Project {self._name} was taken over.")

    async def _reread(self, project_id: int, label: OwnerLabel) -> Label:
        """Make sure that a label still says what the plan was made from."""
        seen = await self._harbor.labels.get(project_id, OWNER_LABEL)
        if seen is None or (seen.id, seen.description) != (label.id, label.mark):
            raise Outdated
        return seen

    async def _require_mark(self, project_id: int) -> None:
        seen = await self._harbor.labels.get(project_id, OWNER_LABEL)
        if seen is None or claim_of(seen.description, self._own) is not Claim.OURS:
            raise Outdated

    async def _repair(self, action: UpdateMetadata | UpdateQuota) -> None:
        match action:
            case UpdateMetadata(project_id, metadata):
                await self._harbor.projects.update(project_id, metadata=metadata)
                blocks = ", ".join(sorted(metadata))
            case UpdateQuota(quota_id, storage_bytes):
                await self._harbor.quotas.update(quota_id, storage_bytes)
                blocks = "storageQuota"
        metadata_ = self._live.parsed.metadata
        if self._live.parsed.status.observed_generation != metadata_.generation:
            return
        self._drift_report = {"lastDriftTime": format_time(self._ports.now())}
        self._announce(
            EventReason.DRIFT_CORRECTED,
            f"Put right in project {self._name}, where somebody had changed it: {blocks}.",
        )

    async def _delete(self, project_id: int) -> None:
        await self._require_mark(project_id)
        try:
            await _gone(self._harbor.projects.delete(project_id))
        except PreconditionFailed:
            raise Waiting(
                Reason.PROJECT_NOT_EMPTY, "The project got new repositories meanwhile."
            ) from None

    def _announce(self, reason: EventReason, note: str) -> None:
        self._ports.recorder.record(self._live.id, self._live.uid, reason, note)


async def _gone(deletion: Awaitable[None]) -> None:
    """Delete; what is gone already is as good."""
    with suppress(NotFound):
        await deletion
