from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import load_kubeconfig
from testbed.control_plane import ControlPlane
from tests.support.fake_kube import FakeKube, serve_fake_kube


@pytest.fixture
async def fake_kube(tmp_path: Path) -> AsyncIterator[FakeKube]:
    """A scriptable API server."""
    async with serve_fake_kube(tmp_path) as fake:
        yield fake


@pytest.fixture
async def fake_client(fake_kube: FakeKube) -> AsyncIterator[KubeClient]:
    """The client, connected to the scriptable API server."""
    access = await load_kubeconfig(fake_kube.kubeconfig)
    async with KubeClient(access, field_manager="tests") as client:
        yield client


@pytest.fixture
async def client(control_plane: ControlPlane) -> AsyncIterator[KubeClient]:
    """The client, connected to a real API server as its administrator."""
    access = await load_kubeconfig(str(control_plane.kubeconfig))
    async with KubeClient(access, field_manager="tests") as client:
        yield client
