"""Pulls that fail between the node and Harbor: certificates, proxies, ports and names."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from harbor_operator.cli.failures import ExitCode
from testbed.harbor import HarborSimulator
from testbed.kubelet import Node
from testbed.registry import Registry
from testbed.tools.ports import LOOPBACK, free_ports
from tests.support.api_caller import ApiCaller
from tests.support.certificates import Authority, Served
from tests.support.hops import refusing_harbor, refusing_proxy, silence
from tests.support.image import push
from tests.support.pull_scene import Scene, proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNRESOLVABLE = f"{'a' * 64}.example:8443"
"""No name that DNS can have, so that nobody is asked for it."""


@asynccontextmanager
async def tls_harbor(served: Served) -> AsyncIterator[str]:
    """A Harbor with TLS and a public image; the image, on `localhost`."""
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    async with (
        Registry() as registry,
        HarborSimulator(
            registry_url=registry.url, certificate=(served.certificate, served.key)
        ) as harbor,
        ClientSession(connector=TCPConnector(ssl=blind), cookie_jar=DummyCookieJar()) as session,
    ):
        admin = ApiCaller(session, harbor.url, harbor.admin_username, harbor.admin_password)
        project = {"project_name": "team", "metadata": {"public": "true"}}
        await admin("POST", "/api/v2.0/projects", project)
        await push(admin, "team/app", "1")
        yield f"localhost:{harbor.url.rpartition(':')[2]}/team/app:1"


def authority(scene: Scene, folder: Path) -> Authority:
    """An authority that nobody trusts yet."""
    return Authority(folder, "team-authority", scene.world.harbor.clock.now())


@proves("UnknownAuthority")
async def test_an_unknown_authority_is_told_with_the_certificate(
    scene: Scene, tmp_path: Path
) -> None:
    signer = authority(scene, tmp_path)
    async with tls_harbor(signer.serve("harbor", ["localhost"])) as image:
        await scene.pod("untrusted", image, account="people")
        await scene.fails("untrusted", Node())

        told = await scene.why("pod/untrusted")
        trusting = await scene.why("pod/untrusted", f"--ca-file={signer.file}")
        await scene.pulls("untrusted", Node(authorities=signer.file))

    assert told.causes == trusting.causes == ["UnknownAuthority"]
    assert "It is harbor, signed by team-authority, valid from" in told.sentence
    assert any("--ca-file names its authority" in note for note in told.answer["notes"])
    assert "From here the same pull works" in trusting.sentence


@proves("CertificateTime")
async def test_an_expired_certificate_is_told_with_its_end(scene: Scene, tmp_path: Path) -> None:
    signer = authority(scene, tmp_path)
    async with tls_harbor(signer.serve("expired", ["localhost"], days=-3)) as image:
        await scene.pod("expired", image, account="people")
        await scene.fails("expired", Node(authorities=signer.file))

        told = await scene.why("pod/expired", f"--ca-file={signer.file}")

    assert told.causes == ["CertificateTime"]
    assert "By the clock here it has expired, too: 3d ago." in told.sentence


@proves("CertificateTime")
async def test_a_wrong_clock_of_the_node_is_told(scene: Scene, tmp_path: Path) -> None:
    signer = authority(scene, tmp_path)
    wrong = Node(authorities=signer.file, clock_ahead=timedelta(days=60))
    async with tls_harbor(signer.serve("early", ["localhost"])) as image:
        await scene.pod("clock", image, account="people")
        await scene.fails("clock", wrong)

        told = await scene.why("pod/clock", f"--ca-file={signer.file}")
        await scene.pulls("clock", Node(authorities=signer.file))

    assert told.causes == ["CertificateTime"]
    assert "By the clock here it is valid, so that the node's clock is wrong" in told.sentence


@proves("CertificateName")
async def test_a_certificate_for_another_name_is_told_with_its_names(
    scene: Scene, tmp_path: Path
) -> None:
    signer = authority(scene, tmp_path)
    async with tls_harbor(signer.serve("other", ["registry.example", "127.0.0.1"])) as image:
        await scene.pod("renamed", image, account="people")
        await scene.fails("renamed", Node(authorities=signer.file))

        told = await scene.why("pod/renamed", f"--ca-file={signer.file}")
        cured = image.replace("localhost", LOOPBACK)
        await scene.pod("renamed2", cured, account="people")
        await scene.pulls("renamed2", Node(authorities=signer.file))

    assert told.causes == ["CertificateName"]
    assert "for registry.example, 127.0.0.1." in told.sentence


@proves("PlainHTTP")
async def test_a_harbor_without_tls_is_told(scene: Scene) -> None:
    await scene.pod("plain", scene.image())
    await scene.fails("plain", Node())

    told = await scene.why("pod/plain")

    assert told.causes == ["PlainHTTP"]
    await scene.pulls("plain")


@proves("TooLarge")
async def test_a_proxy_that_refuses_a_size_is_told_from_harbor(scene: Scene) -> None:
    large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    async with refusing_proxy(large) as proxy, refusing_harbor(large, "SIZE") as harbor:
        sentences = []
        for name, server in (("proxied", proxy), ("direct", harbor)):
            host = server.url.partition("://")[2]
            await scene.pod(name, f"{host}/team/app:1", account="people")
            await scene.fails(name, Node(plain_http=(host,)))
            told = await scene.why(f"pod/{name}")
            assert told.causes == ["TooLarge"]
            sentences.append(told.sentence)

    assert "The page is a proxy's, not Harbor's." in sentences[0]
    assert "Server: nginx/1.29.1, Via: 1.1 edge" in sentences[0]
    assert "has the form of Harbor's own" in sentences[1]


@proves("TooManyRequests")
async def test_a_limit_on_requests_is_told(scene: Scene) -> None:
    async with refusing_proxy(HTTPStatus.TOO_MANY_REQUESTS) as proxy:
        host = proxy.url.partition("://")[2]
        await scene.pod("limited", f"{host}/team/app:1", account="people")
        await scene.fails("limited", Node(plain_http=(host,)))

        told = await scene.why("pod/limited")

    assert told.causes == ["TooManyRequests"]


@proves("Forbidden")
async def test_a_refusal_with_403_is_told_from_one_with_401(scene: Scene) -> None:
    async with refusing_proxy(HTTPStatus.FORBIDDEN) as proxy:
        host = proxy.url.partition("://")[2]
        await scene.secret("walled", "robot$team+ci", "Password1", host=host)
        await scene.pod("walled", f"{host}/team/app:1", "walled", account="people")
        await scene.fails("walled", Node(plain_http=(host,)))

        told = await scene.why("pod/walled")

    assert told.causes == ["Forbidden"]
    assert "The page is a proxy's, not Harbor's." in told.sentence


@proves("Unauthorized")
async def test_a_refusal_with_401_is_all_there_is_to_tell_without_a_trial(scene: Scene) -> None:
    await scene.secret("guess", "robot$nobody", "Password1")
    await scene.pod("guess", scene.image(), "guess", account="people")
    await scene.fails("guess")

    told = await scene.why("pod/guess", "--no-try")

    assert told.causes == ["Unauthorized"]


@proves("ConnectionRefused")
async def test_a_port_without_listener_is_told(scene: Scene) -> None:
    [port] = free_ports(1)

    assert await unreachable(scene, "closed", f"{LOOPBACK}:{port}") == ["ConnectionRefused"]


@proves("NoSuchHost")
async def test_a_name_that_does_not_resolve_is_told(scene: Scene) -> None:
    assert await unreachable(scene, "nowhere", UNRESOLVABLE) == ["NoSuchHost"]


@proves("Timeout")
async def test_a_host_that_never_answers_is_told(scene: Scene) -> None:
    async with silence() as host:
        assert await unreachable(scene, "silent", host) == ["Timeout"]


async def test_an_image_of_an_unreachable_host_cannot_be_pulled(scene: Scene) -> None:
    [port] = free_ports(1)

    told = await scene.why(f"{LOOPBACK}:{port}/team/app:1")

    assert (told.code, told.causes) == (ExitCode.NOT_SO, ["ConnectionRefused"])


async def unreachable(scene: Scene, name: str, host: str) -> list[str]:
    """What is told of a pull from a host that does not answer."""
    await scene.pod(name, f"{host}/team/app:1", account="people")
    await scene.fails(name, Node(patience=2))
    return (await scene.why(f"pod/{name}")).causes
