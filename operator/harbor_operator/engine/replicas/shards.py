"""Several replicas work, each on the shards whose Leases it holds.

A replica takes a seat first, a Lease by which the others see that it is alive. Who sits where says
which shards are whose; a Lease for each shard says when. Beside them all replicas renew one Lease
in one name, that of an operator without shards: so neither such a one works beside them, nor one
that divides the namespaces otherwise.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from typing_extensions import override

from harbor_operator.core.shards import allotted, shard_of
from harbor_operator.engine.replicas.leadership import LOST_LEASE, Elected, Leadership, Term
from harbor_operator.engine.replicas.serving import Listener, Serving
from harbor_operator.kube.errors import NotLeader

_LOG = logging.getLogger(__name__)

_IN_THE_NAME_OF: ContextVar[Elected | None] = ContextVar("shard term", default=None)
"""The term of the shard whose object is being worked on."""


class ShardlessWriteError(Exception):
    """A write that belongs to no shard, which is a mistake of ours; it was not sent."""


class Candidate(Term, Protocol):
    """What is used of a `harbor_operator.kube.lease.Lease` besides; see there."""

    @property
    def taken(self) -> bool:
        """Whether somebody else may hold it, as far as this candidate has seen."""

    @property
    def known(self) -> bool:
        """Whether it is free, or its holder has been seen to be alive and not only to have been."""

    async def stand(self) -> bool:
        """Try once to become the leader, and say whether that was successful."""

    async def look(self) -> None:
        """See who holds it without standing for it."""


class Ballot(Protocol):
    """Makes this replica a candidate for each Lease that shards need."""

    def seat(self, number: int) -> Candidate:
        """Stand for a seat."""

    def shard(self, number: int) -> Candidate:
        """Stand for a shard; another candidate for each term."""

    def common(self) -> Candidate:
        """Stand for the Lease that all replicas of so many shards hold together."""


@dataclass(slots=True)
class _Holding:
    """A shard that this replica holds."""

    term: Elected
    under_way: int = 0
    """How many blocks are at work in its name."""
    closing: bool = False
    """Whether it is about to be given up, and no work begins any more."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether it is closing and no work is under way."""

    def close(self) -> None:
        self.closing = True
        self._note_idleness()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self.under_way += 1
        before = _IN_THE_NAME_OF.set(self.term)
        try:
            yield
        finally:
            _IN_THE_NAME_OF.reset(before)
            self.under_way -= 1
            self._note_idleness()

    def _note_idleness(self) -> None:
        if self.closing and not self.under_way:
            self.idle.set()


