"""Whether namespaces hold the credential of a robot, read from the API server one by one."""

import json
from collections.abc import AsyncIterator, Collection

import aiohttp

from bench.bare_delivery import ACCOUNT
from bench.fleet import ROBOT
from bench.namespaces import ACCOUNTS, SECRETS
from bench.watches import named
from testbed.control_plane.api import Json
from testbed.endtoend.objects import decoded
from testbed.errors import WorldError

_PAGE = 500


class NotDeliveredError(WorldError):
    """A namespace does not hold what it should, or not in time."""


async def require_delivered(
    session: aiohttp.ClientSession, namespaces: Collection[str], *, origin: str, secret: str
) -> None:
    """Complain unless all hold the credential and their ServiceAccounts name it.

    Args:
        session: with the API server.
        namespaces: where to look.
        origin: the namespace of the robot.
        secret: name of the pull secret.

    Raises:
        NotDeliveredError: some do not; the message counts them.
    """
    login = await _login(session, origin)
    holding = {
        body["metadata"]["namespace"]
        async for body in _listed(session, SECRETS, secret)
        if _logins(body) == [login]
    }
    naming = {
        body["metadata"]["namespace"]
        async for body in _listed(session, ACCOUNTS, ACCOUNT)
        if {"name": secret} in (body.get("imagePullSecrets") or [])
    }
    without = [name for name in namespaces if name not in holding & naming]
    if without:
        raise NotDeliveredError(f"{len(without)} namespaces are not served, {without[0]} for one")


async def _login(session: aiohttp.ClientSession, namespace: str) -> tuple[str, str]:
    """The robot's user name and password, as its own Secret states them."""
    async with session.get(f"/api/v1/namespaces/{namespace}/secrets/{ROBOT}") as answer:
        stated = decoded(await answer.json())
    return stated["username"], stated["password"]


def _logins(secret: Json) -> list[tuple[str, str]]:
    auths = json.loads(decoded(secret)[".dockerconfigjson"])["auths"]
    return [(login["username"], login["password"]) for login in auths.values()]


async def _listed(session: aiohttp.ClientSession, path: str, name: str) -> AsyncIterator[Json]:
    """All objects of one name, page by page."""
    query = {"limit": str(_PAGE), **named(name)}
    while True:
        async with session.get(path, params=query) as answer:
            page = await answer.json()
        for body in page["items"]:
            yield body
        if not page["metadata"].get("continue"):
            return
        query["continue"] = page["metadata"]["continue"]
