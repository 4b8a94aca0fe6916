"""Namespaces by the hundred, with the ServiceAccount that the controller manager puts into each."""

import asyncio
from collections.abc import Collection
from contextlib import aclosing

import aiohttp

from bench.bare_delivery import ACCOUNT
from bench.parallel import DELIVERIES, each
from bench.watches import changes, named, version
from testbed.control_plane.api import Json
from testbed.errors import WorldError

NAMESPACES, ACCOUNTS, SECRETS = (
    f"/api/v1/{plural}" for plural in ("namespaces", "serviceaccounts", "secrets")
)
TARGET = {"bench.harbor-operator.dev/target": "true"}
"""The label of the namespaces that the pull secret is for."""
_SECONDS, _SECONDS_ONE = 30.0, 0.05
"""How long making them may take; five times what it takes on two cores."""


class NoNamespacesError(WorldError):
    """The namespaces, or their ServiceAccounts, did not come in time."""


async def make_namespaces(
    session: aiohttp.ClientSession, names: Collection[str], labels: dict[str, str]
) -> None:
    """Make namespaces, and wait for the ServiceAccount of each.

    Raises:
        NoNamespacesError: not all came in time.
    """

    async def make(name: str) -> None:
        await make_namespace(session, name, labels)

    since = await version(session, ACCOUNTS)
    limit = _SECONDS + len(names) * _SECONDS_ONE
    try:
        async with asyncio.timeout(limit), asyncio.TaskGroup() as tasks:
            tasks.create_task(_accounts_seen(session, set(names), since))
            tasks.create_task(each(names, make, parallel=DELIVERIES))
    except TimeoutError:
        raise NoNamespacesError(
            f"{len(names)} namespaces with their ServiceAccounts took more than {limit:.0f} s"
        ) from None


async def make_namespace(session: aiohttp.ClientSession, name: str, labels: dict[str, str]) -> None:
    """Make one namespace; its ServiceAccount comes later."""
    body: Json = {"metadata": {"name": name, "labels": labels}}
    async with session.post(NAMESPACES, json=body):
        pass


async def _accounts_seen(session: aiohttp.ClientSession, missing: set[str], since: str) -> None:
    async with aclosing(changes(session, ACCOUNTS, since=since, fields=named(ACCOUNT))) as watched:
        async for account in watched:
            missing.discard(account["metadata"]["namespace"])
            if not missing:
                return
