"""HarborProject: one project and its owner label."""

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from harbor_operator.api.base import ANNOTATION_CREATING
from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import (
    PROJECTS,
    DeletionPolicy,
    ManagementPolicy,
    ProjectSpec,
    ProjectStatus,
)
from harbor_operator.api.values import format_time
from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.bridge.project_blocks.settings import SettingsInUse
from harbor_operator.bridge.webhook_headers import WebhookHeaders
from harbor_operator.core.connection import Identity
from harbor_operator.core.ownership import Claim, Mark
from harbor_operator.core.plan import Plan
from harbor_operator.core.project.actions import (
    Action,
    BeginCreation,
    ChangeSetting,
    ClaimProject,
    CreateProject,
    DeleteProject,
    DeleteRepository,
    DropMark,
    Hold,
    NoteRepair,
    RewriteMark,
)
from harbor_operator.core.project.blocks.immutable_tags import IMMUTABLE_TAGS
from harbor_operator.core.project.blocks.proxy_cache import missing_registry
from harbor_operator.core.project.defaults import filled
from harbor_operator.core.project.facts import HarborProject, Observed, OwnerLabel, Recorded
from harbor_operator.core.project.memory import recorded_in
from harbor_operator.core.project.plan import plan
from harbor_operator.core.project.preview import owning_neighbour
from harbor_operator.core.project.settings import wanted_settings
from harbor_operator.core.specs import desired_project
from harbor_operator.core.steps import Step
from harbor_operator.core.tenancy import DEFAULT_RULE, TenantRule
from harbor_operator.engine.context import Ports
from harbor_operator.engine.events import EventReason
from harbor_operator.engine.faults import Outdated, Waiting
from harbor_operator.engine.kinds.project_mark import ProjectMark
from harbor_operator.engine.kinds.project_neighbours import count_robots_of, is_shared_with
from harbor_operator.engine.kinds.tenancy import tenant_rule
from harbor_operator.engine.objects import LiveObject
from harbor_operator.harbor.errors import Conflict, NotFound, PreconditionFailed
from harbor_operator.harbor.models import Project


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
        self._mark = ProjectMark(self._harbor.labels, self._own)
        self._created: int | None = None
        """The project that this reconcile has created."""
        self._taken = False
        """Whether a creation was told that the name is taken."""
        self._settings = SettingsInUse()
        self._scene: Scene | None = None
        """The last look at a project whose settings concern the object."""
        self._repairs: tuple[datetime, ...] | None = None
        """The times of the last repairs, once this reconcile has made one."""
        self._drifted: set[str] = set()
        """The blocks that it has found changed and not put right yet."""

    async def observe(self) -> Observed:
        """Read the tenant rule, the project, its owner label, and what the spec manages of it."""
        rule = await tenant_rule(self._ports, self._connection, self._live.namespace)
        project = await self._find()
        label = await self._mark.read(project.id) if project else None
        observed = Observed(
            own=self._own,
            held=self._live.held,
            rule=rule,
            recorded=self._recorded(),
            management=self._live.parsed.spec.management_policy,
            deletion=self._live.parsed.spec.deletion_policy,
            project=self._seen(project) if project else None,
            label=label,
            attempts=self._settings.attempts,
        )
        if project is None or (rule is None and not self._live.parsed.deleting):
            return observed
        # A deletion goes on where a rule was withdrawn: what rules fill in concerns it little.
        self._scene = self._look(project, rule or DEFAULT_RULE)
        return await self._with_details(observed, self._scene)

    def decide(self, observed: Observed) -> Plan[Action]:
        """The core's plan."""
        parsed = self._live.parsed
        desired = None if parsed.deleting else desired_project(parsed, observed.rule)
        decided = plan(desired, observed, self._harbor.clock.now())
        if decided.report.get("projectID") is None:
            return decided
        url = f"{self._connection.url}/harbor/projects/{decided.report['projectID']}"
        drift = {} if self._repairs is None else {"lastDriftTime": format_time(self._repairs[-1])}
        return replace(decided, report={**decided.report, "url": url, **drift})

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
            case RewriteMark() | DropMark():
                await self._mark.change(action)
            case ChangeSetting(project_id, step):
                await self._change(project_id, step)
            case NoteRepair(repairs, blocks):
                self._note_repair(repairs, blocks)
            case DeleteRepository(project_id, name):
                await self._delete_repository(project_id, name)
            case DeleteProject(project_id):
                await self._delete(project_id)

    async def _find(self) -> Project | None:
        if self._taken:
            return await self._harbor.projects.get(self._name)
        return await self._connection.finder.find(self._name)

    def _look(self, project: Project, rule: TenantRule) -> Scene:
        user = self._connection.identity is Identity.USER
        spec, _ = filled(self._live.parsed.spec, rule.project_defaults)
        return Scene(
            harbor=self._harbor,
            headers=WebhookHeaders(self._ports.kube, self._live.namespace),
            spec=spec,
            rule=rule,
            login=self._connection.identity_name if user else "",
            project=project,
        )

    async def _with_details(self, observed: Observed, scene: Scene) -> Observed:
        """What is read only where the plan depends on it."""
        if self._live.parsed.deleting:
            return await self._with_contents(observed, scene)
        if observed.management is ManagementPolicy.OBSERVE:
            observed = replace(observed, shared=await self._is_shared(observed.label))
        elif observed.claim is not Claim.OURS:
            return observed
        blocks = wanted_settings(scene.spec, self._live.parsed.status)
        return replace(observed, settings=await self._settings.observe(scene, blocks))

    async def _is_shared(self, label: OwnerLabel | None) -> bool:
        owner = owning_neighbour(label, self._own)
        return owner is not None and await is_shared_with(self._ports, self._live.namespace, owner)

    async def _with_contents(self, observed: Observed, scene: Scene) -> Observed:
        """What is in the way of a project that is to be deleted."""
        if observed.deletion is DeletionPolicy.RETAIN or observed.claim is not Claim.OURS:
            return observed
        users = await count_robots_of(self._ports, self._live.id, self._live.parsed.spec)
        observed = replace(observed, users=users)
        immutable = IMMUTABLE_TAGS.desired(scene.spec, self._live.parsed.status)
        if observed.deletion is DeletionPolicy.DELETE_IF_EMPTY:
            return observed
        blocks = (IMMUTABLE_TAGS.name,) if immutable else ()
        return replace(
            observed,
            settings=await self._settings.observe(scene, blocks),
            immutable=immutable or (),
            repositories=await self._repositories(scene.project),
        )

    async def _repositories(self, project: Project) -> tuple[str, ...]:
        if not project.repo_count:
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
        )

    def _recorded(self) -> Recorded:
        recorded = recorded_in(self._live.parsed, self._name)
        return recorded if self._repairs is None else replace(recorded, repairs=self._repairs)

    async def _create(self, action: CreateProject) -> None:
        registry_id = await self._registry_id(action.registry) if action.registry else None
        try:
            self._created = await self._harbor.projects.create(
                action.name,
                metadata=action.metadata,
                storage_limit=action.storage_bytes,
                registry_id=registry_id,
            )
        except Conflict:
            self._taken = True
            raise Outdated from None

    async def _registry_id(self, name: str) -> int:
        registry = await self._harbor.registries.find(name)
        if registry is None:
            trouble = missing_registry(name)
            raise Waiting(trouble.reason, trouble.message)
        return registry.id

    async def _claim(self, mark: Mark, project_id: int | None) -> None:
        target = self._created if project_id is None else project_id
        if target is None:
            raise Outdated
        await self._mark.claim(target, mark)
        if mark.adopted:
            self._announce(EventReason.ADOPTED, f"Project {self._name} was taken over.")

    def _scene_of(self, project_id: int) -> Scene:
        """The look that a step was planned from.

        Raises:
            Outdated: The project is another one by now.
        """
        if self._scene is None or self._scene.project.id != project_id:
            raise Outdated
        return self._scene

    async def _change(self, project_id: int, step: Step) -> None:
        await self._settings.carry_out(self._scene_of(project_id), step)
        if step.key not in self._settings.attempts.refused:
            mended = self._drifted.intersection(step.blocks)
            self._drifted -= mended
            self._ports.meters.corrected(PROJECTS.kind, mended)

    def _note_repair(self, repairs: tuple[datetime, ...], blocks: tuple[str, ...]) -> None:
        self._repairs = repairs
        self._drifted.update(blocks)
        self._ports.meters.drifted(PROJECTS.kind, blocks)
        self._announce(
            EventReason.DRIFT_CORRECTED,
            f"Putting right in project {self._name} what is no longer as the spec says:"
            f" {', '.join(blocks)}.",
        )

    async def _delete_repository(self, project_id: int, name: str) -> None:
        await self._mark.require(project_id)
        try:
            await _gone(self._harbor.repositories.delete(self._name, name))
        except PreconditionFailed:
            raise Waiting(
                Reason.TAGS_IMMUTABLE,
                f"Repository {name} holds immutable tags by a rule that is not this object's:"
                " remove the rule in Harbor.",
            ) from None

    async def _delete(self, project_id: int) -> None:
        await self._mark.require(project_id)
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
