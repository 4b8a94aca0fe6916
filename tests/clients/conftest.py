"""A Harbor with a real registry behind it, and the programs of people who use both."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from testbed.endtoend.crane import Crane, find_crane
from testbed.endtoend.target import HarborTarget
from testbed.harbor import HarborSimulator
from testbed.registry import Registry
from testbed.tools.build import find_cosign, find_helm
from tests.support.cosign import Cosign
from tests.support.helm import Helm
from tests.support.simulated_harbor import SimulatedHarbor, running


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    """A simulated Harbor with the projects `team` and `prod`."""
    async with (
        Registry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await harbor.create_project("prod")
        yield harbor


@pytest.fixture
async def crane(harbor: SimulatedHarbor) -> Crane:
    """A client of registries."""
    simulator = harbor.simulator
    target = HarborTarget(simulator.url, simulator.admin_username, simulator.admin_password)
    return await find_crane(target)


@pytest.fixture(scope="session")
def cosign_program() -> Path:
    return asyncio.run(find_cosign())


@pytest.fixture
def cosign(cosign_program: Path, tmp_path: Path) -> Cosign:
    """The pinned cosign, which has no keys yet."""
    return Cosign(cosign_program, tmp_path)


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    """The pinned Helm, which is logged in nowhere."""
    return Helm(asyncio.run(find_helm()), tmp_path)
