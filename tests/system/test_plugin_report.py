"""`kubectl harbor report` beside a real operator, by people with their own token and a robot."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession, DummyCookieJar

from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.failures import ExitCode
from testbed.tools.build import find_kubectl
from testbed.tools.waiting import until
from tests.support.api_caller import ApiCaller
from tests.support.cluster import NAMESPACES, decoded
from tests.support.findings import APT, OPENSSL, TRIVY
from tests.support.image import MANIFEST, digest_of, push
from tests.support.people import People
from tests.support.report_schemas import sarif_errors, vex_error
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld
from tests.support.tenant import tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITH_IMAGES = True
CONNECTION = {"tenants": [{"namespaces": {"names": ["scans-*"]}, "maxAccess": "Project"}]}
"""Presets beyond pulling and pushing are for those who are let."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """People with a scanned image in their project, which one of their pods runs."""

    people: People
    host: str
    project: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scanned(world: SystemWorld) -> AsyncIterator[Scanned]:
    """A team whose image has two vulnerabilities, and runs beside one of another registry."""
    async with tenant_of(world, "scans") as tenant:
        kubeconfig = await world.plane.kubeconfig_for_service_account(tenant.namespace, "people")
        await tenant.project("web")
        await tenant.robot("reader", "web", preset="ReadMetadata")
        await tenant.robot("puller", "web")
        for robot in ("reader", "puller"):
            await tenant.ready(ROBOTS, robot)
        login = decoded(await tenant.secret("reader"))
        project = tenant.harbor_name("web")
        await _scan(world, project)
        host = login["registry"]
        await _run_pod(world, tenant.namespace, f"{host}/{project}/app:1")
        people = People(tenant, await find_kubectl(), kubeconfig)
        yield Scanned(people, host, project)


async def _scan(world: SystemWorld, project: str) -> None:
    await world.control_harbor("POST", "/scanners", TRIVY)
    await world.control_harbor("PUT", "/scans", {"seconds": 0})
    await world.control_harbor("PUT", "/findings", {"vulnerabilities": [OPENSSL, APT]})
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        caller = ApiCaller(session, world.harbor.url).signed_in("admin", ADMIN_PASSWORD)
        await push(caller, f"{project}/app", "1")
        artifact = f"/api/v2.0/projects/{project}/repositories/app/artifacts/1"
        begun = await caller("POST", f"{artifact}/scan")
        assert begun.status == 202, begun.text
        report = f"{artifact}/additions/vulnerabilities"

        async def is_there() -> bool:
            return "vulnerabilities" in (await caller("GET", report)).text

        await until(is_there, within=20)


async def _run_pod(world: SystemWorld, namespace: str, image: str) -> None:
    containers = [
        {"name": "app", "image": image},
        {"name": "cache", "image": "docker.io/library/redis:7"},
    ]
    pods = f"{NAMESPACES}/{namespace}/pods"
    spec = {"serviceAccountName": "people", "containers": containers}
    await world.cluster.create(pods, {"metadata": {"name": "web-1"}, "spec": spec})
    digest = digest_of(MANIFEST)
    statuses = [
        {
            **container,
            "imageID": f"{container['image'].rpartition(':')[0]}@{digest}",
            "ready": True,
            "restartCount": 0,
            "state": {"running": {}},
        }
        for container in containers
    ]
    status = {"phase": "Running", "containerStatuses": statuses}
    await world.cluster.merge(f"{pods}/web-1/status", {"status": status})


async def test_what_runs_is_reported_with_the_robots_own_secret(scanned: Scanned) -> None:
    done = await scanned.people.harbor("report", "--robot", "reader", "-o", "json")

    assert (done.code, done.err) == (ExitCode.FINE, "")
    report = json.loads(done.out)
    assert report["scope"] == f"namespace {scanned.people.tenant.namespace}"
    [app] = report["artifacts"]
    assert (app["repository"], app["digest"]) == (f"{scanned.project}/app", digest_of(MANIFEST))
    assert (app["state"], app["used_by"]) == ("Scanned", ["web-1"])
    assert [entry["id"] for entry in app["findings"]] == ["CVE-2023-0286", "CVE-2011-3374"]
    assert report["out_of_scope"] == [
        {"image": "docker.io/library/redis:7", "used_by": ["web-1"]},
    ]
    password = decoded(await scanned.people.tenant.secret("reader"))["password"]
    assert password not in done.out


async def test_a_harbor_project_is_reported_in_every_form(scanned: Scanned, tmp_path: Path) -> None:
    async def written(form: str) -> str:
        path = tmp_path / f"report.{form}"
        words = ("project/web", "--robot", "reader", "-o", form, "--output-file", str(path))
        done = await scanned.people.harbor("report", *words)
        assert (done.code, done.out, done.err) == (ExitCode.FINE, "", "")
        return path.read_text(encoding="utf-8")

    assert sarif_errors(json.loads(await written("sarif"))) == []
    assert vex_error(json.loads(await written("vex"))) is None
    assert len(list(csv.reader(io.StringIO(await written("csv"))))) == 3
    assert f"<h1>project {scanned.project}</h1>" in await written("html")


async def test_a_severe_finding_ends_with_code_1(scanned: Scanned) -> None:
    image = f"{scanned.host}/{scanned.project}/app:1"

    done = await scanned.people.harbor("report", image, "--robot", "reader", "--fail-on", "High")

    assert done.code == ExitCode.NOT_SO
    assert done.err == "failed: 1 finding of High or worse\n"
    assert "CVE-2023-0286" in done.out


async def test_a_robot_that_may_only_pull_is_told_what_it_lacks(scanned: Scanned) -> None:
    image = f"{scanned.host}/{scanned.project}/app:1"

    done = await scanned.people.harbor("report", image, "--robot", "puller")

    assert (done.code, done.out) == (ExitCode.NO_ACCESS, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
