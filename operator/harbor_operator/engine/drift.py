"""Drift: once per period and connection Harbor is read in pages, and what differs is woken."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from harbor_operator.api.base import Status
from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.model import ApiModel
from harbor_operator.api.project import PROJECTS, ProjectSpec, ProjectStatus
from harbor_operator.api.resources import CustomResource, Resource
from harbor_operator.api.robot import ROBOTS
from harbor_operator.bridge.project_blocks import allowed_cves, metadata
from harbor_operator.bridge.project_blocks import quota as quotas
from harbor_operator.core.project.blocks.allowed_cves import ALLOWED_CVES
from harbor_operator.core.project.blocks.metadata import METADATA
from harbor_operator.core.project.blocks.quota import QUOTA
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.project.facts import Desired as DesiredProject
from harbor_operator.core.specs import desired_project
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.control import Control
from harbor_operator.engine.kinds.tenancy import tenant_rule
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.robot_drift import Objects, RobotDrift, RobotObject
from harbor_operator.engine.sweep import Sweep
from harbor_operator.engine.telemetry.logs import REQUEST_ID
from harbor_operator.engine.telemetry.work import working_on
from harbor_operator.harbor.errors import HarborError, PermissionDenied
from harbor_operator.harbor.models import Project, Quota
from harbor_operator.kube.errors import KubeError

_LOG = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often it is checked whether a connection's period is over."""

SPREAD = 0.8
"""Over which part of a period the projects are looked at whose settings no page shows."""

SpecT = TypeVar("SpecT", bound=ApiModel)
StatusT = TypeVar("StatusT", bound=Status)
ProjectObject = Resource[ProjectSpec, ProjectStatus]


