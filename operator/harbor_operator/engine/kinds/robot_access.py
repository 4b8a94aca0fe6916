"""The HarborProjects that a robot names, and how far its namespace may use them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harbor_operator.api.project import PROJECTS, ProjectSpec, ProjectStatus
from harbor_operator.api.resources import Resource
from harbor_operator.core.robot.rights import NamedProject, ProjectState, state_of
from harbor_operator.core.specs import ProjectKey, named_project
from harbor_operator.core.tenancy import TenantRule
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.kinds.tenancy import namespace_of, tenant_rule
from harbor_operator.engine.objects import kube_resource
from harbor_operator.kube.errors import NotFound

ProjectObject = Resource[ProjectSpec, ProjectStatus]


@dataclass(frozen=True, slots=True)
class Access:
    """What was seen of the projects that a spec names."""

    named: tuple[NamedProject, ...]
    names: Mapping[ProjectKey, str]
    """What they are called in Harbor, those that are there."""
    ids: Mapping[str, int]
    """The projects' ids in Harbor by their names, as far as the objects know them."""

    @property
    def state(self) -> ProjectState:
        """How far they can be used together."""
        return state_of(self.named)

    @property
    def is_complete(self) -> bool:
        """Whether the names of all projects are known."""
        return all(project.name is not None for project in self.named)


async def read_access(
    ports: Ports,
    connection: Connection,
    keys: Iterable[ProjectKey],
    *,
    namespace: str,
    rule: TenantRule | None,
) -> Access:
    """Read the HarborProjects of these namespaces and names, as that namespace may use them."""
    asking = await namespace_of(ports, namespace)
    named: list[NamedProject] = []
    names: dict[ProjectKey, str] = {}
    ids: dict[str, int] = {}
    for key in keys:
        project = await _read(ports, connection, key)
        owner_rule = rule
        if project is not None and key[0] != namespace:
            owner_rule = await _rule_of(ports, connection, key[0])
        seen = named_project(key, project, asking=asking, rule=rule, owner_rule=owner_rule)
        named.append(seen)
        if project is not None and seen.name is not None:
            names[key] = seen.name
            if project.status.project_id is not None:
                ids[seen.name] = project.status.project_id
    return Access(tuple(named), names, ids)


async def _read(ports: Ports, connection: Connection, key: ProjectKey) -> ProjectObject | None:
    """The object, None where it is not there or speaks of another Harbor."""
    namespace, name = key
    try:
        body = await ports.kube.get(kube_resource(PROJECTS), name, namespace=namespace)
    except NotFound:
        return None
    project = PROJECTS.parse(body)
    return project if project.spec.connection_ref.name == connection.name else None


async def _rule_of(ports: Ports, connection: Connection, namespace: str) -> TenantRule | None:
    try:
        return await tenant_rule(ports, connection, namespace)
    except NotFound:
        return None
