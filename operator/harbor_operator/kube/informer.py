"""A local, always repaired picture of the objects of one kind."""

import asyncio
import logging
from collections.abc import Callable, Container, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, NoReturn, TypeVar

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import ConnectionFailed, KubeError, Operation, Unavailable
from harbor_operator.kube.resources import JsonObject, ObjectKey, key_of
from harbor_operator.kube.selection import ListResult, Selection
from harbor_operator.kube.watching import EventType, WatchEvent

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How an informer spends its time, all in seconds.

    Attributes:
        watch: Shortest time after which the server ends a watch. The Go clients ask for five to
            ten minutes; up to as much again is added, so that watches do not all end at once.
        silence: How long a watch may deliver nothing. The API server sends a bookmark each
            minute; half as much again allows for a busy server.
        first_pause: Before the first repetition after a failure: a restarted server is back in
            about a second.
        longest_pause: The cap of the doubling pauses. Outages of minutes are noticed to be over
            within a minute, and a thousand clients then ask twenty times a second.
    """

    watch: float = 300.0
    silence: float = 90.0
    first_pause: float = 1.0
    longest_pause: float = 60.0

    def pause(self, failures: int, jitter: float) -> float:
        """Seconds to wait after so many failures in a row; jitter takes off up to a half."""
        doubled = self.first_pause * 2.0 ** min(failures - 1, 16)
        return min(doubled, self.longest_pause) * (1 - jitter / 2)


class Informer(Generic[T]):
    """Lists and then watches objects, and keeps of each what a projection returns.

    After any disturbance everything is listed again and the picture replaced, so that deletions
    during a gap are noticed, and also a cluster that was restored to an earlier state. None of
    `project`, `on_change` and `on_listed` may raise: an error of theirs ends `run`.

    Attributes:
        synced: Set once the first list is complete.
        on_listed: Called after each list with the objects that are there and the version of that
            moment. Who notes its own writes learns from it which of them somebody undid in a gap
            of the watch: `on_change` tells of no object that the watch has never shown.
    """

    def __init__(
        self,
        client: KubeClient,
        selection: Selection,
        project: Callable[[JsonObject], T],
        on_change: Callable[[ObjectKey, T | None, T | None], None],
        *,
        jitter: Callable[[], float],
        pace: Pace | None = None,
    ) -> None:
        """Prepare to watch; `run` starts it.

        Args:
            client: How to reach the API server.
            selection: Which objects.
            project: Keeps of an object what decisions need; compared by equality.
            on_change: Called with the projections before and after a change; None means that
                there was, or is, no such object. Called for each object of the first list too.
            jitter: Returns a random number from 0 up to 1.
            pace: Other times than the usual ones.
        """
        self.synced = asyncio.Event()
        self.on_listed: Callable[[Container[ObjectKey], int], None] | None = None
        self._client = client
        self._selection = selection
        self._project = project
        self._on_change = on_change
        self._jitter = jitter
        self._pace = pace or Pace()
        self._objects: dict[ObjectKey, T] = {}
        self._failures = 0
        self._alive_at: float | None = None

    @property
    def objects(self) -> Mapping[ObjectKey, T]:
        """The present picture, a view that follows the changes."""
        return MappingProxyType(self._objects)

    def age_seconds(self) -> float:
        """Seconds since the last sign of life of the API server; 0 before `run`."""
        return 0.0 if self._alive_at is None else _now() - self._alive_at

    async def run(self) -> None:
        """Keep the picture up to date until cancelled; failures of the API server do not end it."""
        self._alive_at = _now()
        while True:
            try:
                await self._follow(await self._list())
            except KubeError as error:
                self._failures += 1
                pause = self._pace.pause(self._failures, self._jitter())
                _LOG.warning("%s; listing again in %.1f s", error, pause)
            await asyncio.sleep(pause)

    async def _list(self) -> str:
        """Replace the picture and return the resourceVersion it was taken at."""
        listed: ListResult[tuple[ObjectKey, T]] = await self._client.collect(
            self._selection, lambda body: (key_of(body), self._project(body))
        )
        self._alive_at = _now()
        present = dict(listed.items)
        for key in self._objects.keys() - present.keys():
            self._record(key, None)
        for key, projection in present.items():
            self._record(key, projection)
        if self.on_listed is not None:
            self.on_listed(present.keys(), int(listed.resource_version))
        self.synced.set()
        return listed.resource_version

    async def _follow(self, resource_version: str) -> NoReturn:
        """Watch from there on, one watch after the other, until something goes wrong."""
        while True:
            seconds = self._pace.watch * (1 + self._jitter())
            started_at = _now()
            resource_version = await self._watch(resource_version, int(seconds))
            # A stream that ends too early was cut, perhaps by a server that goes down.
            if _now() - started_at < int(seconds) - 1:
                raise ConnectionFailed(self._watching, "ended too early", reason="WatchEnded")

    async def _watch(self, resource_version: str, seconds: int) -> str:
        """Take in one watch until the server ends it; return how far it came."""
        events = self._client.watch(
            self._selection, resource_version=resource_version, timeout_seconds=seconds
        )
        async with aclosing(events):
            while True:
                try:
                    async with asyncio.timeout(self._pace.silence):
                        event = await anext(events, None)
                except TimeoutError:
                    raise Unavailable(
                        self._watching, "no sign of life", reason="WatchSilent"
                    ) from None
                if event is None:
                    return resource_version
                resource_version = event.resource_version
                self._take_in(event)

    def _take_in(self, event: WatchEvent) -> None:
        self._alive_at = _now()
        match event.type:
            case EventType.BOOKMARK:
                # Comes after about a minute: the watch not only opens, it lasts.
                self._failures = 0
            case EventType.DELETED:
                self._record(key_of(event.object), None)
            case EventType.ADDED | EventType.MODIFIED:
                self._record(key_of(event.object), self._project(event.object))

    def _record(self, key: ObjectKey, new: T | None) -> None:
        """Change the picture of one object, and tell if that is a change."""
        old = self._objects.get(key)
        if new is None:
            self._objects.pop(key, None)
        else:
            self._objects[key] = new
        if new != old:
            self._on_change(key, old, new)

    @property
    def _watching(self) -> Operation:
        return Operation("watch", self._selection.resource, self._selection.namespace)


def _now() -> float:
    return asyncio.get_running_loop().time()
