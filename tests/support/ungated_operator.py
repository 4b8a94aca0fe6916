"""The operator without the gate before its writes: by it the frozen rounds are seen to fail.

It stands for election and ends when it has lost its lease, as the operator does, and as programs
do that leave the matter to a task which is cancelled.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop
from pydantic_settings import CliApp
from typing_extensions import override

from harbor_operator.engine.replicas.leadership import Leadership
from harbor_operator.engine.replicas.serving import Serving
from harbor_operator.engine.runtime import Elect, elected, run
from harbor_operator.engine.telemetry.logs import set_up
from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.settings import Settings


class Ungated(Leadership):
    """A leadership that is elected and stops no write."""

    def __init__(self, elected: Leadership) -> None:
        self._elected = elected

    @property
    @override
    def serving(self) -> Serving:
        return self._elected.serving

    @property
    @override
    def stands_by(self) -> bool:
        return self._elected.stands_by

    @property
    @override
    def leads(self) -> bool:
        return self._elected.leads

    @override
    def require(self) -> None:
        """Let every write pass."""

    @override
    async def begin(self) -> None:
        await self._elected.begin()

    @override
    async def end(self) -> None:
        await self._elected.end()


@asynccontextmanager
async def ungated(settings: Settings, access: ClusterAccess) -> AsyncIterator[Leadership]:
    """Stand for election as usual."""
    async with elected(settings, access) as leadership:
        yield Ungated(leadership)


def run_elected(elect: Elect) -> None:
    """Run the operator as from the command line, but for its election."""
    told = CliApp.run(Settings)
    set_up(told.log_level, told.log_format)
    uvloop.run(run(told, elect=elect))


if __name__ == "__main__":
    run_elected(ungated)
