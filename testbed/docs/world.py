"""What a scene is set up in: a cluster, a Harbor, and a kubelet that runs pods."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from testbed.control_plane import ControlPlane
from testbed.endtoend.crane import find_crane
from testbed.endtoend.target import HarborTarget
from testbed.node import Kubelet, Puller
from testbed.registry import Registry
from testbed.simulator import HarborAddress, HarborSimulator


@dataclass(frozen=True, slots=True)
class World:
    """A cluster with a kubelet, beside a Harbor."""

    plane: ControlPlane
    harbor: HarborAddress

    async def kubeconfig_of(self, who: str | None) -> Path:
        """The kubeconfig of a ServiceAccount, `NAMESPACE/NAME`, or of the administrator.

        Raises:
            RefusedError: there is no such ServiceAccount.
        """
        if who is None:
            return self.plane.kubeconfig
        namespace, _, name = who.partition("/")
        return await self.plane.kubeconfig_for_service_account(namespace, name)


@contextlib.asynccontextmanager
async def open_world() -> AsyncIterator[World]:
    """Start everything, during a block.

    Raises:
        ExceptionGroup: of the `WorldError`s of the parts that could not be started.
    """
    plane, registry, simulator = ControlPlane(workloads=True), Registry(), HarborSimulator()
    async with contextlib.AsyncExitStack() as stack:
        for part in (plane, registry, simulator):
            stack.push_async_callback(part.stop)
        async with asyncio.TaskGroup() as parts:
            parts.create_task(plane.start())
            parts.create_task(_start_harbor(simulator, registry))
        harbor = simulator.address
        target = HarborTarget(harbor.url, harbor.admin_username, harbor.admin_password)
        puller = Puller(await find_crane(target), harbor.url.partition("://")[2])
        await stack.enter_async_context(Kubelet.opened(plane, puller))
        yield World(plane, harbor)


async def _start_harbor(harbor: HarborSimulator, registry: Registry) -> None:
    await registry.start()
    await harbor.start(registry_url=registry.url)
