"""`kubectl harbor login`, and a real client that uses what it wrote."""

import json
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.failures import ExitCode
from testbed.endtoend.crane import write_image
from testbed.tools.build import ensure_built, find_kubectl
from testbed.tools.versions import crane
from tests.support.cluster import decoded
from tests.support.people import Done, People, run
from tests.support.system_world import SystemWorld
from tests.support.tenant import tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITH_IMAGES = True
TIMEOUT = "--timeout=20s"
HELPER = "docker-credential-harbor"


@dataclass(frozen=True, slots=True)
class Desk:
    """People with a home of their own, a project and a robot that may push."""

    people: People
    home: Path
    crane: Path
    repository: str

    @property
    def variables(self) -> dict[str, str]:
        """What their shell exports."""
        return {"HOME": str(self.home)}

    @property
    def docker_file(self) -> Path:
        """Where docker and its relatives keep logins."""
        return self.home / ".docker" / "config.json"

    async def login(self, *words: str) -> Done:
        """Log in by the plugin."""
        return await self.people.harbor("login", *words, variables=self.variables)

    async def push(self, image: Path, tag: str) -> Done:
        """Push by crane, which reads docker's file and asks its helpers."""
        reference = f"{self.repository}:{tag}"
        return await run(
            self.crane, "push", "--insecure", str(image), reference, variables=self.variables
        )

    async def password(self) -> str:
        """The robot's present password, which nothing may print."""
        return decoded(await self.people.tenant.secret("ci"))["password"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(world: SystemWorld, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk in a team's office."""
    async with tenant_of(world, "desk") as tenant:
        kubeconfig = await world.plane.kubeconfig_for_service_account(tenant.namespace, "people")
        await tenant.project("web")
        await tenant.robot("ci", "web", preset="PullPush")
        await tenant.ready(ROBOTS, "ci")
        login = decoded(await tenant.secret("ci"))
        project = login["username"].partition("+")[0].removeprefix("robot$")
        yield Desk(
            People(tenant, await find_kubectl(), kubeconfig),
            tmp_path_factory.mktemp("home"),
            await ensure_built(crane()),
            f"{login['registry']}/{project}/app",
        )


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image to push."""
    path = tmp_path_factory.mktemp("image") / "image.tar"
    write_image(path, b"anything")
    return path


async def test_docker_is_logged_in_with_what_the_registry_takes(desk: Desk, image: Path) -> None:
    refused = await desk.push(image, "before")

    done = await desk.login()
    pushed = await desk.push(image, "after")

    assert "unauthorized" in refused.err.lower()
    assert (done.code, done.err) == (ExitCode.FINE, "")
    assert f"in {desk.docker_file}" in done.out
    assert "--helper follows what comes after it" in done.out
    assert pushed.code == 0, pushed.err
    assert stat.S_IMODE(desk.docker_file.stat().st_mode) == 0o600
    assert await desk.password() not in done.out + done.err


async def test_the_helper_follows_a_rotation(desk: Desk, image: Path) -> None:
    done = await desk.login("robot/ci", "--helper")
    before = await desk.push(image, "one")
    rotated = await desk.people.harbor("revoke", "robot/ci", "--wait", TIMEOUT)

    after = await desk.push(image, "two")

    assert (done.code, done.err) == (ExitCode.FINE, "")
    assert rotated.code == ExitCode.FINE, rotated.err
    assert (before.code, after.code) == (0, 0), before.err + after.err
    kept = desk.docker_file.read_text()
    assert json.loads(kept)["credHelpers"] == {desk.repository.partition("/")[0]: "harbor"}
    assert await desk.password() not in kept


async def test_a_login_that_the_registry_refuses_is_not_written(desk: Desk) -> None:
    await desk.login("robot/ci")
    before = desk.docker_file.read_text()
    host = desk.repository.partition("/")[0]
    wrong = {"type": "kubernetes.io/basic-auth", "metadata": {"name": "wrong"}}
    texts = {"registry": host, "username": "robot$nobody", "password": "made-up"}
    secrets = f"/api/v1/namespaces/{desk.people.tenant.namespace}/secrets"
    await desk.people.tenant.world.cluster.create(secrets, {**wrong, "stringData": texts})

    done = await desk.login("secret/wrong")

    assert (done.code, done.out) == (ExitCode.NO_ACCESS, "")
    assert f"{host} does not take the login of robot$nobody; nothing was written" in done.err
    assert desk.docker_file.read_text() == before


async def test_logging_out_ends_what_the_helper_gives(desk: Desk) -> None:
    host = desk.repository.partition("/")[0]
    program = Path(sys.executable).with_name(HELPER)
    await desk.login("robot/ci", "--helper")

    given = await run(program, "get", variables=desk.variables, said=host)
    erased = await run(program, "erase", variables=desk.variables, said=f"https://{host}/")
    gone = await run(program, "get", variables=desk.variables, said=host)

    assert json.loads(given.out)["Secret"] == await desk.password()
    assert (erased.code, erased.out) == (0, "")
    assert (gone.code, gone.out) == (1, "credentials not found in native keychain\n")


async def test_the_helper_keeps_no_passwords(desk: Desk) -> None:
    program = Path(sys.executable).with_name(HELPER)

    done = await run(program, "store", variables=desk.variables, said="{}")

    assert done.code == ExitCode.USAGE
    assert done.err.startswith("error: docker-credential-harbor keeps no passwords")
