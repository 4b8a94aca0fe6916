"""One stage for all end-to-end tests, which run after everything else.

They run against the cluster and the Harbor that KUBECONFIG, HARBOR_URL, HARBOR_USERNAME and
HARBOR_PASSWORD name (and HARBOR_CA_FILE, where a private authority signed its certificate), and
against the testbed where HARBOR_URL is unset. The account is to be an administrator's, of a Harbor
that keeps its users itself. What they make has a prefix of its own, and is removed.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.compatibility import Run, Suite
from testbed.endtoend.objects import path_of
from tests.support.e2e_stage import Stage, open_stage
from tests.support.e2e_target import build_programs, named_environment, named_or_testbed
from tests.support.passed_pairs import kubernetes_version, note

HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the end-to-end tests to the end: their operator runs until the session's end."""
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what is missing before the first test: a cold build exceeds a test's time limit."""
    needed = any("stage" in getattr(item, "fixturenames", ()) for item in session.items)
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled():
            asyncio.run(build_programs())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A running operator on the named cluster and Harbor, or on the testbed."""
    async with named_or_testbed() as variables, open_stage(variables) as opened:
        note(request.config, await _pair(opened, simulated=not named_environment()))
        yield opened
        if request.session.testsfailed:
            sys.stderr.write(f"The operator's last lines:\n{opened.operator.tail()}\n")


async def _pair(stage: Stage, *, simulated: bool) -> Run:
    connection = await stage.api.get(path_of(stage.make.connection(stage.harbor)))
    harbor = connection["status"]["harborVersion"]
    cluster = await kubernetes_version(stage.api)
    return Run(cluster, harbor, Suite.END_TO_END, simulated=simulated)
