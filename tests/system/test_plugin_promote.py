"""`kubectl harbor promote` with a real registry, and a real client that pulls what it prints."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.failures import ExitCode
from testbed.endtoend.crane import write_image
from testbed.tools.build import ensure_built, find_kubectl
from testbed.tools.versions import crane
from tests.support.cluster import decoded
from tests.support.findings import OPENSSL, TRIVY
from tests.support.people import Done, People, run
from tests.support.system_world import SystemWorld
from tests.support.tenant import tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITH_IMAGES = True
CONNECTION = {"tenants": [{"namespaces": {"names": ["*"]}, "maxAccess": "Project"}]}
READS = [
    {"resource": "artifact", "actions": ["read"]},
    {"resource": "artifact-addition", "actions": ["read"]},
    {"resource": "scan", "actions": ["create"]},
]
WRITES = [
    {"resource": "project", "actions": ["read"]},
    {"resource": "artifact", "actions": ["read", "create"]},
    {"resource": "tag", "actions": ["create"]},
]
TO_PROD = ("--robot=promoter", "--from=project/dev", "--to=project/prod")


@dataclass(frozen=True, slots=True)
class Line:
    """A team with a project for each stage, a robot that may promote, and one for each stage."""

    people: People
    crane: Path
    folder: Path

    async def crane_as(self, robot: str, *words: str) -> Done:
        """Use the registry as a robot of the team."""
        login = decoded(await self.people.tenant.secret(robot))
        home = self.folder / robot
        host, variables = login["registry"], {"HOME": str(home)}
        pair = ("--username", login["username"], "--password-stdin")
        entered = await run(
            self.crane,
            *("auth", "login", host, *pair),
            variables=variables,
            said=login["password"],
        )
        assert entered.code == 0, entered.err
        return await run(self.crane, *words, "--insecure", variables=variables)

    async def image(self, tag: str, content: bytes) -> str:
        """Push an image into the first stage; its digest."""
        path = self.folder / f"{tag}.tar"
        write_image(path, content)
        reference = f"{await self.repository('dev')}:{tag}"
        pushed = await self.crane_as("dev", "push", str(path), reference)
        assert pushed.code == 0, pushed.err
        return pushed.out.strip().rpartition("@")[2]

    async def repository(self, project: str) -> str:
        """The repository of a stage with its host."""
        host = decoded(await self.people.tenant.secret("dev"))["registry"]
        return f"{host}/{self.people.tenant.harbor_name(project)}/app"

    async def promote(self, *words: str) -> Done:
        """Run the installed plugin."""
        return await self.people.harbor("promote", *words, *TO_PROD)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(world: SystemWorld, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """A line in a team's namespace."""
    await world.control_harbor("POST", "/scanners", TRIVY)
    await world.control_harbor("PUT", "/scans", {"seconds": 1})
    async with tenant_of(world, "line") as tenant:
        kubeconfig = await world.plane.kubeconfig_for_service_account(tenant.namespace, "people")
        await tenant.project("dev")
        await tenant.project("prod", pullRestrictions={"blockSeverity": "High"})
        await tenant.robot("dev", "dev", preset="PullPush")
        await tenant.robot("prod", "prod")
        access = [
            {"projectRef": {"name": "dev"}, "permissions": READS},
            {"projectRef": {"name": "prod"}, "permissions": WRITES},
        ]
        await tenant.robot("promoter", "dev", access=access)
        await tenant.ready(PROJECTS, "prod")
        for name in ("dev", "prod", "promoter"):
            await tenant.ready(ROBOTS, name)
        people = People(tenant, await find_kubectl(), kubeconfig)
        yield Line(people, await ensure_built(crane()), tmp_path_factory.mktemp("line"))


async def test_what_is_promoted_is_pulled_by_the_reference_that_is_printed(line: Line) -> None:
    digest = await line.image("1.0", b"first")

    unscanned = await line.promote("app:1.0")
    done = await line.promote("app:1.0", "--scan", "-o", "name")

    assert unscanned.code == ExitCode.NOT_SO
    assert "scan        failed" in unscanned.out
    assert (done.code, done.err) == (ExitCode.FINE, "")
    assert done.out.strip() == f"{await line.repository('prod')}@{digest}"
    pulled = await line.crane_as("prod", "pull", done.out.strip(), str(line.folder / "pulled.tar"))
    assert pulled.code == 0, pulled.err
    tagged = await line.crane_as("prod", "digest", f"{await line.repository('prod')}:1.0")
    assert tagged.out.strip() == digest


async def test_a_second_time_it_is_there_already(line: Line) -> None:
    digest = await line.image("2.0", b"second")
    await line.promote("app:2.0", "--scan")

    again = await line.promote(f"app:2.0@{digest}", "-o", "json")

    told = json.loads(again.out)
    assert (again.code, told["outcome"], told["digest"]) == (0, "AlreadyThere", digest)
    assert {gate["verdict"] for gate in told["gates"]} == {"passed", "not required"}


async def test_what_the_target_would_block_is_not_promoted(line: Line) -> None:
    digest = await line.image("3.0", b"third")
    planted = {"digest": digest, "vulnerabilities": [OPENSSL]}
    await line.people.tenant.admin.control_harbor("PUT", "/findings", planted)

    done = await line.promote("app:3.0", "--scan")

    assert done.code == ExitCode.NOT_SO
    assert "1 finding of High or worse: CVE-2023-0286 in openssl" in done.out
    reference = f"{await line.repository('prod')}@{digest}"
    pulled = await line.crane_as("prod", "pull", reference, str(line.folder / "refused.tar"))
    assert pulled.code != 0
