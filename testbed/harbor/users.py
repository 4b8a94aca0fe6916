"""Local users, and what the caller of a request is and may."""

from aiohttp import web

from testbed.harbor.authentication import check_user
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.callers import RobotCaller, UserCaller
from testbed.harbor.clock import rfc3339
from testbed.harbor.errors import (
    bad_request,
    conflict,
    forbidden,
    not_found,
    precondition_failed,
)
from testbed.harbor.models import PasswordReq, UserCreationReq, UserSysAdminFlag
from testbed.harbor.onboarding import AuthMode, auth_mode
from testbed.harbor.paging import Column
from testbed.harbor.permissions import PROJECT_POLICIES, SYSTEM_POLICIES, Policy
from testbed.harbor.robot_rules import is_strong
from testbed.harbor.state import ADMIN_USER_ID, ANONYMOUS_USER_ID, User

_WEAK_PASSWORD = (
    "the password or secret must be 8-128, inclusively, characters long with at least "
    "1 uppercase letter, 1 lowercase letter and 1 number"
)


def _view(user: User) -> dict[str, object]:
    view: dict[str, object] = {
        "admin_role_in_auth": False,
        "creation_time": rfc3339(user.created),
        "realname": user.realname,
        "sysadmin_flag": user.sysadmin,
        "update_time": rfc3339(user.updated),
        "user_id": user.user_id,
        "username": user.username,
    }
    optional = {"comment": user.comment, "email": user.email}
    return view | {name: value for name, value in optional.items() if value}


async def get_current(call: Call) -> web.StreamResponse:
    """GET /users/current: 412 tells that the caller is a valid robot."""
    call.require_authenticated()
    match call.caller:
        case UserCaller(user=user):
            return answer(_view(user))
        case RobotCaller():
            kind = "robot"
        case _:
            kind = "v2token"
    raise precondition_failed(f"get current user not available for security context: {kind}")


async def get_current_permissions(call: Call) -> web.StreamResponse:
    """GET /users/current/permissions?scope=: what the caller may do there."""
    call.require_authenticated()
    scope = call.parameter("scope")
    relative = call.parameter("relative").lower() == "true"
    if scope == "/system":
        # Harbor asks with incomplete names of resources here, which only administrators survive.
        administers = isinstance(call.caller, UserCaller) and call.caller.user.sysadmin
        policies = SYSTEM_POLICIES if administers else ()
        return answer([_policy_view(policy.resource, policy) for policy in policies])
    number = scope.removeprefix("/project/")
    if not number.isdigit():
        return answer([])
    project = call.find_project(int(number))
    allowed = [p for p in PROJECT_POLICIES if call.may_in_project(project, p.action, p.resource)]
    return answer(
        [_policy_view(p.resource if relative else _absolute(scope, p), p) for p in allowed]
    )


def _absolute(scope: str, policy: Policy) -> str:
    return scope if policy.resource == "." else f"{scope}/{policy.resource}"


def _policy_view(resource: str, policy: Policy) -> dict[str, str]:
    return {"action": policy.action, "resource": resource}


async def create_user(call: Call) -> web.StreamResponse:
    """POST /users."""
    body = await call.body(UserCreationReq, "userReq")
    call.require_on_system("create", "user")
    mode = auth_mode(call.state)
    if mode is not AuthMode.DATABASE:
        raise forbidden(f"creating local user is not allowed under auth mode: {mode.value}")
    if not is_strong(body.password):
        raise bad_request(_WEAK_PASSWORD)
    if not body.email:
        raise bad_request("email can't be empty")
    if not body.realname:
        raise bad_request("realname with illegal length")
    number = call.state.next_id("user")
    _require_free(call, body)
    call.state.users[number] = User(
        user_id=number,
        username=body.username,
        email=body.email,
        realname=body.realname,
        comment=body.comment,
        password=body.password,
        sysadmin=False,
        created=call.now,
        updated=call.now,
    )
    return call.created(number)


def _require_free(call: Call, body: UserCreationReq) -> None:
    taken = any(
        body.username == user.username or body.email == user.email
        for user in call.state.users.values()
    )
    if taken:
        raise conflict(f"user {body.username} or email {body.email} already exists")


_COLUMNS: dict[str, Column[User]] = {
    "user_id": lambda user: user.user_id,
    "username": lambda user: user.username,
    "email": lambda user: user.email,
    "realname": lambda user: user.realname,
    "sysadmin_flag": lambda user: user.sysadmin,
    "creation_time": lambda user: user.created,
}


async def list_users(call: Call) -> web.StreamResponse:
    """GET /users, by name."""
    call.require_on_system("list", "user")
    users = [u for u in call.state.users.values() if u.user_id != ANONYMOUS_USER_ID]
    return call.page(users, call.list_query(), columns=_COLUMNS, order="username", view=_view)


def _existing(call: Call) -> User:
    number = call.number("id")
    user = call.state.users.get(number)
    if user is None:
        raise not_found(f"user {number} not found")
    return user


def _is_self(call: Call) -> bool:
    caller = call.caller
    return isinstance(caller, UserCaller) and caller.user.user_id == call.number("id")


def _require_self_or(call: Call, action: str) -> None:
    if not _is_self(call):
        call.require_on_system(action, "user")


async def get_user(call: Call) -> web.StreamResponse:
    """GET /users/{id}: oneself, or anybody for those who may read users."""
    _require_self_or(call, "read")
    return answer(_view(_existing(call)))


async def delete_user(call: Call) -> web.StreamResponse:
    """DELETE /users/{id}; neither oneself nor the first administrator."""
    call.require_on_system("delete", "user")
    if _is_self(call) or call.number("id") == ADMIN_USER_ID:
        raise forbidden(f"User with ID {call.number('id')} cannot be deleted")
    user = _existing(call)
    del call.state.users[user.user_id]
    memberships = call.state.members.items()
    call.state.members = {k: m for k, m in memberships if not m.is_user(user.user_id)}
    return done()


async def change_password(call: Call) -> web.StreamResponse:
    """PUT /users/{id}/password: one's own needs the old one."""
    body = await call.body(PasswordReq, "password")
    _require_self_or(call, "update")
    user = _existing(call)
    if _is_self(call) and await check_user(call.core, user.username, body.old_password) is None:
        raise forbidden("Current password is incorrect")
    if not is_strong(body.new_password):
        raise bad_request(_WEAK_PASSWORD)
    if body.new_password == user.password:
        raise bad_request("New password is identical to old password")
    user.password = body.new_password
    user.updated = call.now
    return done()


async def set_administrator(call: Call) -> web.StreamResponse:
    """PUT /users/{id}/sysadmin."""
    body = await call.body(UserSysAdminFlag, "sysadmin_flag")
    call.require_on_system("update", "user")
    _existing(call).sysadmin = body.sysadmin_flag
    return done()


ROUTES = (
    Route("GET", "/users/current", get_current),
    Route("GET", "/users/current/permissions", get_current_permissions),
    Route("POST", "/users", create_user),
    Route("GET", "/users", list_users),
    Route("GET", "/users/{id}", get_user),
    Route("DELETE", "/users/{id}", delete_user),
    Route("PUT", "/users/{id}/password", change_password),
    Route("PUT", "/users/{id}/sysadmin", set_administrator),
)
