"""Drift of robots: what Harbor shows of them beside the specs, and robots that nobody owns."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.api.resources import Resource
from harbor_operator.api.robot import RobotSpec, RobotStatus
from harbor_operator.core.permissions import grants_of
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.sweep import Sweep
from harbor_operator.harbor.models import Robot

RobotObject: TypeAlias = Resource[RobotSpec, RobotStatus]
Place: TypeAlias = tuple[str, str]
"""Namespace and name of a HarborProject."""

IDLE_PER_PASS = 20
"""Projects without a HarborRobot whose robots one pass lists, in turn.

Harbor has no list of robots over all projects. What may be left in such a project is a marked
robot that was abandoned, which can wait: at the usual period of ten minutes a thousand projects
are through in eight hours.
"""


class RobotDrift:
    """Compares the robots of a connection's projects, and sweeps among them."""

    def __init__(self, sweep: Sweep, wake: Callable[[RobotObject], None]) -> None:
        self._sweep = sweep
        self._wake = wake
        self._turns: dict[str, deque[str]] = {}
        """By connection, the idle projects in the order of their next look."""

    async def compare(
        self,
        connection: Connection,
        robots: Iterable[RobotObject],
        *,
        names: Mapping[Place, str],
        ids: Mapping[str, int],
    ) -> None:
        """Wake the robots that differ, and sweep those whose object is gone.

        Args:
            connection: Whose projects.
            robots: The objects on this connection.
            names: What each HarborProject is called in Harbor.
            ids: The projects that are in Harbor, by name.
        """
        users = _by_project(robots, names)
        idle = self._next_idle(connection.name, set(names.values()) & set(ids) - set(users))
        for name in (*users, *idle):
            listed = await connection.client.robots.list_project(ids[name]) if name in ids else []
            for robot in users.get(name, ()):
                if robot_differs(robot, listed):
                    self._wake(robot)
            await self._sweep.robots(connection, listed)

    def _next_idle(self, connection: str, idle: set[str]) -> Iterable[str]:
        """The idle projects of this pass; one that has just lost its last robot goes first."""
        turns = self._turns.setdefault(connection, deque())
        waiting = [name for name in turns if name in idle]
        turns.clear()
        turns.extend([*sorted(idle - set(waiting)), *waiting])
        chosen = [turns[number] for number in range(min(IDLE_PER_PASS, len(turns)))]
        turns.rotate(-len(chosen))
        return chosen


def robot_differs(robot: RobotObject, listed: Iterable[Robot]) -> bool:
    """Whether a robot that was Ready is gone, disabled, or may do something else now."""
    condition = robot.status.condition(ConditionType.READY)
    if condition is None or condition.status is not ConditionStatus.TRUE:
        return False
    seen = next((r for r in listed if r.id == robot.status.robot_id), None)
    if seen is None or seen.disable or seen.name != robot.status.username:
        return True
    return seen.grants != grants_of(robot.spec.access[0])


def _by_project(
    robots: Iterable[RobotObject], names: Mapping[Place, str]
) -> dict[str, list[RobotObject]]:
    """The robots of each project that has any."""
    grouped: dict[str, list[RobotObject]] = {}
    for name, robot in _placed(robots, names):
        grouped.setdefault(name, []).append(robot)
    return grouped


def _placed(
    robots: Iterable[RobotObject], names: Mapping[Place, str]
) -> Iterator[tuple[str, RobotObject]]:
    for robot in robots:
        place = (robot.metadata.namespace, robot.spec.access[0].project_ref.name)
        if place in names:
            yield names[place], robot
