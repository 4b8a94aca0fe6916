"""When jobs of the system run: garbage collection, scanning everything, purging the audit log."""

import json
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from testbed.harbor.audit import EVENT_TYPES, purge
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.clock import rfc3339
from testbed.harbor.errors import (
    bad_request,
    internal_error,
    precondition_failed,
    unprocessable,
)
from testbed.harbor.policy_models import Schedule, ScheduleObj
from testbed.harbor.policy_state import JobSchedule, Vendor
from testbed.harbor.release import Difference
from testbed.harbor.scan_all import require_scanner, scan_everything
from testbed.harbor.scheduler import (
    OF_THE_SYSTEM,
    add_schedule,
    find_schedule,
    next_run,
    remove_schedules,
    require_cron,
)

SCHEDULE_TYPES = ("Hourly", "Daily", "Weekly", "Custom", "Manual", "None", "Schedule")
MAX_WORKERS = 10
MAX_RETENTION_HOURS = 240000
_TIMED = frozenset({"Hourly", "Daily", "Weekly", "Custom"})
_MANUAL = "Manual"
_NONE = "None"
_ALREADY_SCHEDULED = (
    "fail to set schedule for scan all as always had one, please delete it firstly then to "
    "re-schedule"
)


@dataclass(frozen=True, slots=True)
class _Job:
    """A job of the system: its place in the API and the words that messages use for it."""

    vendor: Vendor
    resource: str
    purpose: str
    collection: str


_COLLECTION = _Job(Vendor.GARBAGE_COLLECTION, "garbage-collection", "gc", "/api/v2.0/system/gc")
_PURGE = _Job(
    Vendor.PURGE_AUDIT_LOG, "purge-audit", "log rotation purge", "/api/v2.0/system/purgeaudit"
)
_SCAN = _Job(Vendor.SCAN_ALL, "scan-all", "scan all", "")


async def _read_body(call: Call, action: str, job: _Job) -> tuple[ScheduleObj, dict[str, object]]:
    body = await call.body(Schedule, "schedule")
    if body.schedule is not None and body.schedule.type not in {*SCHEDULE_TYPES, ""}:
        allowed = " ".join(SCHEDULE_TYPES)
        raise unprocessable(f"schedule.type in body should be one of [{allowed}]")
    call.require_on_system(action, job.resource)
    if job is _PURGE:
        _validate_purge(call, body)
    if body.schedule is None:
        raise internal_error()
    return body.schedule, body.parameters


def _empty() -> web.Response:
    return web.Response(headers={"Content-Type": "application/json"})


def _put_on(call: Call, job: _Job, wanted: ScheduleObj, parameters: dict[str, object]) -> int:
    """Does what a schedule asks for; the number of the execution if it runs now, else 0."""
    if wanted.type == _MANUAL:
        return call.state.next_id("execution")
    if wanted.type == _NONE:
        remove_schedules(call.state, job.vendor, OF_THE_SYSTEM)
    elif wanted.type in _TIMED:
        require_cron(wanted.cron, job.purpose)
        remove_schedules(call.state, job.vendor, OF_THE_SYSTEM)
        schedule = JobSchedule(
            id=0,
            vendor=job.vendor,
            vendor_id=OF_THE_SYSTEM,
            type=wanted.type,
            cron=wanted.cron,
            parameters=parameters,
            created=call.now,
        )
        add_schedule(call.state, schedule)
    return 0


def _show(call: Call, job: _Job) -> web.Response:
    call.require_on_system("read", job.resource)
    schedule = find_schedule(call.state, job.vendor)
    if schedule is None:
        return _empty()
    return answer(
        {
            "creation_time": rfc3339(schedule.created),
            "id": schedule.id,
            "job_kind": schedule.cron,
            "job_parameters": json.dumps(
                schedule.parameters, sort_keys=True, separators=(",", ":")
            ),
            "job_status": "Running",
            "schedule": {
                "cron": schedule.cron,
                "next_scheduled_time": next_run(schedule.cron, call.now),
                "type": schedule.type,
            },
            "update_time": rfc3339(schedule.created),
        }
    )


def _collection_parameters(parameters: dict[str, object]) -> dict[str, object]:
    workers = parameters.get("workers", 0)
    if "workers" in parameters and not (isinstance(workers, int) and 0 < workers <= MAX_WORKERS):
        raise bad_request(
            f"Error: Invalid number of workers:{workers}. Workers must be greater than 0 and "
            f"less than or equal to {MAX_WORKERS}."
        )
    flags = {name: parameters.get(name) is True for name in ("delete_tag", "delete_untagged")}
    return {**flags, "workers": workers}


async def get_collection(call: Call) -> web.StreamResponse:
    """GET /system/gc/schedule: nothing when there is none."""
    return _show(call, _COLLECTION)


async def create_collection(call: Call) -> web.StreamResponse:
    """POST /system/gc/schedule: replaces an old schedule, or runs now."""
    wanted, parameters = await _read_body(call, "create", _COLLECTION)
    number = _put_on(call, _COLLECTION, wanted, _collection_parameters(parameters))
    return _created(_COLLECTION, number)


