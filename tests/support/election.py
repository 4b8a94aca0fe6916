"""An election whose clocks and whose way to the API server a test holds in its hands."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import partial

from typing_extensions import override

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.kube.errors import InvalidConfiguration, NotFound
from harbor_operator.kube.lease import Clocks, Durations, Lease
from harbor_operator.kube.resources import LEASES, JsonObject, ObjectKey
from testbed.tools.waiting import until

USUAL = Durations(retry=0.005)
"""The usual times by the election's clock; attempts follow each other fast by the loop's."""
_CALLS = 5
"""A write of an attempt under way, a write that fails, a read and a write: when a fifth call has
begun, an attempt that knows how things are now is over."""
PATIENCE = 5.0
"""Seconds within which anything that should happen has happened."""


class Link(Enum):
    """How the API server answers."""

    UP = auto()
    DOWN = auto()
    SILENT = auto()


class Line(ClusterAccess):
    """A candidate's own way to the API server, which counts what it carries."""

    link = Link.UP
    calls = 0

    @override
    async def authorization(self) -> str | None:
        self.calls += 1
        if self.link is Link.SILENT:
            await asyncio.Event().wait()
        if self.link is Link.DOWN:
            raise InvalidConfiguration("the line is down")
        return await super().authorization()


@dataclass
class Time:
    """The clocks of one candidate; the time of day is another at each reading."""

    elapsed: float = 1000.0
    today: datetime = field(default_factory=partial(datetime, 2026, 1, 1, tzinfo=UTC))
    readings: int = 0

    def skip(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.elapsed += seconds
        self.today += timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The time of day."""
        self.readings += 1
        return self.today + timedelta(microseconds=self.readings)


@dataclass
class Candidate:
    """A lease, its clocks and its line."""

    lease: Lease
    time: Time
    line: Line

    async def looks_again(self, calls: int = _CALLS) -> None:
        """Wait until it has begun so many calls to the API server from now on."""
        await until(partial(self._has_called, self.line.calls + calls), within=PATIENCE)

    async def stop(self, task: "asyncio.Task[None]") -> None:
        """Cancel what it does, between two requests so that no connection is torn."""
        link, self.line.link = self.line.link, Link.SILENT
        calls = self.line.calls + 1

        async def waits() -> bool:
            return task.done() or await self._has_called(calls)

        await until(waits, within=PATIENCE)
        task.cancel()
        await asyncio.wait([task])
        self.line.link = link

    async def _has_called(self, calls: int) -> bool:
        return self.line.calls >= calls


@dataclass
class Election:
    """One Lease object, its candidates, and the hands of a person on it."""

    access: ClusterAccess
    client: KubeClient
    key: ObjectKey

    def client_of(self, line: Line) -> KubeClient:
        """A client over a candidate's line; close it."""
        return KubeClient(line, field_manager="tests")

    def line(self) -> Line:
        """A new line."""
        return Line(self.access.configuration)

    async def stored(self) -> JsonObject | None:
        """The object as it is, or None."""
        try:
            return await self.client.get(LEASES, self.key.name, namespace=self.key.namespace)
        except NotFound:
            return None

    async def spec(self) -> JsonObject:
        """What the object says."""
        stored = await self.stored()
        spec: JsonObject = (stored or {}).get("spec") or {}
        return spec

    async def edit(self, **spec: object) -> None:
        """Change fields of the object by hand."""
        await self._merge({"spec": spec})

    async def label(self) -> None:
        """Change something of the object that has nothing to do with the election."""
        await self._merge({"metadata": {"labels": {"team": "a"}}})

    async def delete(self) -> None:
        """Delete the object by hand."""
        await self.client.delete(LEASES, self.key.name, namespace=self.key.namespace)

    async def _merge(self, patch: JsonObject) -> None:
        await self.client.patch_merge(LEASES, self.key.name, patch, namespace=self.key.namespace)


def lease_of(
    client: KubeClient,
    key: ObjectKey,
    identity: str,
    *,
    time: Time,
    durations: Durations,
    kind: type[Lease] = Lease,
) -> Lease:
    """A candidate's lease by its own clocks."""
    clocks = Clocks(elapsed=lambda: time.elapsed, now=time.now)
    return kind(client, key, identity, clocks=clocks, jitter=lambda: 0.5, durations=durations)
