"""The audit log: what Harbor writes down about changes and pulls.

Some lines come from the handlers (projects, robots, repositories), others are derived from the
request and its answer, whether it succeeded or not (users, members, settings, project updates).
"""

import re
from typing import NamedTuple

from aiohttp import web

from testbed.harbor.call import Call, Route
from testbed.harbor.clock import rfc3339
from testbed.harbor.errors import unrouted
from testbed.harbor.paging import Column
from testbed.harbor.release import Difference
from testbed.harbor.state import AuditEntry

_API = "/api/v2.0"
_PROJECT_CHANGE = re.compile(r"/projects/(?P<project>[^/]+)(?P<metadata>/metadatas/[^/]*)?")
_MEMBER_CHANGE = re.compile(r"/projects/(?P<project>[^/]+)/members(?:/(?P<member>\d+))?")
_USER_CHANGE = re.compile(r"/users(?:/(?P<user>\d+)(?:/password|/sysadmin)?)?")
_OPERATIONS = {"POST": "create", "PUT": "update", "DELETE": "delete"}
_FIRST_ERROR_STATUS = 400


class _Line(NamedTuple):
    """What a line of the log says, apart from who and when."""

    operation: str
    resource_type: str
    resource: str
    description: str


def record(call: Call, operation: str, resource_type: str, resource: str, shown: str = "") -> None:
    """Writes a line about something that the caller did; `shown` replaces the resource's name."""
    description = f"{operation} {resource_type}: {resource}"
    _append(call, _Line(operation, resource_type, shown or resource, description))


def record_request(call: Call, status: int) -> None:
    """Writes the line that a changing request leaves by itself, if it is of such a kind."""
    line = _line_of_request(call)
    if line is not None:
        _append(call, line, successful=status < _FIRST_ERROR_STATUS)


def record_login(call: Call, username: str, *, successful: bool) -> None:
    """Writes a line about an attempt to log in."""
    _append(call, _Line("login", "user", username, "login"), username, successful=successful)


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
        return _Line(operation, "member", member, description)
    if match := _USER_CHANGE.fullmatch(path):
        user = match["user"] or ""
        return _Line(operation, "user", user, f"{operation} user with name: {user}")
    if (match := _PROJECT_CHANGE.fullmatch(path)) and _updates(call, match):
        project = match["project"]
        return _Line("update", "project", project, f"update project: {project}")
    return None


def _updates(call: Call, match: re.Match[str]) -> bool:
    reference = match["project"]
    known = call.find_project(int(reference) if reference.isdigit() else reference)
    return known is not None and (bool(match["metadata"]) or call.request.method == "PUT")


def _append(
    call: Call, line: _Line, username: str | None = None, *, successful: bool = True
) -> None:
    entry = AuditEntry(
        id=call.state.next_id("audit_log"),
        username=call.caller.name if username is None else username,
        operation=line.operation,
        resource_type=line.resource_type,
        resource=line.resource,
        description=line.description,
        successful=successful,
        at=call.now,
    )
    call.state.audit_log.append(entry)


def _view(entry: AuditEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "op_time": rfc3339(entry.at),
        "operation": entry.operation,
        "operation_description": entry.description,
        "operation_result": entry.successful,
        "resource": entry.resource,
        "resource_type": entry.resource_type,
        "username": entry.username,
    }


_COLUMNS: dict[str, Column[AuditEntry]] = {
    "id": lambda entry: entry.id,
    "username": lambda entry: entry.username,
    "operation": lambda entry: entry.operation,
    "resource_type": lambda entry: entry.resource_type,
    "resource": lambda entry: entry.resource,
    "op_time": lambda entry: entry.at,
}


async def list_entries(call: Call) -> web.StreamResponse:
    """GET /auditlog-exts, newest first."""
    if call.does(Difference.ONE_AUDIT_LOG):
        raise unrouted(call.request)
    call.require_on_system("list", "audit-log")
    return call.page(
        call.state.audit_log, call.list_query(), columns=_COLUMNS, order="-id", view=_view
    )


async def list_legacy_entries(call: Call) -> web.StreamResponse:
    """GET /audit-logs: the table of older releases, to which newer ones add nothing any more."""
    call.require_on_system("list", "audit-log")
    rows = call.state.audit_log if call.does(Difference.ONE_AUDIT_LOG) else []
    return call.page(rows, call.list_query(), columns=_COLUMNS, order="-id", view=_view)


ROUTES = (
    Route("GET", "/auditlog-exts", list_entries),
    Route("GET", "/audit-logs", list_legacy_entries),
)
