"""The security hub: what the default scanner found, over all projects."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from aiohttp import web

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call, Route, answer, without_empty
from testbed.harbor.errors import bad_request, internal_error
from testbed.harbor.paging import Column
from testbed.harbor.scan_state import Finding, ScanKind, ScanStatus, Severity
from testbed.harbor.scan_table import last_scan
from testbed.harbor.scanners import default_scanner

_RESOURCE = "security-hub"
_DANGEROUS = 5
"""How many of the worst are shown."""
_MOST_TAGS = 10
_TUNED_LIMIT = 1000
"""Above this many, a client that wants no exact count gets -1."""


class Hit(NamedTuple):
    """A vulnerability of an artifact."""

    repository: Repository
    artifact: Artifact
    finding: Finding


def _hits(call: Call) -> Iterator[Hit]:
    for repository, artifact in _scanned(call):
        for finding in _found(call, artifact):
            yield Hit(repository, artifact, finding)


def _scanned(call: Call) -> Iterator[tuple[Repository, Artifact]]:
    scanner = default_scanner(call.state.scanners.values())
    for repository in call.state.repositories.values():
        for artifact in repository.artifacts.values():
            if scanner and last_scan(call.state, artifact, scanner, ScanKind.VULNERABILITY):
                yield repository, artifact


def _found(call: Call, artifact: Artifact) -> tuple[Finding, ...]:
    scanner = default_scanner(call.state.scanners.values())
    if scanner is None:
        return ()
    scan = last_scan(call.state, artifact, scanner, ScanKind.VULNERABILITY)
    done = scan is not None and scan.status(call.now) is ScanStatus.SUCCESS
    return scan.findings if scan is not None and done else ()


async def get_summary(call: Call) -> web.StreamResponse:
    """GET /security/summary."""
    call.require_on_system("read", _RESOURCE)
    hits = list(_hits(call))
    counts = Counter(hit.finding.severity for hit in hits)
    view: dict[str, object] = {
        "critical_cnt": counts[Severity.CRITICAL],
        "fixable_cnt": sum(bool(hit.finding.fix_version) for hit in hits),
        "low_cnt": counts[Severity.LOW],
        "medium_cnt": counts[Severity.MEDIUM],
        "scanned_cnt": len(list(_scanned(call))),
        "total_artifact": sum(len(r.artifacts) for r in call.state.repositories.values()),
        "total_vuls": len(hits),
    }
    view |= without_empty(
        {
            "high_cnt": counts[Severity.HIGH],
            "none_cnt": counts[Severity.NONE],
            "unknown_cnt": counts[Severity.UNKNOWN],
        }
    )
    if call.flag("with_dangerous_cve"):
        view |= without_empty({"dangerous_cves": _dangerous_cves(hits)})
    if call.flag("with_dangerous_artifact"):
        view |= without_empty({"dangerous_artifacts": _dangerous_artifacts(call)})
    return answer(view)


def _dangerous_cves(hits: list[Hit]) -> list[dict[str, object]]:
    rated = {(f.id, f.package, f.version): f for _, _, f in hits if f.score_v3 is not None}
    worst = sorted(rated.values(), key=lambda f: (f.score_v3 or 0, f.severity.code), reverse=True)
    return [
        without_empty(
            {
                "cve_id": finding.id,
                "cvss_score_v3": finding.score_v3,
                "package": finding.package,
                "severity": finding.severity.value,
                "version": finding.version,
            }
        )
        for finding in worst[:_DANGEROUS]
    ]


def _dangerous_artifacts(call: Call) -> list[dict[str, object]]:
    rows = [
        (Counter(finding.severity for finding in _found(call, artifact)), repository, artifact)
        for repository, artifact in _scanned(call)
    ]
    graded = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
    kept = [row for row in rows if any(row[0][severity] for severity in graded)]
    kept.sort(key=lambda row: [row[0][severity] for severity in graded], reverse=True)
    return [
        {
            "critical_cnt": counts[Severity.CRITICAL],
            "digest": artifact.digest,
            "medium_cnt": counts[Severity.MEDIUM],
            "project_id": repository.project_id,
            "repository_name": repository.name,
        }
        | without_empty({"high_cnt": counts[Severity.HIGH]})
        for counts, repository, artifact in kept[:_DANGEROUS]
    ]


_FILTERS: dict[str, Column[Hit]] = {
    "cve_id": lambda hit: hit.finding.id,
    "severity": lambda hit: hit.finding.severity.value,
    "status": lambda hit: hit.finding.status,
    "project_id": lambda hit: hit.repository.project_id,
    "repository_name": lambda hit: hit.repository.name,
    "package": lambda hit: hit.finding.package,
    "digest": lambda hit: hit.artifact.digest,
}
_SCORE, _TAG, _RANK = "cvss_score_v3", "tag", "rank"
_COLUMNS = _FILTERS | {_RANK: lambda hit: _rank(hit.finding)}


async def list_vulnerabilities(call: Call) -> web.StreamResponse:
    """GET /security/vul, the highest scores first."""
    call.require_on_system("list", _RESOURCE)
    query = call.list_query()
    for key, word in query.keywords.items():
        if key not in {*_FILTERS, _SCORE, _TAG}:
            raise bad_request(f"keyword: {key} is not allowed")
        is_range = bool(word.minimum or word.maximum)
        if is_range != (key == _SCORE) or word.fuzzy or word.choices is not None:
            raise bad_request(f"keyword: {key}, the query type is not allowed")
    score, tag = query.keywords.get(_SCORE), query.keywords.get(_TAG)
    hits = [
        hit
        for hit in _hits(call)
        if (tag is None or tag.value in hit.artifact.tags)
        and (score is None or _lies_between(hit.finding.score_v3, score.minimum, score.maximum))
    ]
    query = replace(query, sorting=())
    response = call.page(
        hits, query, columns=_COLUMNS, order=f"-{_RANK}", view=lambda hit: _view(call, hit)
    )
    if call.flag("tune_count") and int(response.headers["X-Total-Count"]) > _TUNED_LIMIT:
        response.headers["X-Total-Count"] = "-1"
    return response


def _rank(finding: Finding) -> int:
    """What rows are sorted by: the score in tenths, and who has none comes last."""
    return -1 if finding.score_v3 is None else round(finding.score_v3 * 10)


def _lies_between(score: float | None, minimum: str, maximum: str) -> bool:
    try:
        return score is not None and float(minimum) <= score <= float(maximum)
    except ValueError:
        raise internal_error() from None


def _view(call: Call, hit: Hit) -> dict[str, object]:
    finding = hit.finding
    tags = list(hit.artifact.tags)[:_MOST_TAGS] if call.flag("with_tag") else []
    return without_empty(
        {
            "cve_id": finding.id,
            "cvss_v3_score": finding.score_v3,
            "desc": finding.description,
            "digest": hit.artifact.digest,
            "fixed_version": finding.fix_version,
            "package": finding.package,
            "project_id": hit.repository.project_id,
            "repository_name": hit.repository.name,
            "severity": finding.severity.value,
            "status": finding.status,
            "tags": tags,
            "version": finding.version,
        }
    ) | {"links": list(finding.links) or [""]}


ROUTES = (
    Route("GET", "/security/summary", get_summary),
    Route("GET", "/security/vul", list_vulnerabilities),
)
