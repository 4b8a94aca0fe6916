"""One operator and one Harbor for each module of system tests, one namespace for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.control_plane import ControlPlane
from tests.support.namespaces import temporary_namespace
from tests.support.pull_scene import Scene, open_scene
from tests.support.system_world import SystemWorld, open_world
from tests.support.team import Team


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unconnected(
    request: pytest.FixtureRequest,
    control_plane: ControlPlane,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[SystemWorld]:
    """An operator and a Harbor that no connection joins yet.

    A module may say in TOKEN_MINUTES how long its Harbor's tokens live, in WITH_IMAGES whether
    there is a registry behind it, and in FLAGS what the operator is told beside the least, where
    {folder} is the folder of its output.
    """
    name = Path(str(request.path)).stem.replace("_", "-")
    minutes: int = getattr(request.module, "TOKEN_MINUTES", 30)
    flags: tuple[str, ...] = getattr(request.module, "FLAGS", ())
    folder = tmp_path_factory.mktemp(name)
    flags = tuple(flag.format(folder=folder) for flag in flags)
    images: bool = getattr(request.module, "WITH_IMAGES", False)
    async with open_world(
        control_plane,
        folder,
        name,
        token_minutes=minutes,
        flags=flags,
        with_images=images,
    ) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(request: pytest.FixtureRequest, unconnected: SystemWorld) -> SystemWorld:
    """An operator connected to a Harbor.

    A module may say in CONNECTION what its connection states beside the least.
    """
    await unconnected.connect(**getattr(request.module, "CONNECTION", {}))
    return unconnected


@pytest_asyncio.fixture(loop_scope="module")
async def team(world: SystemWorld) -> AsyncIterator[Team]:
    """A namespace whose objects are deleted after the test, which must converge, too."""
    async with temporary_namespace(world.plane, prefix="team") as namespace:
        owner = Team(world, namespace)
        yield owner
        world.harbor.faults.clear()
        await owner.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node_stage(
    request: pytest.FixtureRequest,
    control_plane: ControlPlane,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Scene]:
    """A tenant whose pods' images a node really pulls."""
    name = Path(str(request.path)).stem.replace("_", "-")
    async with open_scene(control_plane, tmp_path_factory.mktemp(name), name) as scene:
        yield scene


@pytest.fixture
def scene(request: pytest.FixtureRequest, node_stage: Scene) -> Iterator[Scene]:
    """The module's tenant; the plugin must have told what the test says that it proves."""
    node_stage.seen.clear()
    yield node_stage
    marker = request.node.get_closest_marker("proves")
    promised = {*marker.args} if marker else set()
    assert promised <= node_stage.seen, f"not told: {promised - node_stage.seen}"
