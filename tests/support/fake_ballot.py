"""Leases in memory: who holds which, and replicas that stand for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from harbor_operator.engine.replicas.shards import Shards
from harbor_operator.kube.errors import NotLeader
from testbed.tools.waiting import until
from tests.support.fake_term import FakeProcess

FREE = ""
COMMON = "common"
PATIENCE = 60.0
"""Seconds; longer than any test."""


@dataclass
class FakeLeases:
    """All Leases of an operator, by name."""

    holders: dict[str, str] = field(default_factory=dict)

    def shards(self) -> Mapping[int, str]:
        """Who holds which shard."""
        names = {name.removeprefix("shard-"): held for name, held in self.holders.items()}
        return {int(name): held for name, held in names.items() if name.isdigit() and held}


@dataclass
class FakeCandidate:
    """A candidate for one Lease; what the Lease says counts at once."""

    leases: FakeLeases
    name: str
    identity: str
    known: bool = True
    _ended: bool = False
    _won: bool = False

    @property
    def holder(self) -> str:
        """Who holds it."""
        return self.leases.holders.get(self.name, FREE)

    @property
    def taken(self) -> bool:
        """Whether somebody else holds it."""
        return self.holder not in {FREE, self.identity}

    @property
    def held(self) -> bool:
        """Whether this candidate holds it."""
        return self._won and not self._ended and self.holder == self.identity

    def require(self) -> None:
        """Raise NotLeader unless it is held."""
        if not self.held:
            raise NotLeader(f"{self.identity} does not hold the lease {self.name}")

    async def stand(self) -> bool:
        """Take it if it is free."""
        if self.taken or self._ended:
            return False
        self.leases.holders[self.name] = self.identity
        self._won = True
        return True

    async def look(self) -> None:
        """Look at it, which is not needed here."""

    async def acquire(self) -> None:
        """Wait until it is free."""

        async def has_won() -> bool:
            return self._won or await self.stand()

        await until(has_won, within=PATIENCE)

    async def keep(self) -> NoReturn:
        """Keep it until it is lost."""

        async def is_lost() -> bool:
            return not self.held

        await until(is_lost, within=PATIENCE)
        self._ended = True
        raise NotLeader(f"{self.identity} does not hold the lease {self.name}")

    async def release(self) -> None:
        """Give it up."""
        if self.holder == self.identity:
            self.leases.holders[self.name] = FREE
        self._ended = True


@dataclass(frozen=True)
class FakeBallot:
    """One replica's candidates."""

    leases: FakeLeases
    identity: str

    def seat(self, number: int) -> FakeCandidate:
        """Stand for a seat."""
        return FakeCandidate(self.leases, f"seat-{number}", self.identity)

    def shard(self, number: int) -> FakeCandidate:
        """Stand for a shard."""
        return FakeCandidate(self.leases, f"shard-{number}", self.identity)

    def common(self) -> FakeCandidate:
        """Stand for the common Lease."""
        return FakeCandidate(self.leases, COMMON, "6-shards")


class Replica:
    """One replica of six shards and its process; its rounds are made when a test says so."""

    def __init__(self, leases: FakeLeases, name: str) -> None:
        self.name = name
        self.process = FakeProcess()
        ballot = FakeBallot(leases, name)
        self.shards = Shards(ballot, 6, leave=self.process.leave, pause=lambda: 0.001)
        self._leases = leases

    def own(self) -> set[int]:
        """The shards that it holds by the Leases."""
        return {shard for shard, holder in self._leases.shards().items() if holder == self.name}

    def kill(self) -> None:
        """Let it be dead for so long that its Leases have run out."""
        for name, holder in self._leases.holders.items():
            if holder == self.name:
                self._leases.holders[name] = FREE
