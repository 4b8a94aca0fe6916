"""Scanning an artifact, and what was found in it."""

from aiohttp import web

from testbed.harbor.call import Call, Route
from testbed.harbor.errors import not_found, precondition_failed
from testbed.harbor.lookup import ARTIFACT, artifact_of


async def scan(call: Call) -> web.StreamResponse:
    """POST .../artifacts/{reference}/scan: impossible without a scanner."""
    repository, _ = artifact_of(call, "create", "scan")
    raise precondition_failed(f"no available scanner for project: {repository.project_id}")


async def vulnerabilities(call: Call) -> web.StreamResponse:
    """GET .../additions/vulnerabilities: unknown without a scanner."""
    repository, _ = artifact_of(call, "read", "artifact-addition")
    raise not_found(f"no scanner registration configured for project: {repository.project_id}")


ROUTES = (
    Route("POST", ARTIFACT + "/scan", scan),
    Route("GET", ARTIFACT + "/additions/vulnerabilities", vulnerabilities),
)
