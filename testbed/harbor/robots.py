"""Robot accounts: create, list, read, replace, refresh the secret, delete."""

from datetime import timedelta

from aiohttp import web

from testbed.harbor.audit import record
from testbed.harbor.authentication import NEVER
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.callers import ALL_PROJECTS_SCOPE, SYSTEM_SCOPE, RobotCaller, UserCaller
from testbed.harbor.clock import rfc3339
from testbed.harbor.costs import Cost
from testbed.harbor.errors import (
    bad_request,
    conflict,
    forbidden,
    internal_error,
    not_found,
)
from testbed.harbor.models import RobotCreate, RobotPermission, RobotSec, RobotUpdate
from testbed.harbor.paging import Column, Keyword, ListQuery
from testbed.harbor.permissions import Policy
from testbed.harbor.release import Difference
from testbed.harbor.robot_requests import listed_level, listed_project, refuse_null_entries
from testbed.harbor.robot_rules import (
    MAX_STORED_NAME,
    generate_secret,
    namespace_of,
    validate_name,
    validate_scope_of_creator,
    validate_secret,
    validate_settings,
)
from testbed.harbor.state import PROJECT_ADMIN_ROLE, Access, Permission, Robot


async def create_robot(call: Call) -> web.StreamResponse:
    """POST /robots. The answer is one of the two places where a secret ever appears."""
    await refuse_null_entries(call)
    body = await call.body(RobotCreate, "robot")
    validate_name(body.name)
    validate_settings(call.core.release, body.duration, body.level, body.permissions)
    _require(call, "create", body.level, body.permissions[0].namespace)
    creator_type, creator_ref = _creator(call, body)
    project_id, stored_name = 0, body.name
    if body.level == "project":
        project = call.existing_project(body.permissions[0].namespace)
        project_id, stored_name = project.project_id, f"{project.name}+{body.name}"
    if len(stored_name) > MAX_STORED_NAME:
        raise internal_error()
    permissions = _stored_permissions(call, body.permissions)
    number = call.state.next_id("robot")
    if (project_id, stored_name) in call.state.robot_ids:
        raise conflict(f"robot account {project_id}:{stored_name} already exists")
    robot = Robot(
        id=number,
        name=stored_name,
        project_id=project_id,
        description=body.description,
        duration=body.duration,
        expires_at=NEVER,
        disabled=False,
        secret=generate_secret(),
        creator_type=creator_type,
        creator_ref=creator_ref,
        permissions=permissions,
        created=call.now,
        updated=call.now,
    )
    robot.expires_at = _expiry(robot)
    call.state.add_robot(robot)
    record(call, "create", "robot", full_name(call, robot), project_id=robot.project_id)
    await call.core.costs.pay(Cost.ROBOT_CREATION)
    return answer(
        _created_view(call, robot), status=201, headers={"Location": call.location(number)}
    )


def full_name(call: Call, robot: Robot) -> str:
    """A robot's name with the prefix, which Harbor adds whenever it reads the robot."""
    return f"{call.core.robot_prefix}{robot.name}"


def _created_view(call: Call, robot: Robot) -> dict[str, object]:
    return {
        "creation_time": rfc3339(robot.created),
        "expires_at": robot.expires_at,
        "id": robot.id,
        "name": full_name(call, robot),
        "secret": robot.secret,
    }


def _expiry(robot: Robot) -> int:
    if robot.duration == NEVER:
        return NEVER
    return int((robot.created + timedelta(days=robot.duration)).timestamp())


def _require(call: Call, action: str, level: str, namespace: str | int) -> None:
    if level == "system":
        call.require_on_system(action, "robot")
    else:
        call.require_in_project(namespace, action, "robot")


def _creator(call: Call, wanted: RobotCreate) -> tuple[str, int]:
    match call.caller:
        case UserCaller(user=user):
            return "local", user.user_id
        case RobotCaller(robot=robot, name=name):
            validate_scope_of_creator(call, wanted, robot, name)
            return "robot", robot.id
        case _:
            raise internal_error()


def _stored_permissions(call: Call, permissions: list[RobotPermission]) -> list[Permission]:
    stored: dict[str, dict[Access, None]] = {}
    for permission in permissions:
        accesses = stored.setdefault(_scope(call, permission), {})
        for access in permission.access:
            accesses[Access(access.resource, access.action, access.effect)] = None
    return [Permission(scope, list(accesses)) for scope, accesses in stored.items()]


def _scope(call: Call, permission: RobotPermission) -> str:
    if permission.kind == "system":
        return SYSTEM_SCOPE
    if permission.namespace == "*":
        return ALL_PROJECTS_SCOPE
    return f"/project/{call.existing_project(permission.namespace).project_id}"


_COLUMNS: dict[str, Column[Robot]] = {
    "id": lambda robot: robot.id,
    "name": lambda robot: robot.name,
    "Name": lambda robot: robot.name,
    "description": lambda robot: robot.description,
    "project_id": lambda robot: robot.project_id,
    "ProjectID": lambda robot: robot.project_id,
    "duration": lambda robot: robot.duration,
    "expiresat": lambda robot: robot.expires_at,
    "disabled": lambda robot: robot.disabled,
    "creation_time": lambda robot: robot.created,
    "update_time": lambda robot: robot.updated,
}


