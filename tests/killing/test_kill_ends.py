"""SIGKILL at the await points of what ends old logins: strategy Refresh, and a revoke.

An old login fails as soon as Harbor knows the new secret, or has lost the robot: that is what was
asked for. So a pull may fail that was begun with the old login, but none with the new one.
"""

from collections.abc import Callable

import pytest

from tests.support.kill_campaign import TIME_LIMIT, Campaign, Report, Share
from tests.support.kill_pair import Pair
from tests.support.kill_phases import refreshment, revocation
from tests.support.kill_stage import KillStage

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(TIME_LIMIT)]


async def test_no_kill_in_a_refresh_or_a_revoke_ends_the_new_login(
    stage: KillStage, share: Share | None, tell: Callable[[str, Report], None]
) -> None:
    replaced = Pair(stage, "ci", "pull", reaches_far=True)
    refreshed = Pair(stage, "same", "same-pull", reaches_far=True)
    await replaced.serving()
    await refreshed.serving(strategy="Refresh")

    report = await Campaign(stage, share).go(
        refreshment(refreshed),
        revocation(stage, refreshed, "revoke-by-refresh"),
        revocation(stage, replaced, "revoke-by-replacement"),
    )

    tell("Refresh and revoke", report)
    assert report.failures == []
    assert report.killed > len(report.missed)
