"""A real API server on which all kinds are established."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from harbor_operator.api.crds import KINDS, definition
from testbed.control_plane import ControlPlane
from testbed.control_plane.api import open_api
from testbed.control_plane.crds import install_crds
from tests.support.custom_resources import Server
from tests.support.deployed import Installation, installed


@pytest.fixture(scope="session")
def established(control_plane: ControlPlane) -> ControlPlane:
    asyncio.run(establish(control_plane))
    return control_plane


async def establish(control_plane: ControlPlane) -> None:
    async with open_api(control_plane.kubeconfig) as api:
        await install_crds(api, [definition(kind) for kind in KINDS])


@pytest.fixture
async def server(established: ControlPlane) -> AsyncIterator[Server]:
    trust = ssl.create_default_context(cafile=established.ca_file)
    async with aiohttp.ClientSession(
        established.url,
        connector=aiohttp.TCPConnector(ssl=trust),
        headers={"Authorization": f"Bearer {established.token}"},
    ) as session:
        yield Server(session)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A cluster in which the operator is installed as the documentation says."""
    with installed(tmp_path_factory.mktemp("kubectl")) as installation:
        yield installation
