"""What is being worked on, for whoever tells of it: log lines and traces."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from harbor_operator.engine.objects import ObjectId


@dataclass(slots=True)
class Work:
    """One look at one object. A task that outlives the look keeps the object it was begun for."""

    object_id: ObjectId
    generation: int | None = None
    action: str | None = None
    """What is being carried out right now."""
    done: list[str] = field(default_factory=list)
    """What was carried out, in order."""
    request_id: str | None = None
    """Harbor's id of the last request that it answered."""

    @contextmanager
    def acting(self, action: object) -> Iterator[None]:
        """Carry out an action of a plan, known by the name of its type alone."""
        self.action = type(action).__name__
        try:
            yield
            self.done.append(self.action)
        finally:
            self.action = None


_WORK: ContextVar[Work | None] = ContextVar("work", default=None)


def current_work() -> Work | None:
    """What this task works on, if on any object."""
    return _WORK.get()


@contextmanager
def working_on(object_id: ObjectId, generation: int | None = None) -> Iterator[Work]:
    """Work on an object for the length of a block, and in the tasks begun meanwhile."""
    work = Work(object_id, generation)
    token = _WORK.set(work)
    try:
        yield work
    finally:
        _WORK.reset(token)
