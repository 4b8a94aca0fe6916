"""The control plane that all tests of a run share, and a namespace for each that wants one."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from testbed.control_plane import OPERATOR, ControlPlane
from testbed.control_plane.programs import locate_programs
from testbed.control_plane.users import User
from tests.support.namespaces import OUTSIDER, temporary_namespace


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the control plane before the first test: a cold build exceeds a test's time limit."""
    needed = any("control_plane" in getattr(item, "fixturenames", ()) for item in session.items)
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled():
            asyncio.run(locate_programs())


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """A running control plane with an audit log; never the cluster of the caller's KUBECONFIG."""
    plane = ControlPlane(audit=True, users=(User(OPERATOR), User(OUTSIDER)))
    asyncio.run(plane.start())
    yield plane
    asyncio.run(plane.stop())


@pytest.fixture
async def namespace(control_plane: ControlPlane) -> AsyncIterator[str]:
    """The name of a namespace of the test's own, with its default ServiceAccount."""
    async with temporary_namespace(control_plane) as name:
        yield name
