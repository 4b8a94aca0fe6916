"""Reading the audit log, of the system or of one project."""

from collections.abc import Callable, Iterable

from aiohttp import web

from testbed.harbor.audit import EVENT_TYPES
from testbed.harbor.call import Call, Route, answer, without_empty
from testbed.harbor.callers import UserCaller, may_on_system
from testbed.harbor.clock import rfc3339
from testbed.harbor.errors import unrouted
from testbed.harbor.lookup import project_of
from testbed.harbor.paging import Column
from testbed.harbor.release import Difference
from testbed.harbor.state import AuditEntry


def _old_view(entry: AuditEntry) -> dict[str, object]:
    return without_empty(
        {
            "id": entry.id,
            "op_time": rfc3339(entry.at),
            "operation": entry.operation,
            "resource": entry.resource,
            "resource_type": entry.resource_type,
            "username": entry.username,
        }
    )


def _view(entry: AuditEntry) -> dict[str, object]:
    description = without_empty({"operation_description": entry.description})
    return _old_view(entry) | description | {"operation_result": entry.successful}


_COLUMNS: dict[str, Column[AuditEntry]] = {
    "id": lambda entry: entry.id,
    "username": lambda entry: entry.username,
    "operation": lambda entry: entry.operation,
    "resource_type": lambda entry: entry.resource_type,
    "resource": lambda entry: entry.resource,
    # Ranges are given without a time zone, and mean UTC.
    "op_time": lambda entry: f"{entry.at:%Y-%m-%dT%H:%M:%S.%f}",
}


def _readable(call: Call) -> list[AuditEntry]:
    """What the caller may read of the system's log; nobody but strangers is turned away."""
    call.require_authenticated()
    log = call.state.audit_log
    if may_on_system(call.caller, "list", "audit-log"):
        return log
    if not isinstance(call.caller, UserCaller):
        return []
    projects = call.state.projects.values()
    own = {p.project_id for p in projects if call.may_in_project(p, "list", "log")}
    return [entry for entry in log if entry.project_id in own]


def _page(
    call: Call, entries: Iterable[AuditEntry], view: Callable[[AuditEntry], object]
) -> web.Response:
    return call.page(entries, call.list_query(), columns=_COLUMNS, order="-id", view=view)


def _of_project(call: Call) -> list[AuditEntry]:
    project = project_of(call, "list", "log")
    return [entry for entry in call.state.audit_log if entry.project_id == project.project_id]


def _require_extended(call: Call) -> None:
    if call.does(Difference.ONE_AUDIT_LOG):
        raise unrouted(call.request)


async def list_entries(call: Call) -> web.StreamResponse:
    """GET /auditlog-exts, newest first."""
    _require_extended(call)
    return _page(call, _readable(call), _view)


async def list_legacy_entries(call: Call) -> web.StreamResponse:
    """GET /audit-logs: the table of older releases, to which newer ones add nothing any more."""
    rows = _readable(call)
    return _page(call, rows if call.does(Difference.ONE_AUDIT_LOG) else [], _old_view)


async def list_project_entries(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/auditlog-exts."""
    _require_extended(call)
    return _page(call, _of_project(call), _view)


async def list_legacy_project_entries(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/logs: as `/audit-logs`."""
    rows = _of_project(call)
    return _page(call, rows if call.does(Difference.ONE_AUDIT_LOG) else [], _old_view)


async def list_event_types(call: Call) -> web.StreamResponse:
    """GET /auditlog-exts/events: what can be switched off."""
    _require_extended(call)
    call.require_on_system("list", "audit-log")
    return answer([{"event_type": name} for name in EVENT_TYPES])


ROUTES = (
    Route("GET", "/auditlog-exts", list_entries),
    Route("GET", "/auditlog-exts/events", list_event_types),
    Route("GET", "/audit-logs", list_legacy_entries),
    Route("GET", "/projects/{project}/auditlog-exts", list_project_entries),
    Route("GET", "/projects/{project}/logs", list_legacy_project_entries),
)
