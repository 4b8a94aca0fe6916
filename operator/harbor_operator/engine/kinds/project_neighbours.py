"""Other custom resources that concern a project: its owner elsewhere, and its robots."""

from harbor_operator.api.project import PROJECTS, ProjectSpec
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.ownership import Mark
from harbor_operator.core.specs import share_rules
from harbor_operator.engine.context import Ports
from harbor_operator.engine.directory import references_of
from harbor_operator.engine.kinds.tenancy import namespace_of
from harbor_operator.engine.objects import ObjectId, id_of, kube_resource
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import JsonObject


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


async def count_robots_of(ports: Ports, project: ObjectId, spec: ProjectSpec) -> int:
    """How many HarborRobots use a HarborProject: of its namespace, and of those it is shared with.

    What names it without being let holds nothing of it, so it may not hold it up either.
    """
    listed = await ports.kube.list(
        kube_resource(ROBOTS), field_selector=f"spec.connectionRef.name={spec.connection_ref.name}"
    )
    users = [body["metadata"]["namespace"] for body in listed.items if _names(body, project)]
    let = {namespace: await _is_let(ports, namespace, project, spec) for namespace in {*users}}
    return sum(let[namespace] for namespace in users)


def _names(robot: JsonObject, project: ObjectId) -> bool:
    robot_id = id_of(ROBOTS.kind, robot)
    return project in references_of(robot_id, robot["spec"])


async def _is_let(ports: Ports, namespace: str, project: ObjectId, spec: ProjectSpec) -> bool:
    if namespace == project.namespace:
        return True
    asking = await namespace_of(ports, namespace)
    return any(share.namespaces.permits(asking) for share in share_rules(spec))
