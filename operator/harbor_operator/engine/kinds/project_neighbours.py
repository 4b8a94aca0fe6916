"""Other custom resources that concern a project: its owner elsewhere, and its robots."""

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.ownership import Mark
from harbor_operator.core.specs import share_rules
from harbor_operator.engine.context import Ports
from harbor_operator.engine.kinds.tenancy import namespace_of
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.kube.errors import NotFound


async def is_shared_with(ports: Ports, namespace: str, owner: Mark) -> bool:
    """Whether the object that owns a project lets another namespace use it."""
    try:
        body = await ports.kube.get(kube_resource(PROJECTS), owner.name, namespace=owner.namespace)
    except NotFound:
        return False
    project = PROJECTS.parse(body)
    asking = await namespace_of(ports, namespace)
    return project.metadata.uid == owner.uid and any(
        share.namespaces.permits(asking) for share in share_rules(project.spec)
    )


async def count_robots_of(ports: Ports, project: ObjectId) -> int:
    """How many HarborRobots of its namespace name a HarborProject."""
    listed = await ports.kube.list(kube_resource(ROBOTS), namespace=project.namespace)
    accesses = (robot["spec"].get("access") or () for robot in listed.items)
    return sum(
        any((entry.get("projectRef") or {}).get("name") == project.name for entry in access)
        for access in accesses
    )
