"""A stage that the kill tests of a module share, and how many points they try.

KILL_POINTS says how many of each step, or `all`; KILL_SEED says which.
"""

import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.control_plane import ControlPlane
from tests.support.announcing import Announce
from tests.support.kill_campaign import POINTS, Report, Share
from tests.support.kill_stage import KillStage, open_stage

SEED = os.environ.get("KILL_SEED")
SOURCES = Path(__file__).parents[2] / "operator"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[KillStage]:
    """A killable operator between a real control plane, a simulated Harbor and a real registry."""
    async with open_stage(control_plane, tmp_path_factory.mktemp("kill")) as opened:
        yield opened


@pytest.fixture
def share() -> Share | None:
    """Which points are tried."""
    return None if POINTS == "all" else Share(int(POINTS), seed=int(SEED or _seed()))


@pytest.fixture
def tell(announce: Announce) -> Callable[[str, Report], None]:
    """Prints a report for whoever runs the tests."""

    def told(title: str, report: Report) -> None:
        announce(f"{title}: {report}")

    return told


def _seed() -> int:
    """A number that stays as long as the operator does: each change of it tries other points."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*.py")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:4], "big")
