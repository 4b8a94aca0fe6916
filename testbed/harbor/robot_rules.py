"""What Harbor accepts as a robot: names, durations, permissions, secrets."""

import re
import secrets
import string

from testbed.harbor.call import Call
from testbed.harbor.callers import ALL_PROJECTS_SCOPE, SYSTEM_SCOPE
from testbed.harbor.errors import bad_request, denied
from testbed.harbor.models import RobotCreate, RobotPermission
from testbed.harbor.permissions import Policy
from testbed.harbor.release import Difference, Release
from testbed.harbor.state import Access, HarborState, Permission, Robot

NAME_PATTERN = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
MAX_STORED_NAME = 255
"""The database column's width, for the name with the project and without the prefix."""
MAX_DURATION_DAYS = (1 << 31) - 1
"""Durations must lie below this."""
SECRET_LENGTH = 32
_SECRET_ALPHABET = string.ascii_letters + string.digits
_OWN_SECRET = range(8, 129)
_KINDS = frozenset({"system", "project"})
_WEAK_SECRET = (
    "the secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, "
    "1 lowercase letter and 1 number"
)


def validate_name(name: str) -> None:
    """Refuses a bad name.

    Raises:
        HarborError: 400.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise bad_request("robot name is not in lower case or contains illegal characters")


def validate_settings(
    release: Release, duration: int, level: str, permissions: list[RobotPermission]
) -> None:
    """Refuses settings that no robot may have, in Harbor's order of checks.

    Raises:
        HarborError: 400.
    """
    if duration != -1 and not 0 < duration < MAX_DURATION_DAYS:
        raise bad_request(
            f"bad request error duration input: {duration}, "
            "duration must be either -1(Never) or a positive integer"
        )
    if level not in _KINDS:
        raise bad_request(f"bad request error level input: {level}")
    if not permissions:
        raise bad_request("bad request empty permission")
    if any(not permission.access for permission in permissions):
        raise bad_request("bad request empty access")
    if level == "project" and len(permissions) > 1:
        raise bad_request("bad request permission")
    for permission in permissions:
        _validate_permission(release, permission)


def _validate_permission(release: Release, permission: RobotPermission) -> None:
    if permission.kind not in _KINDS:
        raise bad_request(f"bad request permission level: {permission.kind}")
    grantable = release.grantable(permission.kind)
    for access in permission.access:
        if Policy(access.resource, access.action) not in grantable:
            raise bad_request(f"bad request permission: {access.resource}:{access.action}")


def validate_scope_of_creator(call: Call, wanted: RobotCreate, robot: Robot, creator: str) -> None:
    """Refuses a robot that would be mightier than the robot that creates it.

    An absent effect and "allow" are not the same to Harbor here.

    Raises:
        HarborError: 403 DENIED.
    """
    if wanted.level == "project" and call.does(Difference.NO_PROJECT_ROBOTS_BY_ROBOTS):
        raise denied(f"the creator robot account is not found: {creator}")
    held = {_namespace_key(call.state, entry): set(entry.accesses) for entry in robot.permissions}
    narrow = call.does(Difference.NARROW_CREATORS)
    for permission in wanted.permissions:
        own = held.get((permission.kind, permission.namespace))
        if own is None:
            own = set() if narrow else held.get((permission.kind, "*"), set())
        asked = {
            Access(access.resource, access.action, access.effect) for access in permission.access
        }
        if not asked <= own:
            raise denied(
                "permission scope is invalid. It must be equal to or more restrictive than "
                f"the creator robot's permissions: {creator}"
            )


def _namespace_key(state: HarborState, permission: Permission) -> tuple[str, str]:
    view = namespace_of(state, permission.scope)
    return view if view is not None else ("", "")


def namespace_of(state: HarborState, scope: str) -> tuple[str, str] | None:
    """The kind and namespace of a stored scope; None when its project is gone."""
    if scope == SYSTEM_SCOPE:
        return "system", "/"
    if scope == ALL_PROJECTS_SCOPE:
        return "project", "*"
    project = state.projects.get(int(scope.rpartition("/")[2]))
    return ("project", project.name) if project is not None else None


def generate_secret() -> str:
    """A secret as Harbor makes them: letters and digits, with one of each class."""
    while True:
        secret = "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(SECRET_LENGTH))
        if is_strong(secret):
            return secret


def is_strong(secret: str) -> bool:
    """Whether Harbor takes a chosen secret or password."""
    classes = (str.isupper, str.islower, str.isdigit)
    return len(secret) in _OWN_SECRET and all(any(map(kind, secret)) for kind in classes)


def validate_secret(secret: str) -> None:
    """Refuses a weak secret.

    Raises:
        HarborError: 400.
    """
    if not is_strong(secret):
        raise bad_request(_WEAK_SECRET)
