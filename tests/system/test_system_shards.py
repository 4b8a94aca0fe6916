"""Three replicas share the namespaces out: one is killed, one comes, one ends, one is frozen.

`make shards` does it with more objects and the usual lease. That it can fail is seen by an operator
that heeds no shards: `make shards OPERATOR_MODULE=tests.support.greedy_operator`.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from harbor_operator.engine.replicas.leadership import LOST_LEASE
from tests.support.announcing import Announce
from tests.support.namespaces import temporary_namespace
from tests.support.shard_crew import Crew, open_crew
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"distribution": [{"from": ["team-*"], "to": {"names": ["team-*"]}}]}
TEAMS = int(os.environ.get("SHARD_TEAMS", "12"))
ROBOTS = int(os.environ.get("SHARD_ROBOTS", "1"))
SHARDS = 6
MODULE = os.environ.get("OPERATOR_MODULE", "harbor_operator")
LEASE_SECONDS = int(os.environ.get("SHARD_LEASE", "6"))
"""Shorter than as installed, so that a lost replica is not waited for long."""
LATENCY_SECONDS = 0.03
"""How long Harbor takes for a write, so that a freeze hits one that waits for its answer."""
REPLICAS = ("blue", "green", "red")


@pytest_asyncio.fixture(loop_scope="module")
async def crew(world: SystemWorld, tmp_path: Path) -> AsyncIterator[Crew]:
    """Three replicas that do not run yet, and the teams that they will serve."""
    async with AsyncExitStack() as stack:
        made = [
            await stack.enter_async_context(temporary_namespace(world.plane, prefix="team"))
            for _ in range(TEAMS)
        ]
        teams = [Team(world, namespace) for namespace in made]
        lease = f"--lease-seconds={LEASE_SECONDS}"
        rule = world.harbor.faults.add_latency(LATENCY_SECONDS, "P*", "/api/*")
        async with open_crew(
            teams, REPLICAS, tmp_path, lease, shards=SHARDS, module=MODULE
        ) as opened:
            yield opened
        world.harbor.faults.remove(rule)


@pytest.mark.timeout(60 + 30 * TEAMS * ROBOTS)
async def test_shards_move_and_no_object_is_written_by_two(crew: Crew, announce: Announce) -> None:
    await crew.start(*REPLICAS)
    await crew.make("first", robots=1)  # New processes are slow at what they do for the first time.
    together = await crew.make("together", robots=ROBOTS)
    lost, _ = await asyncio.gather(crew.kill("blue"), crew.make("lost"))
    came, _ = await asyncio.gather(crew.start("blue"), crew.make("came"))
    handed_over, _ = await asyncio.gather(crew.stop("green"), crew.make("handed"))
    exit_code, _ = await asyncio.gather(crew.freeze("red"), crew.make("frozen", robots=2))
    alone = await crew.make("alone", robots=ROBOTS)
    await asyncio.gather(*(team.clear() for team in crew.teams))

    await crew.terms.look()
    writes = crew.writes()
    announce(
        f"{TEAMS} namespaces, {SHARDS} shards, {len(writes)} writes, {len(crew.strays())} by a"
        f" replica without the shard; {together:.1f} s with three replicas, {alone:.1f} s with one;"
        f" {lost:.1f} s after a kill, {came:.1f} s after the start of another,"
        f" {handed_over:.1f} s after SIGTERM (lease {LEASE_SECONDS} s)"
    )
    assert crew.strays() == []
    assert {name for name, _ in writes} == set(REPLICAS)
    assert handed_over < LEASE_SECONDS
    assert exit_code == LOST_LEASE
