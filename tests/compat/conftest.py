"""For each minor of Harbor one simulator of it, with an operator of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from testbed.compatibility import Run, Suite
from testbed.control_plane import ControlPlane
from testbed.control_plane.api import open_api
from testbed.harbor.release import PROFILES
from tests.support.every_setting import TENANT, prepare_harbor
from tests.support.namespaces import temporary_namespace
from tests.support.passed_pairs import kubernetes_version, note
from tests.support.system_world import SystemWorld, open_world
from tests.support.team import Team

CONNECTION = {
    "tenants": [TENANT],
    "maintenance": {"auditLogPurge": {"schedule": "0 4 * * *", "retentionHours": 24}},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=PROFILES)
async def world(
    request: pytest.FixtureRequest,
    control_plane: ControlPlane,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[SystemWorld]:
    """An operator that is connected to a Harbor of the minor."""
    profile: str = request.param
    folder = tmp_path_factory.mktemp("compat")
    name = f"harbor-{profile.replace('.', '-')}"
    async with open_world(
        control_plane, folder, name, token_minutes=1, harbor_version=profile
    ) as opened:
        await prepare_harbor(opened)
        await opened.connect(**CONNECTION)
        async with open_api(control_plane.kubeconfig) as api:
            cluster = await kubernetes_version(api)
        harbor = opened.harbor.core.release.version
        note(request.config, Run(cluster, harbor, Suite.MAIN_WAYS, simulated=True))
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def team(world: SystemWorld) -> AsyncIterator[Team]:
    """A namespace whose objects are deleted after the test."""
    async with temporary_namespace(world.plane, prefix="team") as namespace:
        owner = Team(world, namespace)
        yield owner
        await owner.clear()
