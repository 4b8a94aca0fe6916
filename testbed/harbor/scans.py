"""Scanning an artifact: starting, stopping, and what came out of it."""

from aiohttp import web

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call, Route, answer
from testbed.harbor.clock import rfc3339
from testbed.harbor.errors import not_found, unprocessable
from testbed.harbor.lookup import ARTIFACT, artifact_of
from testbed.harbor.policy_models import ScanType
from testbed.harbor.scan_jobs import (
    ScanTarget,
    scanner_in_use,
    scans_of,
    start_scan,
    stop_scans,
)
from testbed.harbor.scan_reports import (
    ACCEPT_HEADER,
    GENERIC_REPORT,
    accepted_reports,
    parse_report_id,
    report,
)
from testbed.harbor.scan_state import Scan, ScanKind, ScanStatus

_ACCEPTED = 202


async def scan(call: Call) -> web.StreamResponse:
    """POST .../artifacts/{reference}/scan."""
    kind = await _kind(call)
    repository, artifact = artifact_of(call, "create", _resource(kind))
    project = call.state.projects[repository.project_id]
    await start_scan(call, project, repository, artifact, kind)
    return web.Response(status=_ACCEPTED)


async def stop(call: Call) -> web.StreamResponse:
    """POST .../artifacts/{reference}/scan/stop."""
    kind = await _kind(call)
    _, artifact = artifact_of(call, "stop", _resource(kind))
    stop_scans(call, artifact, kind)
    return web.Response(status=_ACCEPTED)


async def _kind(call: Call) -> ScanKind:
    if not await call.request.read():
        return ScanKind.VULNERABILITY
    given = (await call.body(ScanType, "scanType")).scan_type
    if given and given not in {kind.value for kind in ScanKind}:
        raise unprocessable("scanType.scan_type in body should be one of [vulnerability sbom]")
    return ScanKind(given or ScanKind.VULNERABILITY)


def _resource(kind: ScanKind) -> str:
    return "sbom" if kind is ScanKind.SBOM else "scan"


async def vulnerabilities(call: Call) -> web.StreamResponse:
    """GET .../additions/vulnerabilities: an empty object until there is a report."""
    repository, artifact = artifact_of(call, "read", "artifact-addition")
    target = await _target(call, repository, artifact)
    scans = _reported(call, target)
    if GENERIC_REPORT not in accepted_reports(call.request.headers.get(ACCEPT_HEADER)):
        return answer({})
    shown = report(scans, call.now)
    return answer({} if shown is None else {GENERIC_REPORT: shown})


async def _target(call: Call, repository: Repository, artifact: Artifact) -> ScanTarget:
    project = call.state.projects[repository.project_id]
    in_use = await scanner_in_use(call, project)
    if in_use is None:
        raise not_found(f"no scanner registration configured for project: {project.project_id}")
    return in_use.target(call.state, repository, artifact)


def _reported(call: Call, target: ScanTarget) -> list[Scan]:
    if not target.scannable and target.by.adapter is not None:
        name = f"{target.repository.name}@{target.artifact.digest}"
        raise not_found(f"report not found for {name}")
    return scans_of(call.state, target, ScanKind.VULNERABILITY)


async def log(call: Call) -> web.StreamResponse:
    """GET .../scan/{report_id}/log."""
    repository, artifact = artifact_of(call, "read", "scan")
    report_id = call.text("report_id")
    target = await _target(call, repository, artifact)
    uuids = parse_report_id(report_id)
    scans = [call.state.scans[uuid] for uuid in uuids if uuid in call.state.scans]
    if not scans:
        raise not_found(f"report with uuid {report_id} does not exist")
    if not {scan.artifact_id for scan in scans} <= {part.id for part in target.parts}:
        raise not_found(f"scan log with uuid: {report_id} not found")
    logs = ["\n".join(_log_lines(call, scan)) + "\n" for scan in scans]
    if len(logs) > 1:
        titles = (f"---------- Logs of report {scan.uuid} ----------\n" for scan in scans)
        logs = [title + log for title, log in zip(titles, logs, strict=True)]
    text = "\n\n\n\n".join(logs)
    return web.Response(body=text.encode(), headers={"Content-Type": "text/plain"})


def _log_lines(call: Call, found: Scan) -> list[str]:
    status = found.status(call.now)
    source = "[INFO] [/pkg/scan/job.go:229]:"
    lines = [f"{rfc3339(found.starts)} {source} Get report for mime type: {GENERIC_REPORT}"]
    ended = found.ended(call.now)
    if status is ScanStatus.ERROR and ended is not None:
        source = "[ERROR] [/pkg/scan/job.go:304]:"
        lines.append(f"{rfc3339(ended)} {source} scan job: fetch scan report: running trivy")
    return lines


ROUTES = (
    Route("POST", ARTIFACT + "/scan", scan),
    Route("POST", ARTIFACT + "/scan/stop", stop),
    Route("GET", ARTIFACT + "/scan/{report_id}/log", log),
    Route("GET", ARTIFACT + "/additions/vulnerabilities", vulnerabilities),
)
