"""Objects created together, and watched until all of them are Ready."""

import asyncio
from collections.abc import Mapping, Sequence

import aiohttp

from bench.parallel import each
from bench.watches import all_seen, version
from testbed.control_plane.api import Json
from testbed.endtoend.objects import condition, is_ready, path_of
from testbed.errors import WorldError

_READY_SECONDS = 300.0
"""Ten times what an operator may take that nobody would call fast."""
_SHOWN = 5
"""How many objects a failure names: what holds up one mostly holds up the others, too."""


class NotConvergedError(WorldError):
    """Objects are not Ready in time; the message names some and says why."""


async def converge(session: aiohttp.ClientSession, manifests: Sequence[Json]) -> dict[str, float]:
    """Create objects, in this order, and wait until all of them are Ready.

    Returns:
        Seconds from the first request to the last Ready, by kind's plural.

    Raises:
        NotConvergedError: not all become Ready.
    """
    clock = asyncio.get_running_loop().time
    awaited = _names(manifests)
    versions = {path: await version(session, path) for path in awaited}
    started = clock()
    try:
        async with asyncio.timeout(_READY_SECONDS), asyncio.TaskGroup() as tasks:
            watches = {
                path: tasks.create_task(all_seen(session, path, names, since=versions[path]))
                for path, names in awaited.items()
            }
            tasks.create_task(_create(session, manifests))
    except TimeoutError:
        raise NotConvergedError(await _complaint(session, awaited)) from None
    return {_plural(path): watch.result() - started for path, watch in watches.items()}


async def _create(session: aiohttp.ClientSession, manifests: Sequence[Json]) -> None:
    async def post(manifest: Json) -> None:
        async with session.post(_collection(manifest), json=manifest):
            pass

    await each(manifests, post)


def _names(manifests: Sequence[Json]) -> dict[str, frozenset[str]]:
    """The objects' names by the path of their collection."""
    names: dict[str, frozenset[str]] = {}
    for manifest in manifests:
        path = _collection(manifest)
        names[path] = names.get(path, frozenset()) | {manifest["metadata"]["name"]}
    return names


def _collection(manifest: Json) -> str:
    return path_of(manifest).rpartition("/")[0]


def _plural(path: str) -> str:
    return path.rpartition("/")[2]


async def _complaint(session: aiohttp.ClientSession, awaited: Mapping[str, frozenset[str]]) -> str:
    """How many objects are not Ready, and what some of them say."""
    unready: list[str] = []
    for path, names in awaited.items():
        async with session.get(path) as answer:
            seen = [
                body for body in (await answer.json())["items"] if body["metadata"]["name"] in names
            ]
        unready += [_reason(_plural(path), body) for body in seen if not is_ready(body)]
    shown = "\n".join(f"  {line}" for line in unready[:_SHOWN])
    return f"{len(unready)} objects are not Ready after {_READY_SECONDS:.0f} s:\n{shown}"


def _reason(plural: str, body: Json) -> str:
    ready = condition(body, "Ready")
    told = f"{ready.get('reason', 'no status')}: {ready.get('message', '')}"
    return f"{plural} {body['metadata']['name']}: {told}"
