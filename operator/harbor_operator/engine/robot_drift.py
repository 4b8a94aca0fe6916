"""Drift of robots: what Harbor shows of them beside the specs, and robots that nobody owns."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.api.resources import Resource
from harbor_operator.api.robot import RobotSpec, RobotStatus
from harbor_operator.bridge.robots import grants_in
from harbor_operator.core.grants import SYSTEM, Level
from harbor_operator.core.ownership import Mark, parse_mark
from harbor_operator.core.permissions import level_in_harbor
from harbor_operator.core.robot.rights import Rights
from harbor_operator.core.specs import ProjectKey, named_project, placed_grants, projects_of
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.kinds.robot_accounts import known_ids
from harbor_operator.engine.kinds.tenancy import namespace_of, tenant_rule
from harbor_operator.engine.sweep import Sweep
from harbor_operator.harbor.errors import PermissionDenied
from harbor_operator.harbor.models import Robot
from harbor_operator.kube.errors import NotFound

ProjectObject: TypeAlias = Resource[ProjectSpec, ProjectStatus]
RobotObject: TypeAlias = Resource[RobotSpec, RobotStatus]

IDLE_PER_PASS = 20
"""Projects without a HarborRobot whose robots one pass lists, in turn.

Harbor has no list of robots over all projects. What may be left in such a project is a marked
robot that was abandoned, which can wait: at the usual period of ten minutes a thousand projects
are through in eight hours.
"""


@dataclass(frozen=True, slots=True)
class Objects:
    """What a pass compares: the objects on one connection."""

    robots: tuple[RobotObject, ...]
    projects: Mapping[ProjectKey, ProjectObject]
    ids: Mapping[str, int]
    """The projects that are in Harbor, by name."""
    names: Mapping[ProjectKey, str] = field(init=False)
    """What each HarborProject is called in Harbor."""

    def __post_init__(self) -> None:
        """Read the names once."""
        names = {key: p.spec.name_in_harbor(key[1]) for key, p in self.projects.items()}
        object.__setattr__(self, "names", names)

    def home_of(self, robot: RobotObject) -> str | None:
        """Where Harbor lists a robot: a project, or the system; None while it is not known."""
        if level_in_harbor(robot.spec) is Level.SYSTEM:
            return SYSTEM
        return self.names.get(projects_of(robot.spec, robot.metadata.namespace)[0])


class RobotDrift:
    """Compares the robots of a connection, place by place, and sweeps among them."""

    def __init__(self, ports: Ports, sweep: Sweep, wake: Callable[[RobotObject], None]) -> None:
        self._ports = ports
        self._sweep = sweep
        self._wake = wake
        self._turns: dict[str, deque[str]] = {}
        """By connection, the idle projects in the order of their next look."""

    async def compare(self, connection: Connection, objects: Objects) -> None:
        """Wake the robots that differ or have lost a right, sweep those whose object is gone."""
        users: dict[str, list[RobotObject]] = {SYSTEM: []}
        for robot in objects.robots:
            home = objects.home_of(robot)
            if home is not None:
                users.setdefault(home, []).append(robot)
            if await self._has_lost_a_right(connection, objects, robot):
                self._wake(robot)
        idle = self._next_idle(
            connection.name, {*objects.names.values()} & objects.ids.keys() - users.keys()
        )
        connection.strays.clear()
        for place in (*users, *idle):
            listed = await _list(connection, place, objects.ids)
            if listed is not None:
                self._compare_place(connection, objects, users.get(place, ()), listed)
                self._look_for_strays(connection, objects, place, listed)
                await self._sweep.robots(connection, listed)
        connection.orphans.clear()

    def _compare_place(
        self,
        connection: Connection,
        objects: Objects,
        users: Iterable[RobotObject],
        listed: list[Robot],
    ) -> None:
        for robot in users:
            own = self._mark_of(robot)
            update = connection.can_update_robots
            if robot_differs(robot, listed, own=own, names=objects.names, can_update=update):
                self._wake(robot)

    def _look_for_strays(
        self, connection: Connection, objects: Objects, place: str, listed: list[Robot]
    ) -> None:
        """Tell objects of their robots at places where they do not look by themselves.

        What is left there, after a change of the spec and a lost answer, belongs to the object
        still and no sweep takes it.
        """
        owners = {robot.metadata.uid: robot for robot in objects.robots}
        found: defaultdict[str, set[int]] = defaultdict(set)
        for robot in listed:
            mark = parse_mark(robot.description.strip())
            owner = owners.get(mark.uid) if mark else None
            if mark is None or owner is None or not mark.same_object(self._mark_of(owner)):
                continue
            if objects.home_of(owner) != place and robot.id not in known_ids(owner.status):
                found[mark.uid].add(robot.id)
        for uid, ids in found.items():
            connection.strays[uid] = connection.strays.get(uid, frozenset()) | ids
            self._wake(owners[uid])

    async def _has_lost_a_right(
        self, connection: Connection, objects: Objects, robot: RobotObject
    ) -> bool:
        """Whether a robot that was Ready asks for more than its namespace is given by now.

        Rules and sharing may select by labels of namespaces, whose change wakes nobody.
        """
        if not _was_ready(robot):
            return False
        namespace = robot.metadata.namespace
        try:
            rights = await self._rights(connection, objects, robot)
        except NotFound:
            return True
        wanted = placed_grants(robot.spec, namespace, objects.names)
        return rights.exceeded_at(wanted) is not None

    async def _rights(self, connection: Connection, objects: Objects, robot: RobotObject) -> Rights:
        """What the robot's namespace may give it now; raises NotFound without the namespace."""
        namespace = robot.metadata.namespace
        asking = await namespace_of(self._ports, namespace)
        rule = await tenant_rule(self._ports, connection, namespace)
        named = []
        for key in projects_of(robot.spec, namespace):
            owner_rule = await tenant_rule(self._ports, connection, key[0])
            project = objects.projects.get(key)
            named.append(
                named_project(key, project, asking=asking, rule=rule, owner_rule=owner_rule)
            )
        return Rights(namespace, rule, tuple(named))

    def _mark_of(self, robot: RobotObject) -> Mark:
        metadata = robot.metadata
        return Mark(self._ports.cluster_id, metadata.namespace, metadata.name, metadata.uid)

    def _next_idle(self, connection: str, idle: set[str]) -> Iterable[str]:
        """The idle projects of this pass; one that has just lost its last robot goes first."""
        turns = self._turns.setdefault(connection, deque())
        waiting = [name for name in turns if name in idle]
        turns.clear()
        turns.extend([*sorted(idle - set(waiting)), *waiting])
        chosen = [turns[number] for number in range(min(IDLE_PER_PASS, len(turns)))]
        turns.rotate(-len(chosen))
        return chosen


