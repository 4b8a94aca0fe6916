"""What artifacts show of their scans: the overviews, and links to the reports."""

from urllib.parse import quote

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call, without_empty
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.scan_jobs import ScannerInUse, ScanTarget, scans_of
from testbed.harbor.scan_reports import ACCEPT_HEADER, GENERIC_REPORT, accepted_reports, overview
from testbed.harbor.scan_state import Scan, ScanKind, ScanStatus
from testbed.harbor.scan_table import last_scan

LINKS = "addition_links"


def with_scans(
    call: Call,
    in_use: ScannerInUse | None,
    repository: Repository,
    artifact: Artifact,
    view: dict[str, object],
) -> dict[str, object]:
    """The view of an artifact with its scans; as it was where nothing can be scanned."""
    target = in_use.target(call.state, repository, artifact) if in_use is not None else None
    if target is None or not target.scannable:
        return view
    shown = view | _scan_overview(call, target)
    generation = last_scan(call.state, artifact, target.by.scanner, ScanKind.SBOM)
    if generation is not None and _wanted(call, "with_sbom_overview"):
        shown["sbom_overview"] = _sbom_overview(call, generation)
    listed = _wanted(call, "with_sbom_overview") and generation is not None
    digest = generation.sbom_digest if listed and generation is not None else ""
    return shown | {LINKS: _links(view, repository, artifact, digest)}


def _wanted(call: Call, parameter: str) -> bool:
    return call.parameter(parameter).lower() == "true"


def _scan_overview(call: Call, target: ScanTarget) -> dict[str, object]:
    accepted = accepted_reports(call.request.headers.get(ACCEPT_HEADER))
    scans = scans_of(call.state, target, ScanKind.VULNERABILITY)
    if not scans or GENERIC_REPORT not in accepted or not _wanted(call, "with_scan_overview"):
        return {}
    return {"scan_overview": {GENERIC_REPORT: overview(scans, call.now)}}


def _sbom_overview(call: Call, scan: Scan) -> dict[str, object]:
    status = scan.status(call.now)
    if status is ScanStatus.SUCCESS and not scan.sbom_digest:
        status = ScanStatus.RUNNING  # found, but still on its way into the registry
    if status is not ScanStatus.SUCCESS:
        # The times are told by the report alone, which is not there yet.
        times: dict[str, object] = {"end_time": ZERO_TIME, "start_time": ZERO_TIME}
        return times | {"report_id": scan.uuid, "scan_status": status.value}
    ended = {"end_time": rfc3339(scan.ends), "start_time": rfc3339(scan.starts)}
    seconds = int((scan.ends - scan.starts).total_seconds())
    return ended | without_empty(
        {
            "duration": seconds,
            "sbom_digest": scan.sbom_digest,
            "scan_status": status.value,
            "scanner": scan.scanner,
        }
    )


def _links(
    view: dict[str, object], repository: Repository, artifact: Artifact, sbom: str
) -> dict[str, object]:
    given = view.get(LINKS)
    links: dict[str, object] = dict(given) if isinstance(given, dict) else {}
    project, _, name = repository.name.partition("/")
    encoded = quote(quote(name, safe=""), safe="")
    base = f"/api/v2.0/projects/{project}/repositories/{encoded}"
    paths = {
        "sboms": f"{base}/artifacts/{sbom}/additions/sbom",
        "vulnerabilities": f"{base}/artifacts/{artifact.digest}/additions/vulnerabilities",
    }
    added = {name: {"absolute": False, "href": path} for name, path in paths.items()}
    return dict(sorted((links | added).items()))
