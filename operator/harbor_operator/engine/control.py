"""The two ways in to the one reconcile: kopf's handlers and the due queue."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from harbor_operator.api.base import FINALIZER
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.engine.context import Ports
from harbor_operator.engine.directory import Directory
from harbor_operator.engine.entries import entry_of
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.first_looks import PER_SECOND, FirstLooks
from harbor_operator.engine.kinds.case import ManagedKind
from harbor_operator.engine.objects import ObjectId, id_of, kube_resource, release
from harbor_operator.engine.outcome import LONGEST_PAUSE, Course
from harbor_operator.engine.patience import Patience
from harbor_operator.engine.queue import DueQueue
from harbor_operator.engine.reconciler import Outcome, Reconciler
from harbor_operator.engine.replicas.following import Follower
from harbor_operator.engine.telemetry.work import working_on
from harbor_operator.engine.transitions import Transitions
from harbor_operator.engine.wakeups import Wakeups
from harbor_operator.kube.errors import KubeError, NotFound

_LOG = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""After the API server failed to give or take an object: it is usually back within seconds."""

ARRIVAL_SECONDS = 0.05
"""Gives the status that kopf is writing time to arrive before the object is looked at again."""

AnyKind = ManagedKind[Any, Any]


class Control:
    """Takes in what changed, and has the right objects looked at."""

    def __init__(
        self,
        ports: Ports,
        reconciler: Reconciler,
        queue: DueQueue,
        *,
        kinds: Iterable[AnyKind],
        workers: int,
        first_looks_per_second: float = PER_SECOND,
    ) -> None:
        self.directory = Directory()
        self._ports = ports
        self._reconciler = reconciler
        self._queue = queue
        self._kinds = {kind.definition.kind: kind for kind in kinds}
        self._workers = workers
        self._slots = asyncio.Semaphore(workers)
        self._transitions = Transitions(ports.recorder)
        self._handed_over: dict[ObjectId, tuple[Any, float]] = {}
        """Conditions that kopf is about to write, and until when they are waited for."""
        self._looked_at: dict[ObjectId, bool] = {}
        """Objects that a worker is looking at, and whether somebody woke them meanwhile."""
        self._patience = Patience(self.directory)
        self._first_looks = FirstLooks(ports, queue, per_second=first_looks_per_second)
        self.on_gone: Callable[[ObjectId, str], None] = lambda _owner, _uid: None
        """Is told of each object that has gone, and its uid."""
        self.follower: Follower | None = None
        """Looks at the connections of a shard that is not served here."""
        self.wakeups = Wakeups(self.directory, ports.cluster, self.wake, at_rest=self._first_looks)
        reconciler.on_harbor_trouble = self.wakeups.trouble_met
        ports.connections.on_turn = self.wakeups.turn_came

    @property
    def kinds(self) -> tuple[AnyKind, ...]:
        """The kinds that are reconciled."""
        return tuple(self._kinds.values())

    async def run(self) -> None:
        """Work through the queue until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())
            group.create_task(self._first_looks.run())

    def hurry(self) -> None:
        """Have every object that waits for others say so now: the operator is about to end."""
        self._patience.end()

    def wake(self, object_id: ObjectId, delay: float = 0.0) -> None:
        """Have an object looked at, if that is this replica's business."""
        if not self._is_ours(object_id):
            return
        if not self._patience.wake(object_id):
            self._queue.add(object_id, delay)

    def resumed(self, kind: AnyKind, body: Mapping[str, Any]) -> None:
        """Have an object looked at that was there at the start, in its turn if it is at rest."""
        object_id = id_of(kind.definition.kind, body)
        if not self._first_looks.takes(kind.definition, object_id, body):
            self.wake(object_id)

    def seen(self, object_id: ObjectId, body: Mapping[str, Any], *, gone: bool) -> None:
        """Take in an event of a watch on a kind of ours."""
        if gone:
            self.wakeups.object_changed(object_id)
            self.directory.drop(object_id)
            self._ports.cluster.setbacks.forget(body["metadata"]["uid"])
            self._ports.cluster.arrivals.forget(object_id)
            self._ports.meters.forget(object_id)
            self._ports.rotations.forget(object_id)
            if self._ports.looks is not None:
                self._ports.looks.forget(body["metadata"]["uid"])
            self.on_gone(object_id, body["metadata"]["uid"])
            self._queue.discard(object_id)
            self._forget(object_id)
            return
        self._note_arrival(object_id, body)
        entry = entry_of(object_id, body)
        before = self.directory.put(object_id, entry)
        if before is None:
            self._patience.appeared(object_id)
            return
        if before.requests != entry.requests:
            self.wake(object_id)
        if (before.ready, before.news) != (entry.ready, entry.news):
            self.wakeups.object_changed(object_id)

    async def changed(self, kind: AnyKind, body: Mapping[str, Any]) -> Outcome:
        """Reconcile an object for kopf, which writes the outcome's status itself."""
        object_id = id_of(kind.definition.kind, body)
        self._first_looks.begin(object_id)
        outcome = await self._reconcile_patiently(kind, object_id, body)
        if outcome.status:
            self._hand_over(object_id, outcome)
            self._transitions.written(object_id, body, outcome.status)
        self._follow_up(object_id, outcome)
        return outcome

    async def handle(self, kind: AnyKind, body: Mapping[str, Any]) -> None:
        """Reconcile an object that is new or changed, and write the outcome's status."""
        object_id = id_of(kind.definition.kind, body)

        async def work() -> None:
            outcome = await self.changed(kind, body)
            if outcome.finished:
                await self._let_go(kind, object_id, body)
            elif outcome.status:
                await self._write(kind, object_id, outcome)

        if not _has_been_let_go(body):
            await self._safely(object_id, work)

    def leave(self, object_id: ObjectId) -> None:
        """Let another replica work on an object."""
        self._queue.discard(object_id)
        self._forget(object_id)

    async def _reconcile_patiently(
        self, kind: AnyKind, object_id: ObjectId, body: Mapping[str, Any]
    ) -> Outcome:
        with self._patience.turn(object_id) as turn:
            if _is_new(body):
                await turn.for_references()
            while True:
                async with self._slots:
                    turn.woken.clear()
                    outcome = await self._reconciler.reconcile(kind, body)
                if not outcome.waiting or not await turn.wait():
                    break
        if turn.woken.is_set():
            self.wake(object_id)
        return outcome

    async def _work(self) -> None:
        while True:
            object_id = await self._queue.take()
            if object_id in self._looked_at:
                # Two looks at once would both start from the state before either has written.
                self._looked_at[object_id] = True
                continue
            self._looked_at[object_id] = False
            self._first_looks.begin(object_id)
            await self._safely(object_id, partial(self._look, object_id))
            if self._looked_at.pop(object_id):
                self.wake(object_id)

    async def _safely(self, object_id: ObjectId, work: Callable[[], Awaitable[None]]) -> None:
        """Work on an object, and look again later where that fails; no failure ends the worker."""
        with working_on(object_id):
            try:
                await self._do(object_id, work)
            except KubeError as error:
                _LOG.warning("%s", error)
                self.wake(object_id, RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001 -- logged, and no end of the others
                _LOG.exception("%s", type(error).__name__)
                self.wake(object_id, LONGEST_PAUSE[Course.BUG])

    async def _do(self, object_id: ObjectId, work: Callable[[], Awaitable[None]]) -> None:
        """Work on an object if it is this replica's; a connection of another one is followed."""
        with self._ports.serving.at_work(object_id.namespace) as is_ours:
            if is_ours:
                await work()
            elif self.follower is not None and object_id.kind == CONNECTIONS.kind:
                pause = await self.follower.look(object_id.name)
                if pause is not None:
                    self._queue.postpone(object_id, pause)

    async def _look(self, object_id: ObjectId) -> None:
        """Reconcile an object as it is now, and write its status if that differs."""
        kind = self._kinds[object_id.kind]
        try:
            body = await self._ports.kube.get(
                kube_resource(kind.definition),
                object_id.name,
                namespace=object_id.namespace or None,
            )
        except NotFound:
            self._forget(object_id)
            return
        if self._is_under_way(object_id, body):
            self.wake(object_id, ARRIVAL_SECONDS)
            return
        if _has_been_let_go(body):
            return
        outcome = await self._reconciler.reconcile(kind, body)
        if outcome.finished:
            await self._let_go(kind, object_id, body)
            return
        if outcome.status:
            self._transitions.written(object_id, body, outcome.status)
            await self._write(kind, object_id, outcome)
        self._follow_up(object_id, outcome)

    async def _write(self, kind: AnyKind, object_id: ObjectId, outcome: Outcome) -> None:
        await self._ports.kube.patch_merge(
            kube_resource(kind.definition),
            object_id.name,
            {"status": dict(outcome.status)},
            namespace=object_id.namespace or None,
            subresource="status",
        )

    async def _let_go(self, kind: AnyKind, object_id: ObjectId, body: Mapping[str, Any]) -> None:
        """End a deletion sooner than kopf's next try would."""
        try:
            await release(self._ports.kube, kind.definition, body)
        except Outdated:
            self.wake(object_id, ARRIVAL_SECONDS)
        else:
            # Its handler, which waits for others, hears of its end only after its own.
            self._patience.wake(object_id)

    def _forget(self, object_id: ObjectId) -> None:
        self._reconciler.forget(object_id)
        self._transitions.forget(object_id)
        self._handed_over.pop(object_id, None)
        self._first_looks.begin(object_id)

    def _hand_over(self, object_id: ObjectId, outcome: Outcome) -> None:
        """Remember what kopf is about to write, so that nobody writes it once more meanwhile."""
        if "conditions" in outcome.status:
            deadline = asyncio.get_running_loop().time() + RETRY_SECONDS
            self._handed_over[object_id] = (outcome.status["conditions"], deadline)

    def _note_arrival(self, object_id: ObjectId, body: Mapping[str, Any]) -> None:
        """The watch shows an object: what kopf was to write may be there now."""
        if not self._is_under_way(object_id, body):
            self._handed_over.pop(object_id, None)

    def _is_under_way(self, object_id: ObjectId, body: Mapping[str, Any]) -> bool:
        """Whether a status that kopf was given is not in the object yet."""
        conditions, deadline = self._handed_over.get(object_id, (None, 0.0))
        if asyncio.get_running_loop().time() > deadline:
            return False
        return bool((body.get("status") or {}).get("conditions") != conditions)

    def _is_ours(self, object_id: ObjectId) -> bool:
        """Whether an object concerns this replica: each needs every connection."""
        return self._ports.serving.serves(object_id.namespace) or (
            object_id.kind == CONNECTIONS.kind
        )

    def _follow_up(self, object_id: ObjectId, outcome: Outcome) -> None:
        if outcome.delay is not None:
            self._queue.postpone(object_id, outcome.delay)


def _has_been_let_go(body: Mapping[str, Any]) -> bool:
    """Whether an object is being deleted and nothing of it is left to clean up."""
    metadata = body["metadata"]
    return "deletionTimestamp" in metadata and FINALIZER not in metadata.get("finalizers", ())


def _is_new(body: Mapping[str, Any]) -> bool:
    """Whether no status has been written for the object yet."""
    return not (body.get("status") or {}).get("conditions")
