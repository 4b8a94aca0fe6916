"""Namespaces that one test has for itself."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial

from testbed.control_plane import ControlPlane
from testbed.control_plane.api import Api, open_api
from testbed.tools.waiting import until

NAMESPACES = "/api/v1/namespaces"
OUTSIDER = "outsider"
"""A user of the shared control plane to whom no test ever gives a right."""
ACCOUNT_SECONDS = 10.0
"""The controller manager makes a default ServiceAccount within a tenth of a second."""


@contextlib.asynccontextmanager
async def temporary_namespace(plane: ControlPlane, *, prefix: str = "test") -> AsyncIterator[str]:
    """Create a namespace whose name the server completes; its deletion is not waited for."""
    async with open_api(plane.kubeconfig) as api:
        created = await api.create(NAMESPACES, {"metadata": {"generateName": f"{prefix}-"}})
        name: str = created["metadata"]["name"]
        account = f"{NAMESPACES}/{name}/serviceaccounts/default"
        await until(partial(exists, api, account), within=ACCOUNT_SECONDS)
        yield name
        await api.delete(f"{NAMESPACES}/{name}")


async def exists(api: Api, path: str) -> bool:
    """Whether an object is there."""
    return await api.find(path) is not None
