"""Tag retention: one policy per project, and its runs, which remove nothing here."""

from dataclasses import replace
from datetime import datetime, timedelta

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.clock import rfc3339_micros, rfc3339_seconds
from testbed.harbor.errors import bad_request, conflict, internal_error, not_found
from testbed.harbor.paging import Column, page_headers
from testbed.harbor.policy_models import (
    OperateRetentionExecutionBody,
    RetentionPolicy,
    RetentionPolicyScope,
    RetentionRule,
    RetentionRuleTrigger,
    RetentionSelector,
    TriggerRetentionExecutionBody,
)
from testbed.harbor.policy_state import JobSchedule, Retention, RetentionExecution, Vendor
from testbed.harbor.printing import printed, printed_object
from testbed.harbor.release import Difference
from testbed.harbor.retention_metadata import METADATA
from testbed.harbor.scheduler import add_schedule, next_run, remove_schedules, require_cron
from testbed.harbor.state import HarborState, Project

METADATA_KEY = "retention_id"
"""Where a project keeps the number of its policy."""
MAX_RULES = 15
_PROJECT_LEVEL = "project"
_SCHEDULED = "Schedule"
_RESOURCE = "tag-retention"
_RUN_SECONDS = timedelta(seconds=1)
"""How long a run takes; Harbor's ends as soon as its job service has found nothing to do."""
_ZERO_TIME = "0001-01-01T00:00:00Z"


async def get_metadata(call: Call) -> web.StreamResponse:
    """GET /retentions/metadatas: what rules can be made of."""
    call.require_authenticated()
    return answer(METADATA)


async def create_retention(call: Call) -> web.StreamResponse:
    """POST /retentions, for a project that has none yet."""
    body = await call.body(RetentionPolicy, "Policy")
    call.require_authenticated()
    _validate_rules(body)
    project = _project_of_creation(call, body)
    if METADATA_KEY in project.metadata:
        raise bad_request(
            f"bad request: project {project.project_id} already has retention policy "
            f"{project.metadata[METADATA_KEY]}"
        )
    cron = _require_trigger(body)
    return call.created(_store(call.state, call.now, project, policy=body, cron=cron))


def _project_of_creation(call: Call, body: RetentionPolicy) -> Project:
    scope = _require_access(call, body, "create")
    if scope.level != _PROJECT_LEVEL:
        raise bad_request(f"bad request: scope {scope.level} is not support")
    project = call.find_project(scope.ref)
    if project is None:
        raise bad_request(f"bad request: invalid Project id {scope.ref}")
    return project


def _store(
    state: HarborState, now: datetime, project: Project, *, policy: RetentionPolicy, cron: str
) -> int:
    number = state.next_id("retention")
    state.retentions[number] = Retention(number, project.project_id, replace(policy, id=number))
    _reschedule(state, now, number, cron)
    project.metadata[METADATA_KEY] = str(number)
    return number


def add_default_policy(state: HarborState, now: datetime, project: Project, *, days: int) -> None:
    """Gives a project the policy of proxy caches: keep what was pulled in the last days."""
    template = "nDaysSinceLastPull"
    rule = RetentionRule(
        id=1,
        priority=1,
        action="retain",
        template=template,
        params={template: days},
        tag_selectors=[RetentionSelector("doublestar", "matches", "**")],
        scope_selectors={"repository": [RetentionSelector("doublestar", "repoMatches", "**")]},
    )
    cron = "0 0 0 * * *"
    policy = RetentionPolicy(
        algorithm="or",
        rules=[rule],
        trigger=RetentionRuleTrigger(_SCHEDULED, {"cron": cron}),
        scope=RetentionPolicyScope(_PROJECT_LEVEL, project.project_id),
    )
    _store(state, now, project, policy=policy, cron=cron)


def _validate_rules(policy: RetentionPolicy) -> None:
    rules = policy.rules or []
    if len(rules) > MAX_RULES:
        raise bad_request(f"bad request: only {MAX_RULES} rules are allowed at most")
    seen: list[object] = []
    for number, rule in enumerate(rules):
        document = printed(replace(rule, id=0))
        if document in seen:
            earlier = seen.index(document)
            raise conflict(f"resource conflict: rule {number} is conflict with rule {earlier}")
        seen.append(document)


