"""The Helm that the chart is written for."""

import asyncio

import pytest

from testbed.tools.build import find_helm
from tests.support.helm import Helm


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """The pinned Helm, away from any cluster."""
    return Helm(asyncio.run(find_helm()), tmp_path_factory.mktemp("helm"))
