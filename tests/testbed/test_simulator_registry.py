"""Clients push and pull through the simulator, which checks them as Harbor does."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.image import CONFIG, LAYER, MANIFEST, digest_of, push
from tests.support.simulated_harbor import SimulatedHarbor, running

PROJECT = "/api/v2.0/projects/team"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        yield harbor


async def test_what_is_pushed_can_be_pulled_by_tag_digest_and_blob(harbor: SimulatedHarbor) -> None:
    robot = await harbor.create_robot("team", "ci", actions=("pull", "push"))

    pushed = await push(robot, "team/app", "1")

    by_tag = await robot("GET", "/v2/team/app/manifests/1")
    by_digest = await robot("HEAD", f"/v2/team/app/manifests/{digest_of(MANIFEST)}")
    blob = await robot("GET", f"/v2/team/app/blobs/{digest_of(LAYER)}")
    assert pushed.status == 201
    assert pushed.headers["Location"] == f"/v2/team/app/manifests/{digest_of(MANIFEST)}"
    assert by_tag.text == MANIFEST.decode()
    assert by_digest.headers["Docker-Content-Digest"] == digest_of(MANIFEST)
    assert blob.text == LAYER.decode()


async def test_a_push_makes_a_repository_that_protects_its_project(harbor: SimulatedHarbor) -> None:
    await push(harbor.admin, "team/group/app", "1")

    shown = await harbor.admin("GET", PROJECT)
    protected = await harbor.admin("DELETE", PROJECT)
    removed = await harbor.admin("DELETE", f"{PROJECT}/repositories/group%252Fapp")
    deleted = await harbor.admin("DELETE", PROJECT)

    assert shown.field("repo_count") == "1"
    assert [protected.status, removed.status, deleted.status] == [412, 200, 200]


async def test_a_push_counts_against_the_quota(harbor: SimulatedHarbor) -> None:
    await push(harbor.admin, "team/app", "1")

    summary = await harbor.admin("GET", f"{PROJECT}/summary")

    assert f'"used": {{"storage": {len(MANIFEST) + len(CONFIG) + len(LAYER)}}}' in summary.text


async def test_a_robot_that_may_only_pull_cannot_push(harbor: SimulatedHarbor) -> None:
    robot = await harbor.create_robot("team", "puller")

    refused = await robot("POST", "/v2/team/app/blobs/uploads/")

    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="harbor"')


async def test_a_token_opens_its_own_project_only(harbor: SimulatedHarbor) -> None:
    await harbor.create_project("other")
    await push(harbor.admin, "team/app", "1")
    await push(harbor.admin, "other/app", "1")
    robot = await harbor.create_robot("team", "puller")
    scope = "service=harbor-registry&scope=repository:team/app:pull"
    token = (await robot("GET", f"/service/token?{scope}")).field("token")
    headers = {"Authorization": f"Bearer {token}"}

    own = await harbor.anonymous("GET", "/v2/team/app/manifests/1", headers=headers)
    foreign = await harbor.anonymous("GET", "/v2/other/app/manifests/1", headers=headers)

    assert (own.status, foreign.status) == (200, 401)


async def test_a_token_ends_with_its_lifetime(harbor: SimulatedHarbor) -> None:
    await push(harbor.admin, "team/app", "1")
    scope = "service=harbor-registry&scope=repository:team/app:pull"
    token = (await harbor.admin("GET", f"/service/token?{scope}")).field("token")

    harbor.simulator.clock.offset_seconds = 31 * 60
    reply = await harbor.anonymous(
        "GET", "/v2/team/app/manifests/1", headers={"Authorization": f"Bearer {token}"}
    )

    assert reply.status == 401


async def test_without_a_registry_behind_there_is_nothing_to_pull() -> None:
    async with running(HarborSimulator()) as harbor:
        await harbor.create_project("team")

        base = await harbor.admin("GET", "/v2/")
        manifest = await harbor.admin("GET", "/v2/team/app/manifests/1")
        upload = await harbor.admin("POST", "/v2/team/app/blobs/uploads/")

    assert (base.status, manifest.status, upload.status) == (200, 404, 502)


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "harbor")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "tls.crt", folder / "tls.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


async def test_it_serves_tls_with_the_certificate_that_it_is_given(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.create_default_context(cafile=str(certificate[0]))

    async with HarborSimulator(certificate=certificate) as simulator, ClientSession() as session:
        url = f"{simulator.url}/v2/"
        async with session.get(url, ssl=context) as reply:
            challenge = reply.headers["WWW-Authenticate"]

    assert f'realm="{simulator.url}/service/token"' in challenge
    assert simulator.url.startswith("https://127.0.0.1:")
