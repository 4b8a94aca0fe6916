"""Which objects are to be looked at, and when: in memory only, rebuilt at every start.

Due objects are served fairly: namespaces take turns, so that one team's thousand objects never
delay another team's one.
"""

import asyncio
import heapq
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable

from harbor_operator.engine.objects import ObjectId


class DueQueue:
    """Objects with a due time each; one entry an object, the earliest time wins."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Prepare an empty queue.

        Args:
            clock: Monotonic seconds, as the event loop's.
        """
        self._clock = clock
        self._due: dict[ObjectId, float] = {}
        self._heap: list[tuple[float, int, ObjectId]] = []
        self._order = itertools.count()
        self._turns: OrderedDict[str, deque[ObjectId]] = OrderedDict()
        self._ready: dict[ObjectId, float] = {}
        """Those in the turns, and since when they have been due."""
        self._changed = asyncio.Event()
        self._takers = 0

    @property
    def idle(self) -> bool:
        """Whether somebody waits for something to do."""
        return self._takers > 0

    def __len__(self) -> int:
        return len(self._due) + len(self._ready)

    def waits(self) -> dict[ObjectId, float]:
        """How many seconds each object has been due; negative for those that are due later."""
        now = self._clock()
        return {object_id: now - due for object_id, due in {**self._due, **self._ready}.items()}

    def add(self, object_id: ObjectId, delay: float = 0.0) -> None:
        """Look at an object after so many seconds, or sooner if it is due sooner already."""
        due = self._clock() + max(delay, 0.0)
        if object_id in self._ready or self._due.get(object_id, float("inf")) <= due:
            return
        self._due[object_id] = due
        heapq.heappush(self._heap, (due, next(self._order), object_id))
        self._changed.set()

    def postpone(self, object_id: ObjectId, delay: float) -> None:
        """Look at an object after so many seconds, whatever was planned for later.

        What is due already stays due: somebody woke the object while it was being looked at.
        """
        if self._due.get(object_id, float("inf")) > self._clock():
            self._due.pop(object_id, None)
            self.add(object_id, delay)

    def discard(self, object_id: ObjectId) -> None:
        """Forget an object that is gone."""
        self._due.pop(object_id, None)

    async def take(self) -> ObjectId:
        """Wait for the next object whose time has come, namespaces by turns."""
        while True:
            self._collect()
            if self._turns:
                return self._next()
            await self._wait()

    async def _wait(self) -> None:
        """Wait until something is due, or may be due sooner than it seemed."""
        self._changed.clear()
        self._takers += 1
        try:
            async with asyncio.timeout(self._seconds_to_next()):
                await self._changed.wait()
        except TimeoutError:
            pass
        finally:
            self._takers -= 1

    def _collect(self) -> None:
        """Move what is due into the turns."""
        now = self._clock()
        while self._heap and self._heap[0][0] <= now:
            due, _, object_id = heapq.heappop(self._heap)
            if self._due.get(object_id) != due:
                continue
            del self._due[object_id]
            self._ready[object_id] = due
            self._turns.setdefault(object_id.namespace, deque()).append(object_id)

    def _next(self) -> ObjectId:
        namespace, turn = self._turns.popitem(last=False)
        object_id = turn.popleft()
        if turn:
            self._turns[namespace] = turn
        del self._ready[object_id]
        return object_id

    def _seconds_to_next(self) -> float | None:
        return None if not self._heap else max(self._heap[0][0] - self._clock(), 0.0)
