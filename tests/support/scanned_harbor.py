"""A simulated Harbor with a project of images that were scanned, or were not."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import ClientSession, DummyCookieJar
from pydantic import SecretStr

from harbor_operator.cli.harbor_access import HarborLogin
from harbor_operator.harbor import Credentials, HarborClient
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.fake_registry import FakeRegistry
from tests.support.findings import APT, OPENSSL, TRIVY
from tests.support.harbor_clients import client_for
from tests.support.image import CONFIG_TYPE, descriptor, digest_of, index, manifest, push_manifest

PROJECT = "ship"
SCAN_SECONDS = 60
CHART_TYPE = "application/vnd.cncf.helm.config.v1+json"


def image(name: str) -> tuple[bytes, bytes, bytes]:
    """Manifest, config and layer of an image of its own."""
    config = json.dumps({"architecture": "amd64", "os": "linux", "author": name}).encode()
    layer = name.encode() * 100
    return manifest(CONFIG_TYPE, config, descriptor("layer", layer)), config, layer


@dataclass(slots=True)
class ScannedHarbor:
    """The simulator, its administrator as client and as caller, and its control API."""

    simulator: HarborSimulator
    client: HarborClient
    admin: ApiCaller
    control: ApiCaller

    @property
    def host(self) -> str:
        """As images name it."""
        return urlsplit(self.simulator.url).netloc

    def login(self, username: str = "admin", password: str = "unused") -> HarborLogin:  # noqa: S107
        """A login there, as commands find one."""
        credentials = Credentials(username, SecretStr(password))
        return HarborLogin(self.simulator.url, credentials, "a test", hosts=(self.host,))

    async def push(self, repository: str, tag: str) -> str:
        """Push an image of its own; its digest."""
        content, *blobs = image(f"{repository}:{tag}")
        await push_manifest(self.admin, f"{PROJECT}/{repository}", tag, content, *blobs)
        return digest_of(content)

    async def push_index(self, repository: str, tag: str) -> tuple[str, ...]:
        """Push an index of two images; the digests of the images."""
        parts = [image(f"{repository}:{tag}/{number}") for number in range(2)]
        for content, *blobs in parts:
            await push_manifest(self.admin, f"{PROJECT}/{repository}", "", content, *blobs)
        whole = index(*(content for content, *_ in parts))
        await push_manifest(self.admin, f"{PROJECT}/{repository}", tag, whole)
        return tuple(digest_of(content) for content, *_ in parts)

    async def push_chart(self, repository: str, tag: str) -> None:
        """Push a Helm chart."""
        config, layer = b'{"name":"chart"}', b"templates"
        content = manifest(CHART_TYPE, config, descriptor("layer", layer))
        await push_manifest(self.admin, f"{PROJECT}/{repository}", tag, content, config, layer)

    async def plant(self, digest: str, *found: dict[str, object], fails: bool = False) -> None:
        """Decide what scans of an image will find, or that they fail."""
        body = {"digest": digest, "vulnerabilities": [*found], "fails": fails}
        await self.control("PUT", "/findings", body)

    async def scan(self, repository: str, tag: str) -> None:
        """Begin a scan."""
        await self.client.scans.start(PROJECT, repository, tag)

    def wait_for_scans(self) -> None:
        """Let the time pass that scans take."""
        self.simulator.clock.offset_seconds += SCAN_SECONDS + 1

    async def furnish(self) -> None:
        """Images in each state: with findings, clean, failed, in part, under way, none, a chart."""
        await self.plant(await self.push("app", "1.0"), OPENSSL, APT)
        await self.push("clean", "1.0")
        await self.plant(await self.push("broken", "1.0"), fails=True)
        bad, good = await self.push_index("multi", "1.0")
        await self.plant(bad, fails=True)
        await self.plant(good, OPENSSL)
        for repository in ("app", "clean", "broken", "multi"):
            await self.scan(repository, "1.0")
        self.wait_for_scans()
        await self.push("busy", "1.0")
        await self.scan("busy", "1.0")
        await self.push("new", "1.0")
        await self.push_chart("chart", "1.0")


@asynccontextmanager
async def a_scanned_harbor() -> AsyncIterator[ScannedHarbor]:
    """Start a simulator with a scanner and an empty project."""
    async with (
        FakeRegistry() as registry,
        HarborSimulator(registry_url=registry.url) as simulator,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
        client_for(simulator, simulator.admin_username, simulator.admin_password) as client,
    ):
        admin = ApiCaller(session, simulator.url).signed_in(
            simulator.admin_username, simulator.admin_password
        )
        control = ApiCaller(session, simulator.control_url)
        await control("POST", "/scanners", TRIVY)
        await control("PUT", "/scans", {"seconds": SCAN_SECONDS})
        await client.projects.create(PROJECT, metadata={"public": "false"})
        yield ScannedHarbor(simulator, client, admin, control)
