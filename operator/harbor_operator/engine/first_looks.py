"""When each object is looked at for the first time after a start.

What has something to do is looked at at once. What is at rest takes its turn: a start with ten
thousand objects is then over in seconds, and asks Harbor no more than on any other day.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.resources import CustomResource, Metadata
from harbor_operator.core.rest import LONGEST_REST, holds_its_secrets, is_at_rest
from harbor_operator.engine.context import Ports
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.queue import DueQueue

QUIET_SECONDS = 3.0
"""kopf hands the objects of the first lists over one by one, and takes a few turns of the event
loop for each: turns that looks make long. After so long without another one all have come, as
a page of a list takes a fraction of it."""

PER_SECOND = 50
"""A look takes some 7 ms and five requests: a third of one core for a while, beside real work.
With more than fifteen thousand objects there are more of them, so that nobody waits longer."""

AnyDefinition = CustomResource[Any, Any]


class FirstLooks:
    """The objects that wait for their first look although nothing is known to be wrong.

    When all have come, one of them is handed to the queue at a time, and only while a worker has
    nothing to do: they never stand in the way of others.
    """

    def __init__(self, ports: Ports, queue: DueQueue, *, per_second: float) -> None:
        self._ports = ports
        self._queue = queue
        self._per_second = per_second
        self._waiting: dict[ObjectId, float] = {}
        """In the order of their turns, with the time after which they wait for nobody."""
        self._most = 0
        """How many have waited at the same time."""
        self._newest = 0.0
        """When the last one came."""
        self._came = asyncio.Event()

    def __contains__(self, object_id: ObjectId) -> bool:
        """Whether an object at rest still waits for its look."""
        return object_id in self._waiting

    def begin(self, object_id: ObjectId) -> None:
        """Take in that an object is looked at, or gone."""
        self._waiting.pop(object_id, None)

    def takes(
        self, definition: AnyDefinition, object_id: ObjectId, body: Mapping[str, Any]
    ) -> bool:
        """Take an object in that is at rest; False for one that may have something to do."""
        if not self._may_rest(definition, object_id, body):
            return False
        self._newest = _now()
        self._waiting[object_id] = self._newest + LONGEST_REST.total_seconds()
        self._most = max(self._most, len(self._waiting))
        self._came.set()
        return True

    async def run(self) -> None:
        """Have one object after the other looked at, until cancelled."""
        turns = 0.0
        while True:
            await self._came.wait()
            began = _now()
            await asyncio.sleep(self._pause())
            # On a busy core a pause takes longer than it should, which must not slow them down.
            turns += (_now() - began) / self._pause()
            while turns >= 1 and self._is_next_ones_turn():
                self._hand_over(next(iter(self._waiting)))
                turns -= 1
            turns %= 1
            if not self._waiting:
                self._came.clear()

    def _hand_over(self, object_id: ObjectId) -> None:
        self.begin(object_id)
        self._queue.add(object_id)

    def _is_next_ones_turn(self) -> bool:
        deadline, now = next(iter(self._waiting.values()), None), _now()
        if deadline is None or now - self._newest < QUIET_SECONDS:
            return False
        return self._queue.idle or deadline <= now

    def _pause(self) -> float:
        """Seconds from one look to the next."""
        return min(1 / self._per_second, LONGEST_REST.total_seconds() / max(self._most, 1))

    def _may_rest(
        self, definition: AnyDefinition, object_id: ObjectId, body: Mapping[str, Any]
    ) -> bool:
        metadata, status = (
            Metadata.model_validate(body["metadata"]),
            definition.parse_status(body),
        )
        if not is_at_rest(metadata, status, self._ports.now()):
            return False
        own = self._ports.cluster.secrets.of_owner(metadata.uid).values()
        of_robots = {
            secret.username
            for uid in {secret.robot_uid for secret in own}
            for secret in self._ports.cluster.secrets.of_robot(uid).values()
        }
        return holds_its_secrets(
            status, [secret.username for secret in own], of_robots
        ) and self._reaches_all(object_id, metadata.uid, body.get("spec") or {})

    def _reaches_all(self, object_id: ObjectId, uid: str, spec: Mapping[str, Any]) -> bool:
        """Whether a pull secret concerns its own namespace alone, and all ServiceAccounts there.

        Those that select namespaces are few, and new ones may have come.
        """
        if object_id.kind != PULL_SECRETS.kind:
            return True
        if spec.get("targets"):
            return False
        selected: Mapping[str, Any] | None = spec.get("serviceAccounts")
        if not selected:
            return True
        name = spec.get("secretName") or object_id.name
        names = selected.get("names")
        accounts = self._ports.cluster.accounts.concerning(uid, [object_id.namespace])
        return all(
            name in account.pull_secrets
            for key, account in accounts
            if not names or key.name in names
        )


def _now() -> float:
    return asyncio.get_running_loop().time()