class Shards(Leadership, Serving):
    """The shards of this replica.

    It never waits for others: each round it looks who is alive, stands for what is its own by that
    and gives up what is not. Views differ for a while; the Leases decide.
    """

    def __init__(
        self,
        ballot: Ballot,
        count: int,
        *,
        leave: Callable[[int], NoReturn],
        pause: Callable[[], float],
    ) -> None:
        """Prepare to stand for shards.

        Args:
            ballot: Makes the candidates.
            count: How many shards there are, and how many seats.
            leave: Ends the process at once with an exit code.
            pause: Seconds until the next round.
        """
        self.listener: Listener | None = None
        self._ballot = ballot
        self._count = count
        self._leave = leave
        self._pause = pause
        self._seats = [ballot.seat(number) for number in range(count)]
        self._own = 0
        self._seat: Elected | None = None
        self._shared = ballot.common()
        self._common = Elected(self._shared, leave=leave)
        self._candidates = {number: ballot.shard(number) for number in range(count)}
        self._holdings: dict[int, _Holding] = {}
        self._waits = False
        self._leads = False
        self._ended = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    @override
    def serving(self) -> Serving:
        return self

    @property
    @override
    def stands_by(self) -> bool:
        return not self._leads and (self._waits or self._shared.taken)

    @property
    @override
    def leads(self) -> bool:
        return self._leads

    @override
    def require(self) -> None:
        """End the process unless it holds the shard that is being worked on.

        Raises:
            ShardlessWriteError: No shard is being worked on.
        """
        self._common.require()
        term = _IN_THE_NAME_OF.get()
        if term is None:
            raise ShardlessWriteError
        term.require()

    @override
    async def begin(self) -> None:
        """Wait until nobody works who divides the namespaces otherwise, and for a seat then.

        It sits down once it knows who else is alive: others give shards up as soon as they see it.
        """
        await self._common.begin()
        await self._look_at(self._seats)
        while not (all(seat.known for seat in self._seats) and await self._sits()):
            self._waits = any(seat.taken for seat in self._seats)
            await asyncio.sleep(self._pause())
            await self._look_at(self._seats)
        self._leads = True
        self._start(self._go_on())

    @override
    async def end(self) -> None:
        """Let others have the seat and the shards; the common Lease is also theirs."""
        if self._ended:
            return
        self._ended = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._common.expire()
        terms = [holding.term for holding in self._holdings.values()]
        seat = [self._seat] if self._seat else []
        claims = self._candidates.values()
        await asyncio.gather(
            *(term.end() for term in [*seat, *terms]),
            # Their claims may have arrived although no answer came.
            *(candidate.release() for candidate in claims),
        )

    @property
    @override
    def divided(self) -> bool:
        return True

    @override
    def shard_of(self, namespace: str) -> int:
        return shard_of(namespace, self._count)

    @override
    def shards(self) -> Mapping[int, bool]:
        return {shard: self._serves(shard) for shard in range(self._count)}

    @override
    def serves(self, namespace: str) -> bool:
        return self._serves(self.shard_of(namespace))

    def _serves(self, shard: int) -> bool:
        holding = self._holdings.get(shard)
        return holding is not None and not holding.closing

    @override
    @contextmanager
    def at_work(self, namespace: str) -> Iterator[bool]:
        holding = self._holdings.get(self.shard_of(namespace))
        if holding is None or holding.closing:
            yield False
            return
        with holding.at_work():
            yield True

    async def _look_at(self, seats: Iterable[Candidate]) -> None:
        await asyncio.gather(*(seat.look() for seat in seats))

    async def _sits(self) -> bool:
        """Take the first free seat, if there is one."""
        for number, seat in enumerate(self._seats):
            if await seat.stand():
                self._own = number
                self._seat = Elected(seat, leave=self._leave)
                await self._seat.begin()
                return True
        return False

    async def _go_on(self) -> None:
        while True:
            try:
                await self.round()
            except NotLeader as error:
                _LOG.error("%s: this process ends and stands for election anew", error)
                self._leave(LOST_LEASE)
            except Exception:  # noqa: BLE001 -- logged with its traceback; the next round goes on
                _LOG.exception("A round of the shards failed")
            await asyncio.sleep(self._pause())

    async def round(self) -> None:
        """Look who is alive, stand for what is this replica's by that, and give up what is not."""
        await self._look_at(seat for n, seat in enumerate(self._seats) if n != self._own)
        alive = [n for n, seat in enumerate(self._seats) if n == self._own or seat.taken]
        own = allotted(self._count, alive)[self._own]
        shards = range(self._count)
        await asyncio.gather(*(self._see_to(shard, wanted=shard in own) for shard in shards))

    async def _see_to(self, shard: int, *, wanted: bool) -> None:
        holding = self._holdings.get(shard)
        if holding is not None:
            if not wanted and not holding.closing:
                holding.close()
                self._start(self._give_up(shard, holding))
        elif not wanted:
            await self._candidates[shard].look()
        elif await self._candidates[shard].stand():
            await self._take_up(shard)

    async def _take_up(self, shard: int) -> None:
        term = Elected(self._candidates.pop(shard), leave=self._leave)
        await term.begin()
        self._holdings[shard] = _Holding(term)
        if self.listener is not None:
            self.listener.gained(shard)

    async def _give_up(self, shard: int, holding: _Holding) -> None:
        """Hand a shard over once nothing is under way in its name."""
        await holding.idle.wait()
        if self.listener is not None:
            await self.listener.lost(shard)
        await holding.term.end()
        self._candidates[shard] = self._ballot.shard(shard)
        del self._holdings[shard]

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
