"""The audit log: what Harbor writes down about changes and pulls.

Some lines come from the handlers (projects, robots, repositories), others are derived from the
request and its answer, whether it succeeded or not (users, members, settings, project updates).
Robots leave no line when they log in, only when they pull, push or change something.
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from testbed.harbor.call import Call
from testbed.harbor.release import Difference
from testbed.harbor.state import AuditEntry, HarborState

_API = "/api/v2.0"
_PROJECT_CHANGE = re.compile(r"/projects/(?P<project>[^/]+)(?P<metadata>/metadatas/[^/]*)?")
_MEMBER_CHANGE = re.compile(r"/projects/(?P<project>[^/]+)/members(?:/(?P<member>\d+))?")
_USER_CHANGE = re.compile(r"/users(?:/(?P<user>\d+)(?:/password|/sysadmin)?)?")
_OPERATIONS = {"POST": "create", "PUT": "update", "DELETE": "delete"}
_FIRST_ERROR_STATUS = 400
_VERBS = {("create", "artifact"): "push"}
"""Words that descriptions have in place of the operation."""
_NOBODY = "anonymous"
EVENT_TYPES: Final = (
    "create_artifact",
    "delete_artifact",
    "pull_artifact",
    "create_project",
    "delete_project",
    "delete_repository",
    "login_user",
    "logout_user",
    "create_user",
    "delete_user",
    "update_user",
    "create_robot",
    "delete_robot",
    "update_configuration",
    "create_member",
    "delete_member",
    "update_member",
    "update_project",
)
"""What can be switched off or purged by name; the others are always written and kept."""
_OTHER_EVENTS = "other"
"""All types but the three of artifacts."""


class _Line(NamedTuple):
    """What a line of the log says, apart from who and when."""

    operation: str
    resource_type: str
    resource: str
    description: str
    project_id: int = 0


def record(
    call: Call,
    operation: str,
    resource_type: str,
    resource: str,
    shown: str = "",
    *,
    project_id: int = 0,
) -> None:
    """Writes a line about something that the caller did; `shown` replaces the resource's name.

    The line is also one of the project's own log where `project_id` names one.
    """
    verb = _VERBS.get((operation, resource_type), operation)
    description = f"{verb} {resource_type}: {resource}"
    _append(call, _Line(operation, resource_type, shown or resource, description, project_id))


def record_request(call: Call, status: int) -> None:
    """Writes the line that a changing request leaves by itself, if it is of such a kind."""
    line = _line_of_request(call)
    if line is not None and not call.does(Difference.ONE_AUDIT_LOG):
        _append(call, line, successful=status < _FIRST_ERROR_STATUS)


def record_login(call: Call, username: str, *, successful: bool) -> None:
    """Writes a line about an attempt to log in."""
    if not call.does(Difference.ONE_AUDIT_LOG):
        _append(call, _Line("login", "user", username, "login"), username, successful=successful)


def record_logout(call: Call) -> None:
    """Writes a line about a user who logged out."""
    if not call.does(Difference.ONE_AUDIT_LOG):
        _append(call, _Line("logout", "user", call.caller.name, "logout"))


def _line_of_request(call: Call) -> _Line | None:
    operation = _OPERATIONS.get(call.request.method)
    path = call.request.path.removeprefix(_API)
    if operation is None:
        return None
    if path == "/configurations" and operation == "update":
        return _Line("update", "configuration", "configuration", "update configuration")
    if match := _MEMBER_CHANGE.fullmatch(path):
        member = match["member"] or ""
        description = f"{operation} member {member} of {match['project']}"
        return _Line(operation, "member", member, description, _project_id(call, match))
    if match := _USER_CHANGE.fullmatch(path):
        user = match["user"] or ""
        return _Line(operation, "user", user, f"{operation} user with name: {user}")
    if (match := _PROJECT_CHANGE.fullmatch(path)) and _updates(call, match):
        project = match["project"]
        description = f"update project: {project}"
        return _Line("update", "project", project, description, _project_id(call, match))
    return None


def _project_id(call: Call, match: re.Match[str]) -> int:
    reference = match["project"]
    known = call.find_project(int(reference) if reference.isdigit() else reference)
    return 0 if known is None else known.project_id


def _updates(call: Call, match: re.Match[str]) -> bool:
    changes = bool(match["metadata"]) or call.request.method == "PUT"
    return changes and _project_id(call, match) > 0


def _append(
    call: Call, line: _Line, username: str | None = None, *, successful: bool = True
) -> None:
    if not _written(call, f"{line.operation}_{line.resource_type}"):
        return
    entry = AuditEntry(
        id=call.state.next_id("audit_log"),
        username=(call.caller.name or _NOBODY) if username is None else username,
        operation=line.operation,
        resource_type=line.resource_type,
        resource=line.resource,
        description=line.description,
        successful=successful,
        at=call.now,
        project_id=line.project_id,
    )
    call.state.audit_log.append(entry)


def _written(call: Call, event_type: str) -> bool:
    settings = call.state.configuration
    disabled = str(settings["disabled_audit_log_event_types"]).lower().split(",")
    kept = not settings["skip_audit_log_database"]
    return kept and event_type not in {name.strip() for name in disabled}


def purge(state: HarborState, before: datetime, event_types: Collection[str]) -> None:
    """Removes old lines of the given types, `other` for all that are not about artifacts."""
    names = {name.strip().lower() for name in event_types}
    chosen = {name for name in EVENT_TYPES if name in names}
    if _OTHER_EVENTS in names:
        chosen |= set(EVENT_TYPES[3:])
    state.audit_log = [
        entry
        for entry in state.audit_log
        if entry.at >= before or f"{entry.operation}_{entry.resource_type}" not in chosen
    ]
