"""Everything that can be wrong with a connection has its own reason, and heals by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from testbed.control_plane.certificates import write_certificates
from testbed.harbor import HarborSimulator
from testbed.harbor.release import Release
from testbed.tools.ports import LOOPBACK, free_ports
from tests.support.cluster import NAMESPACES, condition, encoded, has_reason, is_ready, status_of
from tests.support.custom_resources import Json, manifest
from tests.support.system_world import (
    ADMIN_PASSWORD,
    SystemWorld,
    cluster_path,
    connection_spec,
    credentials,
)
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMPTLY = 5.0
"""Seconds within which a reason is promised."""
RECOVERY = 20.0
"""Seconds: the pauses of an operator that has failed a few times, and some for a busy machine."""
SECRETS = f"{NAMESPACES}/default/secrets"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A connection that a test makes, breaks and mends."""

    world: SystemWorld
    name: str

    @property
    def path(self) -> str:
        return f"{cluster_path(CONNECTIONS)}/{self.name}"

    @property
    def login_path(self) -> str:
        return f"{SECRETS}/{self.name}"

    async def write_login(self, password: str = ADMIN_PASSWORD) -> None:
        await self.world.cluster.create(SECRETS, credentials(self.name, password))

    async def connect(self, url: str, **spec: object) -> None:
        login = {"namespace": "default", "name": self.name}
        wanted = {**connection_spec(url), "credentialsSecretRef": login, **spec}
        body = manifest(CONNECTIONS, self.name, wanted)
        await self.world.cluster.create(cluster_path(CONNECTIONS), body)

    async def told(self, reason: str, *, stalled: bool) -> Json:
        check = has_reason(reason, stalled=stalled)
        return await self.world.cluster.seen(self.path, check, within=PROMPTLY)

    async def recovered(self) -> Json:
        return await self.world.cluster.seen(self.path, is_ready, within=RECOVERY)


@pytest_asyncio.fixture(loop_scope="module")
async def attempt(request: pytest.FixtureRequest, world: SystemWorld) -> AsyncIterator[Attempt]:
    name = request.node.name.replace("_", "-")[:60].rstrip("-")
    made = Attempt(world, name)
    yield made
    await world.cluster.delete(made.path)
    await world.cluster.gone(made.path)
    await world.cluster.delete(made.login_path)


async def test_a_working_connection_says_whom_it_talks_to(
    world: SystemWorld, attempt: Attempt
) -> None:
    await attempt.write_login()

    await attempt.connect(world.harbor.url)

    body = await attempt.recovered()
    assert status_of(body, "identity") == {"kind": "User", "name": "admin"}
    assert status_of(body, "harborVersion") == "v2.16.0-c50c7ddd"
    assert status_of(body, "registryHosts") == [world.harbor.url.removeprefix("http://")]


async def test_a_wrong_password_is_told_and_its_correction_noticed(
    world: SystemWorld, attempt: Attempt
) -> None:
    await attempt.write_login("wrong")

    await attempt.connect(world.harbor.url)

    await attempt.told("AuthenticationFailed", stalled=True)
    await world.cluster.merge(attempt.login_path, {"data": encoded(password=ADMIN_PASSWORD)})
    await attempt.recovered()


async def test_a_missing_secret_is_told_and_its_creation_noticed(
    world: SystemWorld, attempt: Attempt
) -> None:
    await attempt.connect(world.harbor.url)

    await attempt.told("CredentialsMissing", stalled=True)
    await attempt.write_login()
    await attempt.recovered()


async def test_an_unreachable_harbor_is_told_and_its_start_noticed(attempt: Attempt) -> None:
    (port,) = free_ports(1)
    await attempt.write_login()

    await attempt.connect(f"http://{LOOPBACK}:{port}")

    await attempt.told("HarborUnreachable", stalled=False)
    late = HarborSimulator(admin_password=ADMIN_PASSWORD)
    await late.start(port)
    try:
        await attempt.recovered()
    finally:
        await late.stop()


async def test_an_unknown_authority_is_told_and_its_certificate_taken(
    attempt: Attempt, tmp_path: Path
) -> None:
    files = write_certificates(tmp_path, address=LOOPBACK)
    pair = (files.serving, files.serving_key)
    async with HarborSimulator(admin_password=ADMIN_PASSWORD, certificate=pair) as guarded:
        await attempt.write_login()

        await attempt.connect(guarded.url)

        await attempt.told("TLSVerificationFailed", stalled=False)
        spec = {"caBundle": files.authority.read_text()}
        await attempt.world.cluster.merge(attempt.path, {"spec": spec})
        await attempt.recovered()


async def test_a_ca_bundle_that_cannot_be_read_waits_for_a_person(
    world: SystemWorld, attempt: Attempt
) -> None:
    await attempt.write_login()
    broken = "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n"

    await attempt.connect(world.harbor.url, caBundle=broken)

    await attempt.told("InvalidSpec", stalled=True)
    await world.cluster.merge(attempt.path, {"spec": {"caBundle": None}})
    await attempt.recovered()


async def test_an_old_harbor_is_told_and_its_upgrade_noticed(attempt: Attempt) -> None:
    async with HarborSimulator(admin_password=ADMIN_PASSWORD, version="v2.11.2-0a1b2c3d") as old:
        await attempt.write_login()

        await attempt.connect(old.url)

        body = await attempt.told("UnsupportedVersion", stalled=True)
        assert status_of(body, "harborVersion") == "v2.11.2-0a1b2c3d"
        old.core.release = Release("v2.12.0-0a1b2c3d")
        annotations = {"harbor-operator.dev/reconcile-requested-at": "upgraded"}
        await attempt.world.cluster.merge(attempt.path, {"metadata": {"annotations": annotations}})
        await attempt.recovered()


async def test_a_connection_that_breaks_leaves_its_ready_objects_alone(
    world: SystemWorld, attempt: Attempt, team: Team
) -> None:
    await attempt.write_login()
    await attempt.connect(world.harbor.url)
    await attempt.recovered()
    await team.project("web", connectionRef={"name": attempt.name})
    before = await team.ready(PROJECTS, "web")
    mark, written = await world.at_rest(), world.harbor.requests.writes

    await world.cluster.merge(attempt.login_path, {"data": encoded(password="wrong")})
    await attempt.told("AuthenticationFailed", stalled=True)
    await team.annotate(PROJECTS, "web", "reconcile-requested-at", "now")
    await world.cluster.merge(attempt.login_path, {"data": encoded(password=ADMIN_PASSWORD)})
    await attempt.recovered()
    after = await team.ready(
        PROJECTS, "web", lambda body: status_of(body, "lastHandledReconcileAt") == "now"
    )

    assert condition(after, "Ready") == condition(before, "Ready")
    assert world.operator_writes(mark, team.namespace) == [
        ("patch", "harborprojects.harbor-operator.dev/status")
    ]
    # Logging in is a POST, too.
    logins = world.harbor.requests.count("POST", "/c/login")
    assert world.harbor.requests.writes - written <= logins
    await team.clear()
