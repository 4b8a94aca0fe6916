"""Scanning everything at once, and how far that is."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from aiohttp import web

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call, Route, answer, without_empty
from testbed.harbor.errors import HarborError, bad_request, conflict, precondition_failed
from testbed.harbor.scan_jobs import launch, scanner_in_use, stop_all
from testbed.harbor.scan_state import Scan, ScanAllExecution, ScanKind, ScanStatus
from testbed.harbor.scanners import default_scanner
from testbed.harbor.state import HarborState

_ACCEPTED = 202
_RESOURCE = "scan-all"
_MANUAL, _SCHEDULE = "Manual", "Schedule"


def require_scanner(call: Call) -> None:
    """Lets pass where there is a default scanner.

    Raises:
        HarborError: 412.
    """
    if default_scanner(call.state.scanners.values()) is None:
        raise precondition_failed("no scanner is configured, it's not possible to scan")


async def scan_everything(call: Call) -> None:
    """Starts the scans of all artifacts that can be scanned.

    Raises:
        HarborError: 409 while the last run goes on.
    """
    last = _latest(call.state, _MANUAL)
    if last is not None and _goes_on(call, last):
        status = _status(call, last)
        raise conflict(f"a previous scan all job aleady exits, its status is {status}")
    execution = ScanAllExecution(call.state.next_id("execution"), _MANUAL, call.now)
    call.state.scan_all_executions.append(execution)
    for repository, artifact in list(_artifacts(call.state)):
        in_use = await scanner_in_use(call, call.state.projects[repository.project_id])
        if in_use is not None:
            with suppress(HarborError):
                target = in_use.target(call.state, repository, artifact)
                launch(call, target, ScanKind.VULNERABILITY, execution.id)


def _artifacts(state: HarborState) -> Iterator[tuple[Repository, Artifact]]:
    for repository in state.repositories.values():
        for artifact in repository.artifacts.values():
            if artifact.tags or not repository.parents_of(artifact):
                yield repository, artifact


def _latest(state: HarborState, trigger: str = "") -> ScanAllExecution | None:
    runs = reversed(state.scan_all_executions)
    return next((run for run in runs if trigger in {"", run.trigger}), None)


def _scans(call: Call, run: ScanAllExecution) -> list[Scan]:
    return [scan for scan in call.state.scans.values() if scan.execution_id == run.id]


def _goes_on(call: Call, run: ScanAllExecution) -> bool:
    return any(not scan.status(call.now).final for scan in _scans(call, run))


def _status(call: Call, run: ScanAllExecution) -> ScanStatus:
    statuses = {scan.status(call.now) for scan in _scans(call, run)}
    return ScanStatus.RUNNING if ScanStatus.RUNNING in statuses else ScanStatus.PENDING


async def stop(call: Call) -> web.StreamResponse:
    """POST /system/scanAll/stop."""
    call.require_on_system("stop", _RESOURCE)
    require_scanner(call)
    run = _latest(call.state)
    if run is None:
        raise bad_request("no scan all job is found currently")
    stop_all(_scans(call, run), call.now)
    return web.Response(status=_ACCEPTED)


async def get_metrics(call: Call) -> web.StreamResponse:
    """GET /scans/all/metrics: of the last run, whatever started it."""
    return _metrics(call, "")


async def get_scheduled_metrics(call: Call) -> web.StreamResponse:
    """GET /scans/schedule/metrics: of the last run by schedule; nothing here runs by schedule."""
    return _metrics(call, _SCHEDULE)


def _metrics(call: Call, trigger: str) -> web.Response:
    call.require_on_system("read", _RESOURCE)
    require_scanner(call)
    run = _latest(call.state, trigger)
    if run is None:
        return answer({"completed": 0, "ongoing": False, "total": 0})
    counts = Counter(scan.status(call.now) for scan in _scans(call, run))
    completed = sum(count for status, count in counts.items() if status.final)
    view: dict[str, object] = {
        "completed": completed,
        "ongoing": completed < counts.total(),
        "total": counts.total(),
    }
    metrics = {status.value: counts[status] for status in ScanStatus}
    return answer(view | without_empty({"metrics": metrics, "trigger": run.trigger}))


ROUTES = (
    Route("POST", "/system/scanAll/stop", stop),
    Route("GET", "/scans/all/metrics", get_metrics),
    Route("GET", "/scans/schedule/metrics", get_scheduled_metrics),
)
