"""Random deeds at a steady pace."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.soak.delivered import Accounts, Secrets
from tests.soak.objects import PullSecrets, Robots
from tests.soak.spaces import Spaces
from tests.soak.stage import Stage
from tests.soak.trouble import Trouble
from tests.support.team import Team

PACE_SECONDS = 0.2
"""From one deed to the next, if none takes longer."""
FIRST_SPACES = 32
FIRST_ROBOTS = 6
FIRST_PULLS = 8
KILLS_AT = (0.04, 0.12)
"""Parts of the time after which the operator is killed: early, since the memory of the last one
is compared."""
RESTARTS_AT = (0.5,)
"""Parts of the time after which the API server is restarted."""

Deed = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Life:
    """All that happens."""

    stage: Stage
    done: Counter[str] = field(default_factory=Counter)
    spaces: Spaces = field(init=False)
    robots: Robots = field(init=False)
    pulls: PullSecrets = field(init=False)
    trouble: Trouble = field(init=False)
    _weights: dict[Deed, int] = field(init=False)

    def __post_init__(self) -> None:
        self.spaces, self.robots = Spaces(self.stage), Robots(self.stage)
        self.pulls, self.trouble = PullSecrets(self.stage, self.robots), Trouble(self.stage)
        self._weights = self._weighted(Secrets(self.stage), Accounts(self.stage))

    async def begin(self) -> None:
        """Make what is there at first."""
        for count, deed in (
            (FIRST_SPACES, self.spaces.create),
            (FIRST_ROBOTS, self.robots.create),
            (FIRST_PULLS, self.pulls.create),
        ):
            for _ in range(count):
                await deed()

    async def go_on(self, seconds: float) -> None:
        """Do one thing after the other for so long; trouble ends with it."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        fixed = sorted(
            [(part * seconds, self.trouble.kill_operator) for part in KILLS_AT]
            + [(part * seconds, self.trouble.restart_apiserver) for part in RESTARTS_AT],
            key=lambda entry: entry[0],
        )
        while (at := loop.time() - begun) < seconds:
            if fixed and fixed[0][0] <= at:
                await self._do(fixed.pop(0)[1])
            else:
                await self._do(self._drawn())
            self.trouble.go_on()
            await asyncio.sleep(max(0.0, begun + at + PACE_SECONDS - loop.time()))
        self.trouble.end()

    async def leave(self, team: Team) -> None:
        """Delete all that a team has made but its projects, in no helpful order."""
        await self.robots.delete_all(team)
        await self.pulls.delete_all(team)

    def _drawn(self) -> Deed:
        [deed] = self.stage.choice.choices(list(self._weights), list(self._weights.values()))
        return deed

    async def _do(self, deed: Deed) -> None:
        self.done[getattr(deed, "__qualname__", "")] += 1
        await deed()

    def _weighted(self, secrets: Secrets, accounts: Accounts) -> dict[Deed, int]:
        return {
            self.spaces.create: 6,
            self.spaces.delete: 5,
            self.spaces.relabel: 14,
            self.spaces.consent: 8,
            self.spaces.vacate: 2,
            secrets.delete: 8,
            secrets.spoil: 8,
            secrets.hit_robot: 4,
            accounts.create: 6,
            accounts.delete: 4,
            accounts.edit: 10,
            self.robots.create: 3,
            self.robots.delete: 2,
            self.robots.rotate: 4,
            self.robots.revoke_account: 1,
            self.pulls.create: 4,
            self.pulls.delete: 3,
            self.pulls.retarget: 4,
            self.pulls.reassign: 3,
            self.pulls.resource: 2,
            self.trouble.harbor: 2,
            self.trouble.pass_time: 4,
            self.trouble.cut: 1,
            self.trouble.hold: 1,
        }