async def update_collection(call: Call) -> web.StreamResponse:
    """PUT /system/gc/schedule."""
    wanted, parameters = await _read_body(call, "update", _COLLECTION)
    _put_on(call, _COLLECTION, wanted, _collection_parameters(parameters))
    return done()


def _created(job: _Job, number: int) -> web.Response:
    return web.Response(status=201, headers={"Location": f"{job.collection}/{number}"})


def _validate_purge(call: Call, body: Schedule) -> None:
    if body.schedule is None:
        raise bad_request("bad request: schedule cann't be empty")
    if not body.parameters:
        raise bad_request("bad request: schedule parameter cann't be empty")
    early = call.does(Difference.PURGE_BY_OPERATION)
    chosen = "include_operations" if early else "include_event_types"
    for name in ("audit_retention_hour", chosen):
        if name not in body.parameters:
            raise bad_request(f"bad request: {name} should provide")
    hours = body.parameters["audit_retention_hour"]
    if isinstance(hours, float):
        raise bad_request("bad request: audit_retention_hour should be integer format")
    if isinstance(hours, int) and hours > MAX_RETENTION_HOURS:
        raise bad_request(
            f"bad request: audit_retention_hour should be less than {MAX_RETENTION_HOURS}"
        )


async def get_purge(call: Call) -> web.StreamResponse:
    """GET /system/purgeaudit/schedule: nothing when there is none."""
    return _show(call, _PURGE)


async def create_purge(call: Call) -> web.StreamResponse:
    """POST /system/purgeaudit/schedule: replaces an old schedule, or runs now."""
    wanted, parameters = await _read_body(call, "create", _PURGE)
    if wanted.type == _MANUAL:
        _purge(call, parameters)
    return _created(_PURGE, _put_on(call, _PURGE, wanted, parameters))


async def update_purge(call: Call) -> web.StreamResponse:
    """PUT /system/purgeaudit/schedule."""
    wanted, parameters = await _read_body(call, "update", _PURGE)
    _put_on(call, _PURGE, wanted, parameters)
    return done()


def _purge(call: Call, parameters: dict[str, object]) -> None:
    hours = parameters["audit_retention_hour"]
    if parameters.get("dry_run") is True or not isinstance(hours, int):
        return
    if call.does(Difference.PURGE_BY_OPERATION):
        operations = str(parameters["include_operations"]).lower().split(",")
        chosen = [name for name in EVENT_TYPES if name.partition("_")[0] in operations]
    else:
        chosen = str(parameters["include_event_types"]).split(",")
    purge(call.state, call.now - timedelta(hours=hours), chosen)


async def get_scan(call: Call) -> web.StreamResponse:
    """GET /system/scanAll/schedule, which like all about scanning needs a default scanner."""
    call.require_on_system("read", _SCAN.resource)
    require_scanner(call)
    schedule = find_schedule(call.state, Vendor.SCAN_ALL)
    if schedule is None:
        return _empty()
    return answer(
        {
            "creation_time": rfc3339(schedule.created),
            "id": schedule.id,
            "schedule": {"cron": schedule.cron, "type": schedule.type},
            "status": "Running",
            "update_time": rfc3339(schedule.created),
        }
    )


async def create_scan(call: Call) -> web.StreamResponse:
    """POST /system/scanAll/schedule: refused while there is one, or scans everything now."""
    wanted, _ = await _read_body(call, "create", _SCAN)
    require_scanner(call)
    if wanted.type == _MANUAL:
        await scan_everything(call)
    elif wanted.type != _NONE:
        if find_schedule(call.state, Vendor.SCAN_ALL) is not None:
            raise precondition_failed(_ALREADY_SCHEDULED)
        require_cron(wanted.cron, _SCAN.purpose)
        _put_on(call, _SCAN, wanted, {})
    return web.Response(status=201)


async def update_scan(call: Call) -> web.StreamResponse:
    """PUT /system/scanAll/schedule: any type but "Manual"."""
    wanted, _ = await _read_body(call, "update", _SCAN)
    require_scanner(call)
    if wanted.type == _MANUAL:
        raise bad_request(f"fail to update scan all schedule as wrong schedule type: {wanted.type}")
    old = find_schedule(call.state, Vendor.SCAN_ALL)
    if wanted.type != _NONE:
        require_cron(wanted.cron, _SCAN.purpose)
    if old is None or (old.type, old.cron) != (wanted.type, wanted.cron):
        _put_on(call, _SCAN, wanted, {})
    return done()


ROUTES = (
    Route("GET", "/system/gc/schedule", get_collection),
    Route("POST", "/system/gc/schedule", create_collection),
    Route("PUT", "/system/gc/schedule", update_collection),
    Route("GET", "/system/purgeaudit/schedule", get_purge),
    Route("POST", "/system/purgeaudit/schedule", create_purge),
    Route("PUT", "/system/purgeaudit/schedule", update_purge),
    Route("GET", "/system/scanAll/schedule", get_scan),
    Route("POST", "/system/scanAll/schedule", create_scan),
    Route("PUT", "/system/scanAll/schedule", update_scan),
)