async def _list(connection: Connection, place: str, ids: Mapping[str, int]) -> list[Robot] | None:
    """The robots at a place; None where the login may not see those of the system."""
    robots = connection.client.robots
    if place != SYSTEM:
        return await robots.list_project(ids[place]) if place in ids else []
    try:
        return await robots.list_system()
    except PermissionDenied:
        return None


def robot_differs(
    robot: RobotObject,
    listed: Iterable[Robot],
    *,
    own: Mark,
    names: Mapping[ProjectKey, str],
    can_update: bool,
) -> bool:
    """Whether a robot that was Ready is gone, is not ours, or is not as its spec says.

    Args:
        robot: The object.
        listed: The robots where it should be.
        own: The mark that it should carry.
        names: What the HarborProjects are called in Harbor.
        can_update: Whether blanks around the mark can be put right.
    """
    if not _was_ready(robot):
        return False
    seen = next((r for r in listed if r.id == robot.status.robot_id), None)
    if seen is None or seen.name != robot.status.username:
        return True
    if seen.disable is not bool(robot.spec.disabled):
        return True
    mark = seen.description if can_update else seen.description.strip()
    if mark != own.text():
        return True
    return grants_in(seen) != placed_grants(robot.spec, robot.metadata.namespace, names)


def _was_ready(robot: RobotObject) -> bool:
    condition = robot.status.condition(ConditionType.READY)
    return condition is not None and condition.status is ConditionStatus.TRUE
