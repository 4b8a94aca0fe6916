"""What fails around the operator, and the operator itself."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.tools.waiting import until
from tests.soak.stage import PAST_OVERLAP, Stage
from tests.support.system_world import LEASE

API = "/api/*"
HOLD_SECONDS = 2.0
LATENCY_SECONDS = 0.3
START_SECONDS = 30.0
LASTING = 25
"""How many deeds long Harbor's trouble lasts at most."""


@dataclass(slots=True)
class Trouble:
    """Faults of Harbor, of the API server, of what is between, and the death of the operator."""

    stage: Stage
    left: int = 0
    """For how many more deeds Harbor is in trouble."""

    async def harbor(self) -> None:
        """Let Harbor fail for a while, or at the next few requests."""
        choice, faults = self.stage.choice, self.stage.world.harbor.faults
        kind, times = choice.randrange(7), choice.randint(1, 6)
        self.left = choice.randint(5, LASTING)
        self.stage.journal.note(f"harbor-trouble {kind}")
        match kind:
            case 0:
                faults.add_status(500, "*", API, times=times)
            case 1:
                faults.add_drop("P*", API, times=times, after_effect=True)
            case 2:
                faults.add_drop("*", API, times=times)
            case 3:
                faults.add_status(429, "*", API, times=times, retry_after=1)
            case 4:
                faults.add_latency(LATENCY_SECONDS, "*", API)
            case 5:
                faults.read_only = True
            case _:
                faults.down = True

    async def pass_time(self) -> None:
        """Let overlaps end."""
        self.stage.journal.note("travel")
        await self.stage.travel(self.stage.choice.choice((5.0, 20.0, PAST_OVERLAP)))

    async def cut(self) -> None:
        """End all connections between the operator and the API server."""
        self.stage.journal.note("cut")
        self.stage.crossing.cut()

    async def hold(self) -> None:
        """Let nothing pass between the two for a moment, and then lose it or not."""
        self.stage.journal.note("hold")
        self.stage.crossing.hold()
        await asyncio.sleep(HOLD_SECONDS)
        if self.stage.choice.random() < 0.5:
            self.stage.crossing.cut()
        self.stage.crossing.release()

    async def restart_apiserver(self) -> None:
        """End the API server and start it again, on the same data."""
        self.stage.journal.note("restart-apiserver")
        async with self.stage.turn:
            await self.stage.world.plane.restart_apiserver()
            await until(self._serves_kinds, within=START_SECONDS)

    async def kill_operator(self) -> None:
        """End the operator in the middle of its work, and start another one."""
        self.stage.journal.note("kill-operator")
        operator = self.stage.world.operator
        operator.kill()
        await self.stage.cluster.delete(LEASE)
        await operator.start()

    async def _serves_kinds(self) -> bool:
        """Whether the API server has found the custom resources again."""
        paths = [self.stage.teams[0].path(kind) for kind in (PROJECTS, ROBOTS, PULL_SECRETS)]
        answers = [await self.stage.cluster.server.ask("GET", path) for path in paths]
        return all(answer.status == HTTPStatus.OK for answer in answers)

    def go_on(self) -> None:
        """One more deed is done; Harbor's trouble may be over."""
        if self.left:
            self.left -= 1
            if not self.left:
                self.end()

    def end(self) -> None:
        """End Harbor's trouble."""
        self.left = 0
        self.stage.journal.note("harbor-well")
        self.stage.world.harbor.faults.clear()
