"""The two ways in to the one reconcile: kopf's handlers and the due queue."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from harbor_operator.api.base import ANNOTATION_RECONCILE, ANNOTATION_ROTATE
from harbor_operator.api.conditions import ConditionType
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.directory import Directory, Entry, references_of
from harbor_operator.engine.kinds.case import ManagedKind
from harbor_operator.engine.objects import ObjectId, id_of, kube_resource
from harbor_operator.engine.ports import Ports
from harbor_operator.engine.queue import DueQueue
from harbor_operator.engine.reconciler import Outcome, Reconciler
from harbor_operator.engine.secrets import ManagedSecret
from harbor_operator.engine.transitions import Transitions
from harbor_operator.kube.errors import KubeError, NotFound
from harbor_operator.kube.resources import ObjectKey

_LOG = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""After the API server failed to give or take an object: it is usually back within seconds."""

NEIGHBOUR_SECONDS = 0.05
"""Gives the status that was just written time to arrive before somebody reads it."""

PATIENCE_SECONDS = 2.0
"""How long a new object waits for what it refers to before its status says that it waits:
within a moment of one `kubectl apply`, far below what a person would call stuck."""

_NEWS_TO_OTHERS = frozenset({"robotID", "username", "credentialRevision", "robotName"})
"""Status fields whose change concerns who refers to the object; besides, whether it is Ready."""

