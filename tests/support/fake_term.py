"""A term of office that begins and ends when a test says so, and a process that can be left."""

import asyncio
from dataclasses import dataclass, field
from typing import NoReturn

from harbor_operator.kube.errors import NotLeader

OWN = "own"


class LeftError(Exception):
    """What stands for the end of the process, after which nothing runs."""


@dataclass
class FakeTerm:
    """One candidate's view of a lease.

    Attributes:
        holder: Who holds it, as far as this candidate has seen.
        history: What was asked for, in order.
    """

    holder: str = ""
    history: list[str] = field(default_factory=list)
    _trouble: Exception | None = None
    _free: asyncio.Event = field(default_factory=asyncio.Event)
    _lost: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def held(self) -> bool:
        """Whether this candidate is the leader now."""
        return self.holder == OWN and not self._lost.is_set()

    def free(self) -> None:
        """Let this candidate win."""
        self._free.set()

    def fail_with(self, trouble: Exception) -> None:
        """Let the election fail."""
        self._trouble = trouble

    def lose(self, to: str = OWN) -> None:
        """End the term, with or without a successor."""
        self.holder = to
        self._lost.set()

    def require(self) -> None:
        """Check that this candidate is the leader now, or raise NotLeader."""
        if not self.held:
            raise NotLeader("own does not hold the lease")

    async def acquire(self) -> None:
        """Wait until this candidate is the leader."""
        if self._trouble is not None:
            raise self._trouble
        await self._free.wait()
        self.holder = OWN

    async def keep(self) -> NoReturn:
        """Renew until the term has ended, and raise NotLeader then."""
        self.history.append("renewals begun")
        try:
            await self._lost.wait()
            raise NotLeader("own does not hold the lease")
        finally:
            self.history.append("renewals ended")

    async def release(self) -> None:
        """End the term and let another candidate begin."""
        self.history.append("released")
        self.lose("")


@dataclass
class FakeProcess:
    """A process that notes with which code it was left."""

    code: asyncio.Future[int] = field(default_factory=asyncio.Future)

    def leave(self, code: int) -> NoReturn:
        """End it; what asks for that once more is no part of it any more."""
        if not self.code.done():
            self.code.set_result(code)
        raise LeftError