class DriftPass:
    """Compares Harbor with the specs, connection by connection."""

    def __init__(
        self, ports: Ports, control: Control, sweep: Sweep, *, clock: Callable[[], float]
    ) -> None:
        self._ports = ports
        self._control = control
        self._sweep = sweep
        self._clock = clock
        self._last: dict[str, float] = {}
        self._robots = RobotDrift(ports, sweep, lambda robot: self._wake(ROBOTS.kind, robot))

    async def run(self) -> None:
        """Pass over every connection once per its period, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for connection in self._ports.connections.all():
                if connection.ready and not connection.suspended and self._is_due(connection):
                    await self._try(connection)

    def _is_due(self, connection: Connection) -> bool:
        now = self._clock()
        last = self._last.setdefault(connection.name, now)
        return now - last >= connection.drift_period.total_seconds()

    async def _try(self, connection: Connection) -> None:
        self._last[connection.name] = self._clock()
        with working_on(ObjectId(CONNECTIONS.kind, "", connection.name)):
            await self._compare_safely(connection)

    async def _compare_safely(self, connection: Connection) -> None:
        try:
            await self.compare(connection)
        except HarborError as error:
            _LOG.info("Drift pass: %s", error, extra={REQUEST_ID: error.request_id})
            self._control.wake(ObjectId(CONNECTIONS.kind, "", connection.name))
        except KubeError as error:
            _LOG.info("Drift pass: %s", error)
        except Exception:  # noqa: BLE001 -- logged with its traceback; the next pass goes on
            _LOG.exception("The drift pass failed")

    async def compare(self, connection: Connection) -> None:
        """One pass: wake the objects whose Harbor side differs, sweep what nobody owns."""
        projects = await self._objects(PROJECTS, connection.name)
        robots = await self._objects(ROBOTS, connection.name)
        in_harbor = {project.name: project for project in await connection.client.projects.list()}
        await self._compare_projects(connection, projects, in_harbor)
        await self._robots.compare(
            connection,
            Objects(
                robots=tuple(robots),
                projects={_place(project): project for project in projects},
                ids={name: project.id for name, project in in_harbor.items()},
            ),
        )
        await self._sweep.secrets()
        await self._sweep.entries()

    async def _compare_projects(
        self,
        connection: Connection,
        projects: list[ProjectObject],
        in_harbor: Mapping[str, Project],
    ) -> None:
        """Wake the projects that differ now, and over the period those that pages do not show."""
        ours = [p for p in projects if self._ports.serving.serves(p.metadata.namespace)]
        wanted = [(project, await self._desired(connection, project)) for project in ours]
        with_quota = any(QUOTA.name in desired.settings for _, desired in wanted)
        by_project = await _quotas(connection) if with_quota else {}
        unseen: list[ProjectObject] = []
        for project, desired in wanted:
            row = in_harbor.get(desired.name)
            quota = by_project.get(row.id) if row and by_project else None
            if project_differs(project, desired, row, quota):
                self._wake(PROJECTS.kind, project)
            elif _has_more(desired, quotas_seen=by_project is not None):
                unseen.append(project)
        pause = connection.drift_period.total_seconds() * SPREAD / max(len(unseen), 1)
        for number, project in enumerate(unseen):
            self._wake(PROJECTS.kind, project, delay=number * pause)

    async def _desired(self, connection: Connection, project: ProjectObject) -> DesiredProject:
        rule = await tenant_rule(self._ports, connection, project.metadata.namespace)
        return desired_project(project, rule)

    async def _objects(
        self, definition: CustomResource[SpecT, StatusT], connection: str
    ) -> list[Resource[SpecT, StatusT]]:
        """The objects of a kind on a connection, but for those whose spec cannot be read."""
        listed = await self._ports.kube.list(
            kube_resource(definition), field_selector=f"spec.connectionRef.name={connection}"
        )
        read = (_read(definition, body) for body in listed.items)
        return [resource for resource in read if resource is not None]

    def _wake(self, kind: str, resource: ProjectObject | RobotObject, delay: float = 0.0) -> None:
        metadata = resource.metadata
        self._control.wake(ObjectId(kind, metadata.namespace, metadata.name), delay)


def project_differs(
    project: ProjectObject, desired: DesiredProject, seen: Project | None, quota: Quota | None
) -> bool:
    """Whether a project that was Ready no longer is what its spec says, as far as pages show."""
    if not _was_ready(project):
        return False
    if seen is None or seen.id != project.status.project_id:
        return True
    if seen.repo_count != project.status.repository_count:
        return True
    shown = {METADATA.name: metadata.seen_in(seen), ALLOWED_CVES.name: allowed_cves.seen_in(seen)}
    if quota is not None:
        shown[QUOTA.name] = quotas.seen_in(quota)
    return any(
        block.compare(desired.settings[block.name], shown[block.name]).steps
        for block in BLOCKS
        if block.name in desired.settings and block.name in shown
    )


async def _quotas(connection: Connection) -> dict[int, Quota] | None:
    """All quotas by their project's id; None where the login may not list them."""
    try:
        listed = await connection.client.quotas.list()
    except PermissionDenied:
        return None
    return {quota.project_id: quota for quota in listed}


def _has_more(desired: DesiredProject, *, quotas_seen: bool) -> bool:
    """Whether the spec manages what no page shows, so that only a look of its own finds drift."""
    return any(
        block.name in desired.settings
        and (not block.in_pages or (block is QUOTA and not quotas_seen))
        for block in BLOCKS
    )


def _read(
    definition: CustomResource[SpecT, StatusT], body: Mapping[str, Any]
) -> Resource[SpecT, StatusT] | None:
    try:
        return definition.parse(body)
    except ValidationError:
        return None  # its own reconcile says so


def _was_ready(resource: ProjectObject | RobotObject) -> bool:
    condition = resource.status.condition(ConditionType.READY)
    return condition is not None and condition.status is ConditionStatus.TRUE


def _name(project: ProjectObject) -> str:
    return project.spec.name_in_harbor(project.metadata.name)


def _place(project: ProjectObject) -> tuple[str, str]:
    return project.metadata.namespace, project.metadata.name
