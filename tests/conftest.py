"""The control plane that all tests of a run share, and a namespace for each that wants one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import pytest

from testbed.control_plane import OPERATOR, ControlPlane
from testbed.control_plane.programs import locate_programs
from testbed.control_plane.users import User
from testbed.kubelet import find_puller
from testbed.tools.build import find_cosign, find_helm, find_judge, find_prometheus, find_promtool
from tests.support.announcing import PROPERTY, Announce, announced
from tests.support.namespaces import OUTSIDER, temporary_namespace
from tests.support.passed_pairs import write_down

BUILDS: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
    "control_plane": locate_programs,
    "cosign": find_cosign,
    "helm": find_helm,
    "judge": find_judge,
    "node_stage": find_puller,
    "promtool": find_promtool,
    "watched": find_prometheus,
}
"""What is built for the tests that use a fixture."""


LONGEST_FIRST = frozenset({"soak", "killing", "system", "e2e"})
"""Folders whose files take minutes: begun last, one of them would keep a single processor busy."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; within a folder the order stays."""
    items.sort(key=lambda item: item.path.parent.name not in LONGEST_FIRST)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build programs before the first test: a cold build exceeds a test's time limit."""
    used = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    needed = [build for fixture, build in BUILDS.items() if fixture in used]
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled():
            for build in needed:
                asyncio.run(build())


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Put on record on which versions the tests have passed."""
    if exitstatus == pytest.ExitCode.OK:
        write_down(session.config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have measured."""
    lines = list(announced(terminalreporter))
    if lines:
        terminalreporter.section("measured")
    for line in lines:
        terminalreporter.write_line(line)


@pytest.fixture
def announce(record_property: Callable[[str, object], None]) -> Announce:
    """Has a line printed at the end of the run."""
    return partial(record_property, PROPERTY)


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