_REQUESTS = (ANNOTATION_RECONCILE, ANNOTATION_ROTATE)

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
        self._patient: dict[ObjectId, asyncio.Event] = {}
        """Objects whose handler waits a moment for what they refer to."""
        reconciler.on_harbor_trouble = self._look_at_connection

    @property
    def kinds(self) -> tuple[AnyKind, ...]:
        """The kinds that are reconciled."""
        return tuple(self._kinds.values())

    async def run(self) -> None:
        """Work through the queue until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    def wake(self, object_id: ObjectId, delay: float = 0.0) -> None:
        """Have an object looked at."""
        if object_id in self._patient:
            self._patient[object_id].set()
        else:
            self._queue.add(object_id, delay)

    def seen(self, object_id: ObjectId, body: Mapping[str, Any], *, gone: bool) -> None:
        """Take in an event of a watch on a kind of ours."""
        if gone:
            self._wake_neighbours(object_id)
            self.directory.drop(object_id)
            self._queue.discard(object_id)
            self._forget(object_id)
            return
        self._note_arrival(object_id, body)
        entry = _entry(object_id, body)
        before = self.directory.put(object_id, entry)
        if before is not None and before.requests != entry.requests:
            self.wake(object_id)

    async def changed(self, kind: AnyKind, body: Mapping[str, Any]) -> Outcome:
        """Reconcile an object for kopf, which writes the outcome's status itself."""
        object_id = id_of(kind.definition.kind, body)
        outcome = await self._reconcile_patiently(kind, object_id, body)
        if outcome.status:
            self._hand_over(object_id, outcome)
            self._transitions.written(object_id, body, outcome.status)
        self._follow_up(object_id, body, outcome)
        return outcome

    async def _reconcile_patiently(
        self, kind: AnyKind, object_id: ObjectId, body: Mapping[str, Any]
    ) -> Outcome:
        """Reconcile, and give what the object refers to a moment to appear.

        Objects that are applied together become Ready together: one status write instead of
        two, and no Waiting that is over before anybody has read it.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        woken = self._patient.setdefault(object_id, asyncio.Event())
        try:
            while True:
                woken.clear()
                async with self._slots:
                    outcome = await self._reconciler.reconcile(kind, body)
                if not outcome.waiting:
                    return outcome
                async with asyncio.timeout_at(deadline):
                    await woken.wait()
        except TimeoutError:
            return outcome
        finally:
            del self._patient[object_id]

    async def _work(self) -> None:
        while True:
            object_id = await self._queue.take()
            try:
                await self._look(object_id)
            except KubeError as error:
                _LOG.warning("%s: %s", object_id, error)
                self.wake(object_id, RETRY_SECONDS)

    async def _look(self, object_id: ObjectId) -> None:
        """Reconcile an object as it is now, and write its status if that differs."""
        kind = self._kinds[object_id.kind]
        resource = kube_resource(kind.definition)
        namespace = object_id.namespace or None
        try:
            body = await self._ports.kube.get(resource, object_id.name, namespace=namespace)
        except NotFound:
            self._forget(object_id)
            return
        if self._is_under_way(object_id, body):
            self.wake(object_id, NEIGHBOUR_SECONDS)
            return
        if "deletionTimestamp" in body["metadata"]:
            return  # kopf's deletion handler has it
        outcome = await self._reconciler.reconcile(kind, body)
        if outcome.status:
            self._transitions.written(object_id, body, outcome.status)
            await self._ports.kube.patch_merge(
                resource,
                object_id.name,
                {"status": dict(outcome.status)},
                namespace=namespace,
                subresource="status",
            )
        self._follow_up(object_id, body, outcome)

    def _forget(self, object_id: ObjectId) -> None:
        self._reconciler.forget(object_id)
        self._transitions.forget(object_id)
        self._handed_over.pop(object_id, None)

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

    def _follow_up(self, object_id: ObjectId, body: Mapping[str, Any], outcome: Outcome) -> None:
        if outcome.delay is not None:
            self._queue.postpone(object_id, outcome.delay)
        if is_news_to_others(body.get("status") or {}, outcome.status):
            self._wake_neighbours(object_id)

    def _wake_neighbours(self, object_id: ObjectId) -> None:
        """Wake who refers to an object, and a robot that waits for its pull secrets."""
        for referrer in self.directory.referrers(object_id):
            self.wake(referrer, NEIGHBOUR_SECONDS)
        entry = self.directory.get(object_id)
        if object_id.kind != PULL_SECRETS.kind or entry is None:
            return
        for robot in entry.references:
            known = self.directory.get(robot)
            if known is not None and known.waits_for_referrers:
                self.wake(robot, NEIGHBOUR_SECONDS)

    def _look_at_connection(self, object_id: ObjectId) -> None:
        entry = self.directory.get(object_id)
        for reference in entry.references if entry else ():
            if reference.kind == CONNECTIONS.kind:
                self.wake(reference)

    def namespace_changed(self, name: str) -> None:
        """A namespace appeared, left, or has other labels: whoever selects looks again."""
        del name
        for object_id in self.directory.selecting():
            self.wake(object_id)

    def secret_changed(self, key: ObjectKey, secret: ManagedSecret) -> None:
        """Somebody else wrote or deleted a managed Secret: its owner looks again."""
        del key
        if secret.owner.kind in self._kinds and secret.owner.name:
            self.wake(secret.owner)

    def account_changed(self, key: ObjectKey) -> None:
        """A ServiceAccount appeared or changed: whoever delivers into its namespace looks."""
        secrets = self._ports.cluster.secrets.in_namespace(key.namespace).values()
        for owner in {secret.owner for secret in secrets}:
            if owner.kind == PULL_SECRETS.kind and owner.name:
                self.wake(owner)


def is_news_to_others(before: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    """Whether a change of an object's status concerns who refers to it."""
    if change.keys() & _NEWS_TO_OTHERS:
        return True
    conditions = change.get("conditions")
    return conditions is not None and _ready(conditions) != _ready(before.get("conditions") or ())


def _ready(conditions: Iterable[Mapping[str, Any]]) -> str | None:
    return next((c["status"] for c in conditions if c["type"] == ConditionType.READY), None)


def _entry(object_id: ObjectId, body: Mapping[str, Any]) -> Entry:
    metadata = body["metadata"]
    annotations = metadata.get("annotations") or {}
    spec = body.get("spec") or {}
    robot = object_id.kind == ROBOTS.kind
    return Entry(
        uid=metadata["uid"],
        references=references_of(object_id, spec),
        requests=tuple(annotations.get(key) for key in _REQUESTS),
        selects_namespaces=object_id.kind == PULL_SECRETS.kind and bool(spec.get("targets")),
        waits_for_referrers=robot and ("deletionTimestamp" in metadata or _is_rotating(body)),
    )


def _is_rotating(body: Mapping[str, Any]) -> bool:
    conditions = (body.get("status") or {}).get("conditions") or ()
    return any(c["type"] == ConditionType.ROTATING and c["status"] == "True" for c in conditions)
