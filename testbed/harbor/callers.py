"""Who is calling, and whether they may: Harbor's rules for users, robots, tokens and strangers."""

import re
from dataclasses import dataclass
from functools import lru_cache

from testbed.harbor.permissions import PUBLIC_POLICIES, ROLE_POLICIES, Policy
from testbed.harbor.state import HarborState, Project, Robot, User
from testbed.harbor.token_issuer import TokenClaims

SYSTEM_SCOPE = "/system"
ALL_PROJECTS_SCOPE = "/project/*"


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody in particular, which is also what wrong credentials make of a caller."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class UserCaller:
    """A local user, by password or session."""

    user: User

    @property
    def name(self) -> str:
        """The name in messages, tokens and the audit log."""
        return self.user.username


@dataclass(frozen=True, slots=True)
class RobotCaller:
    """A robot, under the full name that it has now."""

    robot: Robot
    name: str


@dataclass(frozen=True, slots=True)
class TokenCaller:
    """The holder of a bearer token; only known at the registry endpoint."""

    claims: TokenClaims
    ageless: bool = False
    """Whether it is good for a project that was made after it."""

    @property
    def name(self) -> str:
        """For whom the token was issued."""
        return self.claims.subject


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """A part of Harbor itself, such as what runs its jobs; it never asks for anything."""

    name: str


Caller = Anonymous | UserCaller | RobotCaller | TokenCaller | ServiceCaller


def is_authenticated(caller: Caller) -> bool:
    """Whether the caller is somebody."""
    return bool(caller.name)


def may_on_system(caller: Caller, action: str, resource: str) -> bool:
    """Whether the caller may do this to a system-wide resource."""
    match caller:
        case UserCaller():
            return caller.user.sysadmin
        case RobotCaller():
            return _robot_may(caller.robot, f"{SYSTEM_SCOPE}/{resource}", action)
        case Anonymous() | TokenCaller() | ServiceCaller():
            return False


def may_in_project(
    state: HarborState, caller: Caller, project: Project | None, *, action: str, resource: str
) -> bool:
    """Whether the caller may do this to a resource of a project; `.` is the project itself.

    An administrator may do everything, even in a project that does not exist.
    """
    if isinstance(caller, UserCaller) and caller.user.sysadmin:
        return True
    if project is None:
        return False
    if isinstance(caller, TokenCaller):
        return resource == "repository" and _token_may(caller, project, action)
    policy = Policy(resource, action)
    return (project.public and policy in PUBLIC_POLICIES) or _holds(state, caller, project, policy)


def _holds(
    state: HarborState,
    caller: Anonymous | UserCaller | RobotCaller | ServiceCaller,
    project: Project,
    policy: Policy,
) -> bool:
    match caller:
        case UserCaller():
            roles = state.roles_of(caller.user.user_id, project.project_id)
            return any(policy in ROLE_POLICIES.get(role, ()) for role in roles)
        case RobotCaller():
            return _robot_may_in_project(caller.robot, project, policy)
        case Anonymous() | ServiceCaller():
            return False


def covers_all_projects(robot: Robot) -> bool:
    """Whether a robot has a grant for every project."""
    return any(permission.scope == ALL_PROJECTS_SCOPE for permission in robot.permissions)


def _token_may(caller: TokenCaller, project: Project, action: str) -> bool:
    claims = caller.claims
    # A token older than the project was issued for an earlier project of the same name.
    if not caller.ageless and claims.issued_at < int(project.created.timestamp()):
        return False
    return any(
        grant.name.partition("/")[0] == project.name and action in grant.actions
        for grant in claims.grants
    )


def _robot_may_in_project(robot: Robot, project: Project, policy: Policy) -> bool:
    scope = f"/project/{project.project_id}"
    target = scope if policy.resource == "." else f"{scope}/{policy.resource}"
    if robot.project_id and robot.project_id != project.project_id:
        return False
    if _robot_may(robot, target, policy.action):
        return True
    # Pushing implies pulling for robots of a project, but not for those of the system.
    implied = robot.project_id and policy == ("repository", "pull")
    return bool(implied) and _robot_may(robot, target, "push")


def _robot_may(robot: Robot, target: str, action: str) -> bool:
    matching = [
        access.effect
        for permission in robot.permissions
        for access in permission.accesses
        if access.action == action and _covers(_pattern(permission.scope, access.resource), target)
    ]
    return bool(matching) and "deny" not in matching


def _pattern(scope: str, resource: str) -> str:
    if scope != SYSTEM_SCOPE and resource == "project":
        return scope
    return f"{scope}/{resource}"


def _covers(pattern: str, target: str) -> bool:
    return pattern == target or ("*" in pattern and bool(_compiled(pattern).fullmatch(target)))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Harbor's matcher lets `*` stand for slashes too. So a grant on all projects themselves
    # (`/project/*`) also covers every resource inside them, for the same action.
    return re.compile(re.escape(pattern).replace(r"\*", ".*"))
