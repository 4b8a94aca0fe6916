"""When the parts of a pull secret arrive in a namespace, by watches of the whole cluster."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from enum import Enum, auto

import aiohttp

from bench.bare_delivery import ACCOUNT
from bench.namespaces import ACCOUNTS, SECRETS
from bench.watches import changes, named, version


class Part(Enum):
    """What arrives."""

    ACCOUNT = auto()
    """The ServiceAccount, which the controller manager makes."""
    SECRET = auto()
    ENTRY = auto()
    """The Secret's name in the ServiceAccount."""


class Arrivals:
    """The moments at which watches told of a part; made by `watching`."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._clock = loop.time
        self._moments: defaultdict[tuple[str, Part], asyncio.Future[float]] = defaultdict(
            loop.create_future
        )

    async def moment(self, namespace: str, part: Part) -> float:
        """Wait until a part is there; when it arrived, by the event loop's clock."""
        return await self._moments[namespace, part]

    async def watch_secrets(self, session: aiohttp.ClientSession, name: str, since: str) -> None:
        """Note Secrets of a name, without end."""
        async with aclosing(changes(session, SECRETS, since=since, fields=named(name))) as watched:
            async for body in watched:
                self._note(body["metadata"]["namespace"], Part.SECRET)

    async def watch_accounts(self, session: aiohttp.ClientSession, name: str, since: str) -> None:
        """Note ServiceAccounts and the Secret's name in them, without end."""
        fields = named(ACCOUNT)
        async with aclosing(changes(session, ACCOUNTS, since=since, fields=fields)) as watched:
            async for body in watched:
                namespace = body["metadata"]["namespace"]
                self._note(namespace, Part.ACCOUNT)
                if {"name": name} in (body.get("imagePullSecrets") or []):
                    self._note(namespace, Part.ENTRY)

    def _note(self, namespace: str, part: Part) -> None:
        moment = self._moments[namespace, part]
        if not moment.done():
            moment.set_result(self._clock())


@asynccontextmanager
async def watching(session: aiohttp.ClientSession, secret: str) -> AsyncIterator[Arrivals]:
    """Watch during a block what arrives of the pull secret of a name, from now on.

    Raises:
        WatchError: a watch could not be kept.
    """
    arrivals = Arrivals()
    secrets, accounts = await version(session, SECRETS), await version(session, ACCOUNTS)
    async with asyncio.TaskGroup() as tasks:
        watches = [
            tasks.create_task(arrivals.watch_secrets(session, secret, secrets)),
            tasks.create_task(arrivals.watch_accounts(session, secret, accounts)),
        ]
        yield arrivals
        for watch in watches:
            watch.cancel()
