"""SIGKILL at the await points of strategy Replace: the next operator goes on, and no pull fails."""

from collections.abc import Callable

import pytest

from tests.support.kill_campaign import TIME_LIMIT, Campaign, Report, Share
from tests.support.kill_pair import Pair
from tests.support.kill_phases import life, replacement
from tests.support.kill_stage import KillStage

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(TIME_LIMIT)]


async def test_no_kill_in_the_life_of_a_robot_costs_a_pull_or_leaves_anything_behind(
    stage: KillStage, share: Share | None, tell: Callable[[str, Report], None]
) -> None:
    serving = Pair(stage, "ci", "pull", reaches_far=True)
    passing = Pair(stage, "new", "new-pull", reaches_far=False)
    await serving.serving()

    report = await Campaign(stage, share).go(replacement(stage, serving), life(stage, passing))

    tell("Replace", report)
    assert report.failures == []
    assert report.killed > len(report.missed)