def _require_access(call: Call, policy: RetentionPolicy, action: str) -> RetentionPolicyScope:
    # Harbor dereferences the scope without a look, which ends in a masked error.
    if policy.scope is None:
        raise internal_error()
    if policy.scope.level == _PROJECT_LEVEL:
        call.require_in_project(policy.scope.ref, action, _RESOURCE)
    else:
        call.require_on_system(action, _RESOURCE)
    return policy.scope


def _require_trigger(policy: RetentionPolicy) -> str:
    """The cron expression of a policy, empty for one that only runs on demand."""
    trigger = policy.trigger
    if trigger is None:
        raise internal_error()
    if trigger.kind != _SCHEDULED:
        return ""
    cron = (trigger.settings or {}).get("cron", "")
    if not isinstance(cron, str):
        raise bad_request("invalid cron type for scheduled tag retention: must be a string")
    if cron:
        require_cron(cron, "tag retention")
    return cron


def _reschedule(state: HarborState, now: datetime, number: int, cron: str) -> None:
    remove_schedules(state, Vendor.RETENTION, number)
    if cron:
        add_schedule(state, JobSchedule(0, Vendor.RETENTION, number, "", cron, {}, now))


def _find(call: Call) -> Retention | None:
    return call.state.retentions.get(call.number("id"))


def _existing(call: Call) -> Retention:
    retention = _find(call)
    if retention is None:
        raise bad_request(f"bad request: no such Retention policy with id {call.number('id')}")
    return retention


async def get_retention(call: Call) -> web.StreamResponse:
    """GET /retentions/{id}; a number that nobody has is an error of the server."""
    call.require_authenticated()
    retention = _find(call)
    if retention is None:
        raise internal_error()
    _require_access(call, retention.policy, "read")
    return answer(_view(retention, call.now))


def _view(retention: Retention, now: datetime) -> dict[str, object]:
    policy, trigger = retention.policy, retention.policy.trigger
    cron = str((trigger.settings or {}).get("cron", "")) if trigger is not None else ""
    if trigger is not None and trigger.kind == _SCHEDULED and cron:
        settings = {**(trigger.settings or {}), "next_scheduled_time": next_run(cron, now)}
        policy = replace(policy, trigger=replace(trigger, settings=settings))
    return printed_object(policy)


async def update_retention(call: Call) -> web.StreamResponse:
    """PUT /retentions/{id}: replaces the policy; the scope must name its project."""
    body = await call.body(RetentionPolicy, "Policy")
    call.require_authenticated()
    _validate_rules(body)
    scope = _require_access(call, body, "update")
    retention = _require_current(call, scope.ref)
    cron = _require_trigger(body)
    before = _cron_before(retention.policy, body)
    retention.policy = replace(body, id=retention.id)
    if cron != before:
        _reschedule(call.state, call.now, retention.id, cron)
    return done()


def _require_current(call: Call, project_id: int) -> Retention:
    project, retention = call.find_project(project_id), _find(call)
    current = project.metadata.get(METADATA_KEY) if project is not None else None
    if current != str(call.number("id")):
        number = call.number("id")
        raise not_found(f"resource not found: the retention policy id {number} does not match")
    if retention is None:
        raise internal_error()
    return retention


def _cron_before(old: RetentionPolicy, new: RetentionPolicy) -> str | None:
    """The old cron expression; None when the trigger's kind changes.

    Raises:
        HarborError: 500 for a trigger that Harbor cannot compare.
    """
    before, after = old.trigger, new.trigger
    if before is None or after is None:
        raise internal_error()
    if before.kind != after.kind:
        return None
    if after.kind not in {_SCHEDULED, ""}:
        raise internal_error()
    if after.kind == _SCHEDULED and "cron" not in (after.settings or {}):
        raise internal_error()
    return str((before.settings or {}).get("cron", ""))


async def delete_retention(call: Call) -> web.StreamResponse:
    """DELETE /retentions/{id}: the project forgets it, too, but in older releases."""
    call.require_authenticated()
    retention = _existing(call)
    scope = _require_access(call, retention.policy, "delete")
    remove_retention(call.state, retention)
    project = call.find_project(scope.ref)
    if project is not None and not call.does(Difference.DANGLING_RETENTION):
        project.metadata.pop(METADATA_KEY, None)
    return done()


