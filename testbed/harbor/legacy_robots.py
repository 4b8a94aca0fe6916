"""Robots under the path of their project, as releases before 2.13 still have them.

Only what reads and deletes is here: nothing that writes by these routes is known in enough detail.
"""

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.errors import not_found, unrouted
from testbed.harbor.paging import Column
from testbed.harbor.release import Difference
from testbed.harbor.robots import robot_view
from testbed.harbor.state import Project, Robot

_COLUMNS: dict[str, Column[Robot]] = {"name": lambda robot: robot.name}


def _project(call: Call, action: str) -> Project:
    if not call.does(Difference.LEGACY_ROBOTS):
        raise unrouted(call.request)
    return call.project(action, "robot")


async def list_robots(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/robots."""
    number = _project(call, "list").project_id
    robots = [robot for robot in call.state.robots.values() if robot.project_id == number]
    return call.page(
        robots,
        call.list_query(),
        columns=_COLUMNS,
        order="name",
        view=lambda robot: robot_view(call, robot),
    )


def _existing(call: Call, action: str) -> Robot:
    project, number = _project(call, action), call.number("id")
    robot = call.state.robots.get(number)
    if robot is None or robot.project_id != project.project_id:
        raise not_found(f"robot {number} not found")
    return robot


async def get_robot(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/robots/{id}."""
    return answer(robot_view(call, _existing(call, "read")))


async def delete_robot(call: Call) -> web.StreamResponse:
    """DELETE /projects/{project}/robots/{id}."""
    call.state.remove_robot(_existing(call, "delete"))
    return done()


ROUTES = (
    Route("GET", "/projects/{project}/robots", list_robots),
    Route("GET", "/projects/{project}/robots/{id}", get_robot),
    Route("DELETE", "/projects/{project}/robots/{id}", delete_robot),
)
