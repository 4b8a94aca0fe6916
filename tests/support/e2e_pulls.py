"""Pulling all the time, as a cluster whose pods come and go does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from testbed.endtoend.crane import CraneError
from testbed.tools.waiting import until
from tests.support.e2e_stage import Stage

PAUSE_SECONDS = 0.3
"""A pull takes about as long, so half of the time one is under way."""
PULL_SECONDS = 10.0
"""How long a pull may take across a network."""


@dataclass(slots=True)
class Pulls:
    """Pulls of one image, each with the login that is delivered just then."""

    stage: Stage
    reference: str
    pull_secret: str
    count: int = 0
    failures: list[str] = field(default_factory=list)

    async def more(self, count: int) -> None:
        """Wait until so many more pulls are done."""
        wanted = self.count + count

        async def done() -> bool:
            return self.count >= wanted

        await until(done, within=count * PULL_SECONDS)

    async def repeat(self) -> None:
        """Pull until cancelled."""
        while True:
            login = await self.stage.delivered_config(self.pull_secret)
            try:
                await self.stage.crane.pull(self.reference, login)
            except CraneError as refusal:
                self.failures.append(str(refusal))
            self.count += 1
            await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def pulling(stage: Stage, reference: str, pull_secret: str) -> AsyncIterator[Pulls]:
    """Pull all the time during a block; what goes wrong besides a refusal is raised at its end."""
    pulls = Pulls(stage, reference, pull_secret)
    task = asyncio.create_task(pulls.repeat())
    try:
        yield pulls
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
