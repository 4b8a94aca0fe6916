"""What a replica does where objects are divided among several.

kopf only watches then. New and changed objects of this replica's shards are handled as kopf would
have it done, and all that is in a shard is looked at when the shard comes.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from typing_extensions import override

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.engine.context import Ports
from harbor_operator.engine.control import RETRY_SECONDS, AnyKind, Control
from harbor_operator.engine.objects import ObjectId, id_of, kube_resource
from harbor_operator.engine.replicas.serving import Listener
from harbor_operator.kube.errors import KubeError

_LOG = logging.getLogger(__name__)


class _State(NamedTuple):
    """What makes an object new or changed where it differs."""

    uid: str
    generation: int
    deleting: bool


class Division(Listener):
    """Hands what is this replica's to the control."""

    def __init__(self, ports: Ports, control: Control) -> None:
        self._ports = ports
        self._control = control
        self._noticed: dict[ObjectId, _State] = {}
        self._gained: asyncio.Queue[int] = asyncio.Queue()
        self._handling: dict[ObjectId, asyncio.Task[None]] = {}
        """Objects that are being handled; one at a time per object, as kopf has it."""

    @override
    def gained(self, shard: int) -> None:
        _LOG.info("Shard %d is served here", shard)
        self._gained.put_nowait(shard)

    @override
    async def lost(self, shard: int) -> None:
        """Forget what is remembered of objects on which another replica will work."""
        await self._ports.recorder.close()
        for object_id in self._control.directory.ids():
            if self._ports.serving.shard_of(object_id.namespace) == shard:
                self._control.leave(object_id)
                self._follow(object_id)
        _LOG.info("Shard %d is served here no longer", shard)

    async def run(self) -> None:
        """Look through the shards that come, until cancelled."""
        try:
            await self._take_over()
        finally:
            tasks = list(self._handling.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_over(self) -> None:
        while True:
            shards = {await self._gained.get()}
            while not self._gained.empty():
                shards.add(self._gained.get_nowait())
            try:
                await self._look_through(shards)
            except KubeError as error:
                _LOG.warning("Shards that came cannot be looked through: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                for shard in shards:
                    self._gained.put_nowait(shard)

    def noticed(self, kind: AnyKind, body: Mapping[str, Any], *, listed: bool) -> None:
        """Take in an object that a watch shows, and handle it if it is new or changed."""
        object_id, state = id_of(kind.definition.kind, body), _state_of(body)
        is_news = self._noticed.get(object_id) != state
        self._noticed[object_id] = state
        if not self._ports.serving.serves(object_id.namespace):
            self._follow(object_id)
        elif is_news and listed:
            self._control.resumed(kind, body)
        elif is_news:
            self._handle(kind, object_id, body)

    def gone(self, kind: AnyKind, body: Mapping[str, Any]) -> None:
        """Take in that an object is gone."""
        object_id = id_of(kind.definition.kind, body)
        self._noticed.pop(object_id, None)
        self._follow(object_id)

    def _handle(self, kind: AnyKind, object_id: ObjectId, body: Mapping[str, Any]) -> None:
        if object_id in self._handling:
            self._control.wake(object_id)
            return
        task = asyncio.create_task(self._control.handle(kind, body))
        self._handling[object_id] = task
        task.add_done_callback(lambda _: self._handling.pop(object_id))

    def _follow(self, object_id: ObjectId) -> None:
        if object_id.kind == CONNECTIONS.kind:
            self._control.wake(object_id)

    async def _look_through(self, shards: set[int]) -> None:
        for kind in self._control.kinds:
            listed = await self._ports.kube.list(kube_resource(kind.definition))
            for body in listed.items:
                namespace = body["metadata"].get("namespace", "")
                if self._ports.serving.shard_of(namespace) in shards:
                    self._control.resumed(kind, body)


def _state_of(body: Mapping[str, Any]) -> _State:
    metadata = body["metadata"]
    return _State(metadata["uid"], metadata["generation"], "deletionTimestamp" in metadata)
