"""What is read of artifacts, from an answer of a real Harbor and from what its API describes."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from aiohttp import web

from harbor_operator.harbor import (
    Artifact,
    ArtifactPart,
    HarborClient,
    ScanStatus,
    Severity,
)
from tests.support.recorded_answers import Recorded
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]
DIGEST = f"sha256:{'a' * 64}"
OVERVIEW = {
    "application/vnd.security.vulnerability.report; version=1.1": {
        "report_id": "1",
        "scan_status": "Success",
        "severity": "High",
        "duration": 5,
        "summary": {"total": 3, "fixable": 2, "summary": {"High": 1, "Low": 2}},
        "end_time": "2026-11-24T16:20:00.000Z",
        "complete_percent": 100,
        "scanner": {"name": "Trivy", "vendor": "Aqua Security", "version": "v0.70.0"},
    }
}


def artifact_with(**fields: object) -> Script:
    """A Harbor with one artifact."""

    async def script(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"digest": DIGEST, **fields})

    return script


async def read(serve: Serve, script: Script) -> Artifact:
    """The artifact that a Harbor answers with."""
    _, client = await serve(script)
    artifact = await client.artifacts.get("team", "app", "1")
    assert artifact is not None
    return artifact


async def test_a_recorded_artifact_is_read(serve: Serve) -> None:
    recorded = Recorded("registry-tokens", 73, "artifacts")
    _, client = await serve(recorded.script())

    [artifact] = await client.artifacts.of_repository("reg", "app")

    assert (artifact.type, artifact.size, artifact.repository_name) == ("IMAGE", 626, "reg/app")
    assert artifact.push_time == datetime(2026, 11, 24, 16, 17, 3, 405000, tzinfo=UTC)
    assert (artifact.pull_time, artifact.accessories, artifact.scan) == (None, (), None)
    assert [(tag.name, tag.pull_time) for tag in artifact.tags] == [("1", None)]


async def test_the_last_scan_is_summed_up(serve: Serve) -> None:
    artifact = await read(serve, artifact_with(scan_overview=OVERVIEW))

    scan = artifact.scan
    assert scan is not None
    assert (scan.status, scan.severity) == (ScanStatus.SUCCESS, Severity.HIGH)
    assert (scan.total, scan.fixable) == (3, 2)
    assert scan.counts == {Severity.HIGH: 1, Severity.LOW: 2}
    assert scan.end_time == datetime(2026, 11, 24, 16, 20, tzinfo=UTC)


async def test_a_scan_under_way_has_found_nothing_yet(serve: Serve) -> None:
    overview = {"application/json": {"scan_status": "Running", "summary": None}}

    artifact = await read(serve, artifact_with(scan_overview=overview))

    assert artifact.scan is not None
    assert (artifact.scan.status, artifact.scan.total) == (ScanStatus.RUNNING, 0)
    assert artifact.scan.counts == {}


@pytest.mark.parametrize("part", ArtifactPart)
async def test_a_part_is_asked_for_by_its_parameter(serve: Serve, part: ArtifactPart) -> None:
    server, client = await serve(artifact_with())

    await client.artifacts.get("team", "tools/app", "1", parts=[part])

    path = "/api/v2.0/projects/team/repositories/tools%252Fapp/artifacts/1"
    assert server.targets()[-1] == f"{path}?{part.value}=true"
