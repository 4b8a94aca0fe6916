"""Of two replicas one works, and what it began before it was frozen never goes on.

`make frozen` does fifty rounds. That they can fail is seen by an operator without the gate:
`make frozen OPERATOR_MODULE=tests.support.ungated_operator`.
"""

import os
import random  # noqa: TID251 -- seeded: the moments of the freezes are the same in each run
import statistics
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.replicas.leadership import LOST_LEASE
from tests.support.announcing import Announce
from tests.support.cluster import decoded
from tests.support.frozen_rounds import (
    OVERLAP_SECONDS,
    ROBOT_NAMES,
    Duel,
    Round,
    busy,
    open_duel,
)
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN_MINUTES = 1
ROUNDS = int(os.environ.get("ROUNDS", "3"))
MODULE = os.environ.get("OPERATOR_MODULE", "harbor_operator")
SEED = 20261125
LONGEST_DELAY = 0.15
"""Seconds after the beginning of a rotation at which a freeze still hits it."""
SHORT_LEASE = 5
"""Seconds, so that rounds are short; a leader that is not frozen can be starved for three."""
USUAL_LEASE = 15
"""Seconds, as installed."""
ROUND_SECONDS = 60
"""Six times what a round takes, for a busy machine."""


@pytest_asyncio.fixture(loop_scope="module")
async def duel(request: pytest.FixtureRequest, team: Team, tmp_path: Path) -> AsyncIterator[Duel]:
    """Two replicas with a lease of so many seconds, and three robots."""
    await team.project("web")
    for name in ROBOT_NAMES:
        await team.robot(name, "web", rotation={"overlap": "1m"})
        await team.ready(ROBOTS, name)
    async with open_duel(team, tmp_path, lease_seconds=request.param, module=MODULE) as duel:
        yield duel


def report(rounds: list[Round]) -> str:
    """The figures of all rounds in a line, and the stale writes in one each."""
    stale = [write for seen in rounds for write in seen.stale]
    refused = [write for seen in rounds for write in seen.refused]
    median = statistics.median(seen.failover_seconds for seen in rounds)
    under_way = sum(seen.under_way for seen in rounds)
    summary = (
        f"{len(rounds)} rounds, {len(stale)} stale writes, {len(refused)} refused;"
        f" {under_way} freezes in the middle of a rotation;"
        f" failover after {median:.1f} s (median, lease {SHORT_LEASE} s)"
    )
    return "\n".join([summary, *stale, *(f"refused: {write}" for write in refused)])


@pytest.mark.parametrize("duel", [SHORT_LEASE], indirect=True)
@pytest.mark.timeout(ROUNDS * ROUND_SECONDS + 300)
async def test_a_leader_that_wakes_up_writes_nothing_and_ends(
    duel: Duel, team: Team, announce: Announce
) -> None:
    moments = random.Random(SEED)  # noqa: S311 -- nothing secret about it

    async with busy(team):
        rounds = [await duel.round(moments.uniform(0, LONGEST_DELAY)) for _ in range(ROUNDS)]
        announce(report(rounds))

    assert [write for seen in rounds for write in seen.stale] == []
    assert {seen.exit_code for seen in rounds} == {LOST_LEASE}
    assert any(seen.under_way for seen in rounds)
    await serves_as_ever(team)


async def serves_as_ever(team: Team) -> None:
    """Each robot has come through: its login works, and it is the only one of its object."""
    # One overlap may be over, one may begin with the last request, and its end is a third look.
    for _ in range(3):
        await team.world.at_rest()
        team.world.harbor.clock.offset_seconds += OVERLAP_SECONDS
        for name in ROBOT_NAMES:
            await team.look_again(ROBOTS, name)
    await team.world.at_rest()
    for name in ROBOT_NAMES:
        login = decoded(await team.secret(name))
        assert await team.world.can(login, team.harbor_name("web")) == {"pull"}
    assert len(team.robots("web")) == len(ROBOT_NAMES)


@pytest.mark.parametrize("duel", [USUAL_LEASE], indirect=True)
async def test_a_leader_that_is_told_to_end_hands_over_at_once_and_leaves_nothing_to_do(
    duel: Duel, world: SystemWorld
) -> None:
    await duel.start()
    mark = await world.at_rest()

    seconds = await duel.hand_over()
    await world.at_rest()

    assert seconds < USUAL_LEASE
    assert duel.written_to_cluster(mark) == []
