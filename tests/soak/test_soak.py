"""A minute of random life and trouble, after which the world is as the documents say.

`make soak` takes five; SOAK_SECONDS says how many, SOAK_SEED which.
"""

import os
from pathlib import Path

import pytest

from testbed.control_plane import ControlPlane
from tests.soak.judging import Judge
from tests.soak.life import Life
from tests.soak.sampling import trying, weighing
from tests.soak.settling import Settling
from tests.soak.stage import Journal, open_stage
from tests.support.announcing import Announce

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
SETTLING_SECONDS = 600
"""For the start, the two waits at the end, and taking everything down, on a busy machine."""
GROWTH = 1.25

pytestmark = pytest.mark.timeout(SECONDS + SETTLING_SECONDS)


async def test_after_random_life_and_trouble_the_world_is_as_documented(
    control_plane: ControlPlane, tmp_path: Path, announce: Announce
) -> None:
    async with open_stage(control_plane, tmp_path, SEED) as stage, trying(stage) as logins:
        life = Life(stage)
        settling = Settling(stage, Judge(stage, life.robots, logins))
        await life.begin()

        async with weighing(stage) as memory:
            await life.go_on(SECONDS)
        ended = await settling.rest() or await settling.end()
        for team in stage.teams:
            await life.leave(team)
            ended = ended or await settling.done()

        fifths = memory.fifths()
        announce(
            f"Soak with SOAK_SEED={SEED}: {life.done.total()} deeds in {SECONDS:.0f} s, {logins.tried} logins, {len(logins.refused)} refused, RSS {fifths}"
        )
        assert ended == [], told(stage.journal, ended)
        assert logins.refused == [], told(stage.journal, logins.refused)
        assert fifths[4] <= GROWTH * fifths[1], told(stage.journal, [f"{fifths} MiB"])


def told(journal: Journal, complaints: list[str]) -> str:
    """What is wrong, how to repeat it, and what was done to what it names."""
    words = {word for line in complaints for word in line.split() if word.startswith("soak-")}
    lines = [*complaints, f"SOAK_SEED={SEED} SOAK_SECONDS={SECONDS:.0f}", *journal.about(*words)]
    return "\n".join(lines)
