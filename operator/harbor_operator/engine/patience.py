"""New objects wait a moment for what they refer to, instead of reporting that it is missing.

Objects that are applied together become Ready together: one look and one status write instead
of several, and no Waiting that is over before anybody has read it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from harbor_operator.engine.directory import Directory, Entry
from harbor_operator.engine.objects import ObjectId
from harbor_operator.kube.resources import SECRETS

SHORT_SECONDS = 5.0
"""For something that is not there or says that it is not Ready: the time of one
``kubectl apply``, far below what a person would call stuck."""

LONG_SECONDS = 20.0
"""For something that is being made right now and has not said anything yet."""


class Turn:
    """One object's patience while its handler runs."""

    def __init__(self, directory: Directory, object_id: ObjectId, over: asyncio.Event) -> None:
        self._directory = directory
        self._object_id = object_id
        self._over = over
        self._started = asyncio.get_running_loop().time()
        self.woken = asyncio.Event()

    async def for_references(self) -> None:
        """Wait until everything that the object refers to is Ready, or patience is over."""
        while not self._can_begin() and await self.wait():
            continue

    async def wait(self) -> bool:
        """Wait to be woken; False when patience is over."""
        if self._over.is_set():
            return False
        limit = LONG_SECONDS if self._is_in_the_making() else SHORT_SECONDS
        try:
            async with asyncio.timeout_at(self._started + limit):
                await self.woken.wait()
        except TimeoutError:
            return False
        self.woken.clear()
        return not self._over.is_set()

    def _can_begin(self) -> bool:
        """Whether all is there that others have to make."""
        own = self._directory.get(self._object_id)
        made = own.makes if own else frozenset()
        return all(entry and entry.ready == "True" for entry in self._references(made))

    def _is_in_the_making(self) -> bool:
        said = {entry.ready if entry else "absent" for entry in self._references()}
        return None in said and said <= {None, "True"}

    def _references(self, apart: frozenset[ObjectId] = frozenset()) -> Iterator[Entry | None]:
        """What is known of the objects that say whether they are Ready, which no Secret does."""
        own = self._directory.get(self._object_id)
        for reference in own.references - apart if own else ():
            if reference.kind != SECRETS.kind:
                yield self._directory.get(reference)


class Patience:
    """The turns of all objects whose handlers run."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._turns: dict[ObjectId, Turn] = {}
        self._over = asyncio.Event()

    @contextmanager
    def turn(self, object_id: ObjectId) -> Iterator[Turn]:
        """An object's turn; one at a time per object, as kopf's handlers are."""
        turn = self._turns[object_id] = Turn(self._directory, object_id, self._over)
        try:
            yield turn
        finally:
            del self._turns[object_id]

    def wake(self, object_id: ObjectId) -> bool:
        """Wake an object whose handler runs; False when none does."""
        turn = self._turns.get(object_id)
        if turn is None:
            return False
        turn.woken.set()
        return True

    def end(self) -> None:
        """Have nobody wait any more: the operator ends, and each handler would hold it up."""
        self._over.set()
        for turn in self._turns.values():
            turn.woken.set()

    def appeared(self, object_id: ObjectId) -> None:
        """Let those whose handlers wait know that what they refer to exists by now."""
        for referrer in self._directory.referrers(object_id):
            self.wake(referrer)
