"""Looks taken all through a soak: does what is delivered work, and how much memory is used?"""

import asyncio
import random  # noqa: TID251 -- which login is tried next
import re
import statistics
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import aiohttp
import jwt

from tests.soak.stage import Stage
from tests.support.cluster import NAMESPACES, decoded
from tests.support.constant_pulls import Login
from tests.support.custom_resources import Json

PAUSE_SECONDS = 0.05
MEMORY_SECONDS = 0.5
_KIBIBYTES = 1024
_ASK_SECONDS = 10.0


@dataclass(slots=True)
class Logins:
    """Tries one delivered login after the other."""

    stage: Stage
    session: aiohttp.ClientSession
    tried: int = 0
    unasked: int = 0
    """Looks at which a server was not to be reached."""
    refused: list[str] = field(default_factory=list)

    async def repeat(self) -> None:
        """Try until cancelled."""
        chance = random.Random(self.stage.journal.seed)  # noqa: S311 -- nothing secret about it
        while True:
            paths = self._paths()
            if paths:
                async with self.stage.turn:
                    await self._look(chance.choice(paths))
            await asyncio.sleep(PAUSE_SECONDS)

    def _paths(self) -> list[str]:
        holdings = self.stage.model.holdings(self.stage.journal.now())
        return [f"{NAMESPACES}/{space}/secrets/{name}" for space, name in sorted(holdings)]

    async def _look(self, path: str) -> None:
        try:
            login = await self._delivered(path)
            if login is None or await self.works(login) is not False:
                return
            again = await self._delivered(path)
        except (aiohttp.ClientError, TimeoutError):
            self.unasked += 1
            return
        self._judge(path, login, again)

    def _judge(self, path: str, login: Login, again: Login | None) -> None:
        """A refused login that is delivered no more may have ended with its robot."""
        if login.username in self.stage.revoked:
            return
        if again != login and self._has_ended(login):
            return
        told = "still there" if again == login else f"now {again and again.username}"
        self.refused.append(
            f"{self.stage.journal.now():.2f} {path}: {login.username} was refused ({told})"
        )

    def _has_ended(self, login: Login) -> bool:
        """Whether it is of a robot that somebody deleted; others end after an overlap."""
        local = re.split(r"[+$]", login.username)[-1]
        return any(local.startswith(f"{name}-") for name in self.stage.ended)

    async def _delivered(self, path: str) -> Login | None:
        secret = await self.stage.cluster.find(path)
        return None if secret is None else login_in(secret, self.host)

    @property
    def host(self) -> str:
        """How pull secrets name the registry."""
        return self.stage.world.harbor.url.removeprefix("http://")

    async def works(self, login: Login) -> bool | None:
        """Whether Harbor's token service knows a login; None when it does not say."""
        claims = await self.claims(login, "none/app")
        return None if claims is None else claims.get("sub") == login.username

    async def claims(self, login: Login, repository: str) -> Json | None:
        """What the token says that a login gets for a pull; None when there is none."""
        query = {"service": "harbor-registry", "scope": f"repository:{repository}:pull"}
        pair = aiohttp.encode_basic_auth(login.username, login.password)
        url = f"{self.stage.world.harbor.url}/service/token"
        async with self.session.get(url, params=query, headers={"Authorization": pair}) as answer:
            if answer.status != 200:
                return None
            self.tried += 1
            token = (await answer.json())["token"]
        claims: Json = jwt.decode(token, options={"verify_signature": False})
        return claims


def login_in(secret: Json, host: str) -> Login | None:
    """The login that a pull secret holds for a registry, None where it holds none."""
    if f'"{host}"' not in decoded(secret).get(".dockerconfigjson", ""):
        return None
    return Login.delivered(secret, host)


@asynccontextmanager
async def trying(stage: Stage) -> AsyncIterator[Logins]:
    """Try logins during a block."""
    timeout = aiohttp.ClientTimeout(total=_ASK_SECONDS)
    async with aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        logins = Logins(stage, session)
        async with _beside(logins.repeat()):
            yield logins


@dataclass(slots=True)
class Memory:
    """The operator's resident memory, over the time of a soak."""

    stage: Stage
    seen: list[tuple[int, int]] = field(default_factory=list)
    """Process id and KiB, evenly over the time."""

    async def repeat(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(MEMORY_SECONDS)

    def look(self) -> None:
        """Look once; an operator that is just being started has none."""
        with suppress(AssertionError, FileNotFoundError, StopIteration, ProcessLookupError):
            pid = self.stage.world.operator.pid
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            size = next(line for line in lines if line.startswith("VmRSS"))
            self.seen.append((pid, int(size.split()[1])))

    def fifths(self) -> list[float]:
        """The median of each fifth of the last process's time, in MiB."""
        last = self.seen[-1][0]
        sizes = [size / _KIBIBYTES for pid, size in self.seen if pid == last]
        bounds = [len(sizes) * n // 5 for n in range(6)]
        return [statistics.median(sizes[i:j]) for i, j in pairwise(bounds)]

    @property
    def growth(self) -> float:
        """The last fifth by the second one."""
        fifths = self.fifths()
        return fifths[4] / fifths[1]


@asynccontextmanager
async def weighing(stage: Stage) -> AsyncIterator[Memory]:
    """Look at the operator's memory during a block."""
    memory = Memory(stage)
    async with _beside(memory.repeat()):
        yield memory


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do something during a block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
