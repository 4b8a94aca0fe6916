"""A replica that works on all objects whatever its shards: by it the test of shards can fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from typing_extensions import override

from harbor_operator.engine.replicas.leadership import Leadership
from harbor_operator.engine.replicas.serving import Serving, Undivided
from harbor_operator.engine.runtime import elected
from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.settings import Settings
from tests.support.ungated_operator import Ungated, run_elected


class Greedy(Ungated):
    """A leadership that holds shards and leaves nothing to others."""

    @property
    @override
    def serving(self) -> Serving:
        return Undivided()


@asynccontextmanager
async def greedy(settings: Settings, access: ClusterAccess) -> AsyncIterator[Leadership]:
    """Stand for election as usual."""
    async with elected(settings, access) as leadership:
        yield Greedy(leadership)


if __name__ == "__main__":
    run_elected(greedy)