async def list_robots(call: Call) -> web.StreamResponse:
    """GET /robots: those of the system, or with a fitting `q` those of one project.

    The key must be spelled `Level`; any other spelling is an unknown key and lists the system's.
    """
    call.require_authenticated()
    query = call.list_query()
    level = listed_level(call, query)
    project_id = listed_project(call, query) if level == "project" else 0
    _require(call, "list", level, project_id)
    keywords = {**query.keywords}
    if not ("Level" in keywords and level == "system" and call.does(Difference.LEVEL_IGNORED)):
        keywords["ProjectID"] = Keyword(str(project_id))
    response = call.page(
        call.state.robots.values(),
        ListQuery(keywords, query.sorting, query.page, query.page_size),
        columns=_COLUMNS,
        order="name",
        view=lambda robot: robot_view(call, robot),
    )
    await call.core.costs.pay(
        Cost.LISTED_ROBOT, min(int(response.headers["X-Total-Count"]), query.page_size)
    )
    return response


def robot_view(call: Call, robot: Robot) -> dict[str, object]:
    """A robot as the API shows it, without its secret."""
    view: dict[str, object] = {
        "creation_time": rfc3339(robot.created),
        "creator_ref": robot.creator_ref,
        "creator_type": robot.creator_type,
        "disable": robot.disabled,
        "duration": robot.duration,
        "editable": True,
        "expires_at": robot.expires_at,
        "id": robot.id,
        "level": robot.level,
        "name": full_name(call, robot),
        "permissions": _permissions_view(call, robot),
        "update_time": rfc3339(robot.updated),
    }
    return view | ({"description": robot.description} if robot.description else {})


def _permissions_view(call: Call, robot: Robot) -> list[dict[str, object]] | None:
    shown: list[dict[str, object]] = []
    for permission in robot.permissions:
        place = namespace_of(call.state, permission.scope)
        if place is not None:
            accesses = [_access_view(access) for access in permission.accesses]
            shown.append({"access": accesses, "kind": place[0], "namespace": place[1]})
    return shown or None


def _access_view(access: Access) -> dict[str, str]:
    view = {"action": access.action, "resource": access.resource}
    return view | ({"effect": access.effect} if access.effect else {})


def _existing(call: Call) -> Robot:
    call.require_authenticated()
    number = call.number("id")
    robot = call.state.robots.get(number)
    if robot is None:
        raise not_found(f"robot {number} not found")
    return robot


async def get_robot(call: Call) -> web.StreamResponse:
    """GET /robots/{id}. Whether it exists is told before whether the caller may see it."""
    robot = _existing(call)
    _require(call, "read", robot.level, robot.project_id)
    return answer(robot_view(call, robot))


async def update_robot(call: Call) -> web.StreamResponse:
    """PUT /robots/{id}: replaces everything but name, level, project and secret.

    The expiry moves only when the duration changes, and then counts from the creation.
    """
    await refuse_null_entries(call)
    body = await call.body(RobotUpdate, "robot")
    robot = _existing(call)
    duration = robot.duration if body.duration is None else body.duration
    validate_settings(call.core.release, duration, body.level, body.permissions)
    namespace = body.permissions[0].namespace
    if robot.project_id and call.existing_project(namespace).project_id != robot.project_id:
        raise bad_request("cannot update the project id of robot")
    _require(call, "update", robot.level, namespace)
    if body.level != robot.level or body.name != full_name(call, robot):
        raise bad_request("cannot update the level or name of robot")
    permissions = _stored_permissions(call, body.permissions)
    if duration != robot.duration:
        robot.duration = duration
        robot.expires_at = _expiry(robot)
    robot.description = body.description
    robot.disabled = body.disable
    robot.permissions = permissions
    robot.updated = call.now
    return done()


async def refresh_secret(call: Call) -> web.StreamResponse:
    """PATCH /robots/{id}: a chosen secret, or a generated one, which the answer then shows."""
    body = await call.body(RobotSec, "robotSec")
    robot = _existing(call)
    _require(call, "update", robot.level, robot.project_id)
    if body.secret:
        validate_secret(body.secret)
    robot.secret = body.secret or generate_secret()
    robot.updated = call.now
    return answer({} if body.secret else {"secret": robot.secret})


async def delete_robot(call: Call) -> web.StreamResponse:
    """DELETE /robots/{id}."""
    robot = _existing(call)
    _require(call, "delete", robot.level, robot.project_id)
    call.state.remove_robot(robot)
    record(call, "delete", "robot", full_name(call, robot), project_id=robot.project_id)
    await call.core.costs.pay(Cost.ROBOT_DELETION)
    return done()


async def list_permissions(call: Call) -> web.StreamResponse:
    """GET /permissions: what robots may be granted, for administrators of system or project."""
    call.require_authenticated()
    if not isinstance(call.caller, UserCaller):
        raise forbidden("forbidden: only admins(system and project) can access permissions")
    user = call.caller.user
    administers = any(
        member.is_user(user.user_id) and member.role_id == PROJECT_ADMIN_ROLE
        for member in call.state.members.values()
    )
    if not (user.sysadmin or administers):
        raise forbidden("forbidden: only admins(system and project) can access permissions")
    release = call.core.release
    kinds = ("project", "system") if user.sysadmin else ("project",)
    return answer({kind: _matrix(release.grantable(kind)) for kind in kinds})


def _matrix(policies: tuple[Policy, ...]) -> list[dict[str, str]]:
    return [{"action": policy.action, "resource": policy.resource} for policy in policies]


ROUTES = (
    Route("POST", "/robots", create_robot),
    Route("GET", "/robots", list_robots),
    Route("GET", "/robots/{id}", get_robot),
    Route("PUT", "/robots/{id}", update_robot),
    Route("PATCH", "/robots/{id}", refresh_secret),
    Route("DELETE", "/robots/{id}", delete_robot),
    Route("GET", "/permissions", list_permissions),
)
