"""Pulls in a tight loop, each with the login that a pull secret delivers just then.

A pull takes the way of a container runtime: the manifest without a login, the challenge, the
token service with the login, and the manifest again with the token. The login is read before
each pull, so what counts is what a pod gets that is started at any moment.
"""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

import aiohttp
from yarl import URL

from tests.support.cluster import Cluster, decoded

PAUSE_SECONDS = 0.01
"""Leaves the operator some of the two cores; a pull takes about as long."""
_PULL_SECONDS = 20.0
_ACCEPTED = "application/vnd.oci.image.manifest.v1+json"
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and its password, which is shown nowhere."""

    username: str
    password: str = field(repr=False)

    @classmethod
    def delivered(cls, secret: Mapping[str, object], host: str) -> Self:
        """The login that a pull secret holds for a registry."""
        config = json.loads(decoded(dict(secret))[".dockerconfigjson"])
        name, _, password = base64.b64decode(config["auths"][host]["auth"]).decode().partition(":")
        return cls(name, password)


@dataclass(frozen=True, slots=True)
class Image:
    """An image in a registry, and what its manifest has to be."""

    registry: str
    repository: str
    tag: str
    manifest: bytes = field(repr=False)

    @property
    def host(self) -> str:
        """How a docker configuration names the registry."""
        return URL(self.registry).authority

    async def pull(self, session: aiohttp.ClientSession, login: Login) -> str | None:
        """Pull the manifest; what went wrong, or None."""
        url = f"{self.registry}/v2/{self.repository}/manifests/{self.tag}"
        async with session.get(url) as challenged:
            challenge = challenged.headers.get("WWW-Authenticate", "")
        token = await self._log_in(session, login, dict(_PARAMETER.findall(challenge)))
        if token is None:
            return "the token service refused the login"
        headers = {"Authorization": f"Bearer {token}", "Accept": _ACCEPTED}
        async with session.get(url, headers=headers) as answer:
            if answer.status != 200:
                return f"the registry answered {answer.status}"
            whole = await answer.read() == self.manifest
            return None if whole else "the manifest is another one"

    async def _log_in(
        self, session: aiohttp.ClientSession, login: Login, challenge: Mapping[str, str]
    ) -> str | None:
        query = {"service": challenge["service"], "scope": challenge["scope"]}
        pair = aiohttp.encode_basic_auth(login.username, login.password)
        async with session.get(
            challenge["realm"], params=query, headers={"Authorization": pair}
        ) as answer:
            return (await answer.json())["token"] if answer.status == 200 else None


@dataclass(frozen=True, slots=True)
class Failure:
    """A pull that failed."""

    login: Login
    secret: str
    during: str
    problem: str


@dataclass(slots=True)
class Pulls:
    """The loop over some pull secrets, and what came of it."""

    cluster: Cluster
    image: Image
    session: aiohttp.ClientSession
    count: int = 0
    failures: list[Failure] = field(default_factory=list)
    during: str = ""
    """What goes on, to tell of failures by."""
    paths: tuple[str, ...] = ()
    """Where the pull secrets are; one that is not there is no pull."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def delivered(self, path: str) -> Login | None:
        """The login that a pull secret holds now, None where there is no such secret."""
        secret = await self.cluster.find(path)
        return None if secret is None else Login.delivered(secret, self.image.host)

    async def once(self, path: str) -> None:
        """Read a pull secret and pull with it."""
        async with self.turn:
            login = await self.delivered(path)
            if login is None:
                return
            problem = await self.try_login(login)
            self.count += 1
            if problem is not None:
                self.failures.append(Failure(login, path, self.during, problem))

    async def try_login(self, login: Login) -> str | None:
        """Pull with a login; what went wrong, or None."""
        try:
            return await self.image.pull(self.session, login)
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"{type(error).__name__} on the way"

    async def repeat(self) -> None:
        """Pull with one secret after the other until cancelled."""
        while True:
            for path in self.paths:
                await self.once(path)
            await asyncio.sleep(PAUSE_SECONDS)

    @contextmanager
    def also(self, *paths: str) -> Iterator[None]:
        """Pull with further secrets during a block."""
        before = self.paths
        self.paths = (*before, *paths)
        try:
            yield
        finally:
            self.paths = before


@asynccontextmanager
async def pulling(cluster: Cluster, image: Image) -> AsyncIterator[Pulls]:
    """Pull all the time during a block; what goes wrong besides a refusal is raised at its end."""
    timeout = aiohttp.ClientTimeout(total=_PULL_SECONDS)
    async with aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        pulls = Pulls(cluster, image, session)
        loop = asyncio.create_task(pulls.repeat())
        try:
            yield pulls
        finally:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop
