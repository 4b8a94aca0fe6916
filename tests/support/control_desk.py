"""A `Control` over a fake cluster, with a ladder that stands for every object of a kind."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.control import Control
from harbor_operator.engine.objects import ObjectId, id_of, kube_resource
from harbor_operator.engine.queue import DueQueue
from harbor_operator.engine.reconciler import Outcome, Reconciler
from harbor_operator.engine.replicas.serving import Serving, Undivided
from harbor_operator.kube.resources import JsonObject
from tests.support.custom_resources import AnyKind
from tests.support.engine_world import custom_resource, no_jitter, ports_over
from tests.support.fake_cluster import FakeCluster, Request
from tests.support.loop_clock import LoopClock, settle
from tests.support.toy_kind import Ladder

DEFINITIONS: Mapping[str, AnyKind] = {
    definition.kind: definition for definition in (CONNECTIONS, PROJECTS, ROBOTS, PULL_SECRETS)
}
CONNECTION = ObjectId(CONNECTIONS.kind, "", "default")
PROJECT = ObjectId(PROJECTS.kind, "team", "payments")
ROBOT = ObjectId(ROBOTS.kind, "team", "payments-pull")
PULL_SECRET = ObjectId(PULL_SECRETS.kind, "team", "pull")
"""Objects that name each other, by the least that their specs need."""
FIRST_LOOK_SECONDS = 10.0
"""Between the first looks at objects at rest: far longer than a test takes."""


class ControlDesk:
    """What a test of the control works with.

    Attributes:
        ladders: The world of each kind's objects, by kind.
    """

    def __init__(
        self, clock: LoopClock, *, workers: int = 4, serving: Serving | None = None
    ) -> None:
        self.clock = clock
        self.kube = FakeCluster()
        self.ports = replace(ports_over(self.kube), serving=serving or Undivided())
        self.ladders = {kind: Ladder() for kind in DEFINITIONS}
        self._kinds = {k: self.ladders[k].kind(definition) for k, definition in DEFINITIONS.items()}
        self.queue = DueQueue(clock.now)
        self.control = Control(
            self.ports,
            Reconciler(self.ports, jitter=no_jitter),
            self.queue,
            kinds=self._kinds.values(),
            workers=workers,
            first_looks_per_second=1 / FIRST_LOOK_SECONDS,
        )

    def store(self, object_id: ObjectId, **fields: Any) -> JsonObject:  # noqa: ANN401 -- JSON
        """Put an object into the cluster, before the watch has shown it."""
        definition = DEFINITIONS[object_id.kind]
        body = custom_resource(definition, object_id.name, namespace=object_id.namespace, **fields)
        return self.kube.put(kube_resource(definition), body)

    def see(self, object_id: ObjectId, **fields: Any) -> JsonObject:  # noqa: ANN401 -- JSON
        """Put an object into the cluster and let the watch show it."""
        body = self.store(object_id, **fields)
        self.control.seen(object_id, body, gone=False)
        return body

    def resume(self, object_id: ObjectId, **fields: Any) -> JsonObject:  # noqa: ANN401 -- JSON
        """Put an object into the cluster that is there when the operator starts."""
        body = self.see(object_id, **fields)
        self.control.resumed(self._kinds[object_id.kind], body)
        return body

    def see_gone(self, object_id: ObjectId) -> None:
        """Take an object away and let the watch show it."""
        resource = kube_resource(DEFINITIONS[object_id.kind])
        body = next(
            body for body in self.kube.objects(resource) if id_of(object_id.kind, body) == object_id
        )
        self.kube.remove(resource, object_id.name, object_id.namespace)
        self.control.seen(object_id, body, gone=True)

    def looks(self) -> dict[str, int]:
        """How often objects of each kind have been looked at, where at all."""
        return {kind: ladder.looks for kind, ladder in self.ladders.items() if ladder.looks}

    def writes(self, object_id: ObjectId) -> list[Request]:
        """The writes to objects of a kind."""
        return self.kube.writes(kube_resource(DEFINITIONS[object_id.kind]))

    def handle(self, object_id: ObjectId, body: JsonObject) -> "asyncio.Task[Outcome]":
        """Begin what kopf's handler does with an object."""
        return asyncio.create_task(self.control.changed(self._kinds[object_id.kind], body))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let the workers work for the length of a block."""
        workers = asyncio.create_task(self.control.run())
        try:
            yield
            await settle()
            assert not workers.done()
        finally:
            workers.cancel()
            await asyncio.gather(workers, return_exceptions=True)

    async def work(self) -> None:
        """Let the workers do what is due now."""
        async with self.working():
            await settle()
