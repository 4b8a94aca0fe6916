"""Changes of a collection, as the API server tells them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import aiohttp

from testbed.control_plane.api import Json
from testbed.endtoend.objects import is_ready
from testbed.errors import WorldError

Check = Callable[[Json], bool]
Fields = Mapping[str, str]
"""The query for the objects with a certain value of a field."""

_LINE_BYTES = 1 << 20
"""Far more than any object of ours; a watch sends each in one line."""


class WatchError(WorldError):
    """A watch could not be kept."""


def named(name: str) -> Fields:
    """The query for the objects of one name, in whichever namespace."""
    return {"fieldSelector": f"metadata.name={name}"}


async def version(session: aiohttp.ClientSession, path: str) -> str:
    """The present version of a collection, from which its changes can be watched."""
    async with session.get(path, params={"limit": "1"}) as answer:
        listed = await answer.json()
    return str(listed["metadata"]["resourceVersion"])


async def all_seen(
    session: aiohttp.ClientSession,
    path: str,
    names: frozenset[str],
    *,
    since: str,
    check: Check = is_ready,
) -> float:
    """Watch a collection until all of these have been seen as the check wants them.

    Args:
        session: with the API server.
        path: of the collection.
        names: of the objects.
        since: the version from which on changes count.
        check: by default whether an object is Ready.

    Returns:
        When that was, by the event loop's clock.

    Raises:
        WatchError: the watch could not be kept.
    """
    waiting = set(names)
    async with aclosing(changes(session, path, since=since)) as watched:
        async for seen in watched:
            if check(seen):
                waiting.discard(seen["metadata"]["name"])
            if not waiting:
                break
    return asyncio.get_running_loop().time()


async def changes(
    session: aiohttp.ClientSession, path: str, *, since: str, fields: Fields | None = None
) -> AsyncGenerator[Json, None]:
    """What becomes of a collection's objects; the API server may end a watch at any time.

    Args:
        session: with the API server.
        path: of the collection.
        since: the version from which on changes count.
        fields: which objects; all when not given.

    Raises:
        WatchError: the watch could not be kept.
    """
    query = {"resourceVersion": since, **(fields or {})}
    while True:
        async with aclosing(_watch(session, path, query)) as watched:
            async for seen in watched:
                query["resourceVersion"] = seen["metadata"]["resourceVersion"]
                yield seen


async def _watch(
    session: aiohttp.ClientSession, path: str, query: Mapping[str, str]
) -> AsyncGenerator[Json, None]:
    """The same, until the API server ends it.

    Raises:
        WatchError: the API server no longer knows what has happened since.
    """
    async with session.get(
        path,
        params={"watch": "1", **query},
        timeout=aiohttp.ClientTimeout(),
        read_bufsize=_LINE_BYTES,
    ) as answer:
        async for line in answer.content:
            event = json.loads(line)
            if event["type"] == "ERROR":
                raise WatchError(f"the watch of {path} failed: {event['object']}")
            yield event["object"]