def remove_retention(state: HarborState, retention: Retention) -> None:
    """Deletes a policy with its schedule and runs."""
    remove_schedules(state, Vendor.RETENTION, retention.id)
    runs = state.retention_executions.items()
    state.retention_executions = {k: v for k, v in runs if v.retention_id != retention.id}
    del state.retentions[retention.id]


def remove_retentions_of(state: HarborState, project_id: int) -> None:
    """Deletes the policies of a project that goes away."""
    for retention in [r for r in state.retentions.values() if r.project_id == project_id]:
        remove_retention(state, retention)


async def run_retention(call: Call) -> web.StreamResponse:
    """POST /retentions/{id}/executions."""
    body = await call.body(TriggerRetentionExecutionBody, "body")
    call.require_authenticated()
    retention = _existing(call)
    _require_access(call, retention.policy, "update")
    number = call.state.next_id("execution")
    run = RetentionExecution(number, retention.id, body.dry_run, call.now)
    call.state.retention_executions[number] = run
    return call.created(number)


_COLUMNS: dict[str, Column[RetentionExecution]] = {"id": lambda run: run.id}


async def list_executions(call: Call) -> web.StreamResponse:
    """GET /retentions/{id}/executions, newest first."""
    call.require_authenticated()
    retention = _existing(call)
    _require_access(call, retention.policy, "list")
    runs = call.state.retention_executions.values()
    return call.page(
        [run for run in runs if run.retention_id == retention.id],
        call.list_query(),
        columns=_COLUMNS,
        order="-id",
        view=lambda run: _execution_view(run, call.now),
    )


def _execution_view(run: RetentionExecution, now: datetime) -> dict[str, object]:
    ended = run.stopped or (run.started + _RUN_SECONDS)
    is_over = ended <= now
    view: dict[str, object] = {
        "end_time": rfc3339_seconds(ended) if is_over else _ZERO_TIME,
        "id": run.id,
        "policy_id": run.retention_id,
        "start_time": rfc3339_micros(run.started),
        "status": ("Stopped" if run.stopped else "Success") if is_over else "Running",
        "trigger": "MANUAL",
    }
    return view | ({"dry_run": True} if run.dry_run else {})


def _existing_execution(call: Call, action: str) -> RetentionExecution:
    retention = _existing(call)
    scope = _require_access(call, retention.policy, action)
    _require_current(call, scope.ref)
    number = call.number("execution")
    run = call.state.retention_executions.get(number)
    if run is None or run.retention_id != retention.id:
        raise not_found(f"project: {scope.ref}, execution id {number} not found")
    return run


async def operate_execution(call: Call) -> web.StreamResponse:
    """PATCH /retentions/{id}/executions/{execution}: stops it."""
    body = await call.body(OperateRetentionExecutionBody, "body")
    call.require_authenticated()
    if body.action != "stop":
        raise bad_request("bad request: action should be 'stop'")
    run = _existing_execution(call, "update")
    run.stopped = min(call.now, run.started + _RUN_SECONDS)
    return done()


async def list_tasks(call: Call) -> web.StreamResponse:
    """GET /retentions/{id}/executions/{execution}/tasks: none, as nothing is removed."""
    call.require_authenticated()
    _existing_execution(call, "list")
    return answer([], headers=page_headers(call.request, call.list_query(), 0))


_EXECUTIONS = "/retentions/{id}/executions"

ROUTES = (
    Route("GET", "/retentions/metadatas", get_metadata),
    Route("POST", "/retentions", create_retention),
    Route("GET", "/retentions/{id}", get_retention),
    Route("PUT", "/retentions/{id}", update_retention),
    Route("DELETE", "/retentions/{id}", delete_retention),
    Route("POST", _EXECUTIONS, run_retention),
    Route("GET", _EXECUTIONS, list_executions),
    Route("PATCH", _EXECUTIONS + "/{execution}", operate_execution),
    Route("GET", _EXECUTIONS + "/{execution}/tasks", list_tasks),
)
