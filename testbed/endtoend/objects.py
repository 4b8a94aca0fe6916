"""Objects in a cluster: applied, waited for, and taken away again."""

import asyncio
import base64
from collections.abc import Callable
from http import HTTPStatus
from itertools import groupby

from testbed.control_plane.api import Api, Json, RefusedError
from testbed.errors import WorldError

GROUP = "harbor-operator.dev"
API_VERSION = f"{GROUP}/v1alpha1"

_POLL_SECONDS = 0.25
"""Gentle to a cluster that others use too, and nothing to somebody who watches."""

REMOVAL_SECONDS = 60.0
"""A namespace takes some ten seconds to vanish, a project as long as Harbor takes."""


class AwaitedError(WorldError):
    """Something did not come about in time; the message says what, and what was seen instead."""


class Footprint:
    """What a run has put into a cluster that was not there before."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ours: list[str] = []

    async def apply(self, manifest: Json) -> Json:
        """Apply an object, and remember it if it is new.

        Raises:
            RefusedError: the API server refused it.
        """
        path = path_of(manifest)
        if path not in self._ours and await self._api.find(path) is None:
            self._ours.append(path)
        return await self._api.apply(path, manifest)

    async def remove(self) -> None:
        """Delete what was new, the newest first, and wait until it is gone.

        Raises:
            AwaitedError: an object did not go in time; what came before it stays too.
        """
        newest_first = list(reversed(self._ours))
        for _, neighbours in groupby(newest_first, key=_collection_of):
            paths = list(neighbours)
            await asyncio.gather(*(delete(self._api, path) for path in paths))
            self._ours = [path for path in self._ours if path not in paths]


def path_of(manifest: Json) -> str:
    """The path of the object that a manifest describes."""
    version, metadata = manifest["apiVersion"], manifest["metadata"]
    prefix = "/api/v1" if version == "v1" else f"/apis/{version}"
    within = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{prefix}{within}/{manifest['kind'].lower()}s/{metadata['name']}"


def _collection_of(path: str) -> str:
    return path.rpartition("/")[0]


async def wait_for(
    api: Api, path: str, holds: Callable[[Json], bool], *, awaited: str, within: float
) -> Json:
    """Wait until something holds of an object, and return the object.

    Raises:
        AwaitedError: it still does not hold after `within` seconds, or there is no such object.
    """
    seen: Json | None = None
    try:
        async with asyncio.timeout(within):
            while True:
                seen = await api.find(path)
                if seen is not None and holds(seen):
                    return seen
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise AwaitedError(_missed(path, seen, awaited, within)) from None


async def delete(api: Api, path: str, *, within: float = REMOVAL_SECONDS) -> None:
    """Delete an object and wait until it is gone; does nothing when it is.

    Raises:
        AwaitedError: it is still there after `within` seconds.
    """
    try:
        await api.delete(path)
    except RefusedError as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:
            raise
        return
    try:
        await api.gone(path, within=within)
    except TimeoutError:
        seen = await api.find(path)
        raise AwaitedError(_missed(path, seen, "its deletion", within)) from None


def is_ready(seen: Json) -> bool:
    """Whether the operator has applied what the object says now."""
    applied = seen["metadata"]["generation"] == status_of(seen).get("observedGeneration")
    return applied and condition(seen, "Ready").get("status") == "True"


def has_reason(seen: Json, reason: str) -> bool:
    """Whether the object's Ready condition gives that reason."""
    return bool(condition(seen, "Ready").get("reason") == reason)


def condition(seen: Json, kind: str) -> Json:
    """An object's condition of a type, empty where it has none."""
    conditions = status_of(seen).get("conditions") or []
    return next((entry for entry in conditions if entry["type"] == kind), {})


def status_of(seen: Json) -> Json:
    """An object's status, empty where it has none."""
    return seen.get("status") or {}


def decoded(secret: Json) -> dict[str, str]:
    """The texts that a Secret holds."""
    data = secret.get("data") or {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def _missed(path: str, seen: Json | None, awaited: str, within: float) -> str:
    name = path.rpartition("/namespaces/")[2]
    if seen is None:
        return f"{name}: awaited {awaited} for {within:.0f} s, but there is no such object"
    lines = [
        f"  {entry['type']}={entry['status']} {entry['reason']}: {entry.get('message', '')}"
        for entry in status_of(seen).get("conditions") or []
    ]
    return "\n".join([f"{name}: awaited {awaited} for {within:.0f} s", *(lines or ["  no status"])])
