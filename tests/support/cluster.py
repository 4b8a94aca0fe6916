"""A cluster as its users see it: what they read, write and wait for."""

import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from testbed.control_plane import ControlPlane
from testbed.tools.waiting import until
from tests.support.custom_resources import MERGE, Json, Server

NAMESPACES = "/api/v1/namespaces"
EVENTS = "/apis/events.k8s.io/v1/namespaces"
PATIENCE = 15.0
"""Seconds for what happens within one or two on an idle machine."""

Check = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Reads and writes as one user, most often the administrator."""

    server: Server

    async def find(self, path: str) -> Json | None:
        """The object at a path, None where there is none."""
        answer = await self.server.ask("GET", path)
        if answer.status == 404:
            return None
        assert answer.status == 200, answer.message
        return answer.body

    async def get(self, path: str) -> Json:
        """The object or list at a path."""
        body = await self.find(path)
        assert body is not None, f"{path} does not exist"
        return body

    async def create(self, path: str, body: Json) -> Json:
        """Create an object in a collection."""
        answer = await self.server.ask("POST", path, body)
        assert answer.status == 201, answer.message
        return answer.body

    async def merge(self, path: str, patch: Json) -> Json:
        """Merge into an object."""
        answer = await self.server.ask("PATCH", path, patch, headers=MERGE)
        assert answer.status == 200, answer.message
        return answer.body

    async def delete(self, path: str) -> None:
        """Delete an object, if it is there."""
        answer = await self.server.ask("DELETE", path)
        assert answer.status in {200, 202, 404}, answer.message

    async def gone(self, path: str, *, within: float = PATIENCE) -> None:
        """Wait until there is no such object."""

        async def is_gone() -> bool:
            return await self.find(path) is None

        try:
            await until(is_gone, within=within)
        except TimeoutError:
            body = await self.find(path)
            raise AssertionError(f"{path} is still there: {_told(body)}") from None

    async def seen(self, path: str, check: Check, *, within: float = PATIENCE) -> Json:
        """Wait until the object at a path is there and as the check wants it."""
        last: list[Json | None] = [None]

        async def is_so() -> bool:
            last[0] = await self.find(path)
            return last[0] is not None and check(last[0])

        try:
            await until(is_so, within=within)
        except TimeoutError:
            raise AssertionError(f"{path} did not become so: {_told(last[0])}") from None
        assert last[0] is not None
        return last[0]

    async def events_of(self, body: Json) -> list[Json]:
        """The Events about one object, oldest first."""
        metadata = body["metadata"]
        listed = await self.get(f"{EVENTS}/{metadata.get('namespace', 'default')}/events")
        about = [e for e in listed["items"] if e["regarding"].get("uid") == metadata["uid"]]
        return sorted(about, key=lambda event: str(event["eventTime"]))


@asynccontextmanager
async def open_cluster(plane: ControlPlane, token: str | None = None) -> AsyncIterator[Cluster]:
    """Connect to a control plane as the bearer of a token, by default as the administrator."""
    trust = ssl.create_default_context(cafile=plane.ca_file)
    async with aiohttp.ClientSession(
        plane.url,
        connector=aiohttp.TCPConnector(ssl=trust),
        headers={"Authorization": f"Bearer {token or plane.token}"},
    ) as session:
        yield Cluster(Server(session))


def condition(body: Json, kind: str) -> Json | None:
    """One condition of an object, None where it has none of that type."""
    listed: list[Json] = (body.get("status") or {}).get("conditions") or []
    return next((entry for entry in listed if entry["type"] == kind), None)


def is_ready(body: Json) -> bool:
    """Whether an object is Ready in its present generation."""
    found = condition(body, "Ready") or {}
    generation = body["metadata"]["generation"]
    return (found.get("status"), found.get("observedGeneration")) == ("True", generation)


def has_reason(reason: str, *, stalled: bool | None = None) -> Check:
    """A check whether Ready is not True for that reason, and whether a person is waited for."""

    def check(body: Json) -> bool:
        found = condition(body, "Ready")
        if found is None or found["status"] == "True" or found["reason"] != reason:
            return False
        return stalled is None or (condition(body, "Stalled") is not None) is stalled

    return check


def status_of(body: Json, field: str) -> Any:  # noqa: ANN401 -- whatever JSON is there
    """A field of an object's status, None where it is not stated."""
    return body.get("status", {}).get(field)


def decoded(secret: Json) -> dict[str, str]:
    """The data of a Secret as text."""
    data: dict[str, str] = secret.get("data") or {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def encoded(**data: str) -> dict[str, str]:
    """The data of a Secret as the API wants it."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}


def _told(body: Json | None) -> str:
    if body is None:
        return "it does not exist"
    metadata = {
        key: body["metadata"].get(key)
        for key in ("generation", "deletionTimestamp", "finalizers", "annotations")
    }
    return f"{metadata} {body.get('status')}"
