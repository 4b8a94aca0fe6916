"""The whole world: a cluster, a registry, and a Harbor in front of it.

`python -m testbed.world` starts it, prints its environment for a shell, and stops it on Ctrl-C.
"""

import argparse
import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from testbed.control_plane.api import open_api
from testbed.control_plane.cluster import Cluster, open_cluster
from testbed.control_plane.crds import install_crds, read_crds
from testbed.errors import WorldError
from testbed.registry import Registry
from testbed.simulator import HarborAddress, HarborSimulator

CRDS = Path(__file__).parent.parent / "crds"
HARBOR_VERSION_VARIABLE = "HARBOR_VERSION"
"""Names the Harbor that is simulated: a minor such as `2.12`, or a whole version."""


class World:
    """Everything that the operator works with; an asynchronous context manager."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Describe a world.

        Args:
            environment: where `KUBECONFIG`, `KUBEBUILDER_ASSETS`, `KUBERNETES_VERSION` and
                `HARBOR_VERSION` are looked up.
        """
        self._environment = environment
        self._cluster: Cluster | None = None
        self._registry = Registry()
        self._harbor = HarborSimulator()

    @property
    def cluster(self) -> Cluster:
        """The cluster.

        Raises:
            WorldError: the world was not started.
        """
        if self._cluster is None:
            raise WorldError("the world was not started")
        return self._cluster

    @property
    def harbor(self) -> HarborAddress:
        """Where Harbor listens and how to be its administrator; raises as `cluster`."""
        return self._harbor.address

    @property
    def registry_url(self) -> str:
        """The address of the registry behind Harbor; raises as `cluster`."""
        return self._registry.url

    def variables(self) -> dict[str, str]:
        """The world as environment variables; raises as `cluster`."""
        return {
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "HARBOR_URL": self.harbor.url,
            "HARBOR_USERNAME": self.harbor.admin_username,
            "HARBOR_PASSWORD": self.harbor.admin_password,
            "HARBOR_CONTROL_URL": self.harbor.control_url,
            "REGISTRY_URL": self.registry_url,
        }

    async def start(self) -> None:
        """Start all parts, side by side as far as they do not need each other.

        Raises:
            ExceptionGroup: of the `WorldError`s of the parts that could not be started; the other
                parts have been stopped again.
        """
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._start_cluster())
                parts.create_task(self._start_harbor())
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop what was started."""
        await self._harbor.stop()
        await self._registry.stop()
        if self._cluster:
            await self._cluster.stop()
            self._cluster = None

    async def install_crds(self, folder: Path = CRDS) -> None:
        """Install the project's custom resources and wait until they are served.

        Raises:
            WorldError: a definition was refused or did not become ready.
        """
        async with open_api(self.cluster.kubeconfig) as api:
            await install_crds(api, read_crds(folder))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _start_cluster(self) -> None:
        self._cluster = await open_cluster(self._environment)

    async def _start_harbor(self) -> None:
        await self._registry.start()
        version = self._environment.get(HARBOR_VERSION_VARIABLE)
        await self._harbor.start(registry_url=self._registry.url, version=version)


async def _show(*, with_crds: bool) -> None:
    """Keep a world until the task is cancelled."""
    async with World() as world:
        if with_crds:
            await world.install_crds()
        for name, value in world.variables().items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        print("The world is up; Ctrl-C ends it.", file=sys.stderr, flush=True)
        await asyncio.Event().wait()


async def _until_signal(*, with_crds: bool) -> None:
    shown = asyncio.ensure_future(_show(with_crds=with_crds))
    for number in (signal.SIGINT, signal.SIGTERM):
        # Cancelling serves a world that is still starting as well as one that is up.
        asyncio.get_running_loop().add_signal_handler(number, shown.cancel)
    await asyncio.wait([shown])
    if not shown.cancelled():
        shown.result()


def main() -> None:
    """Run the world until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description="Start a cluster, a registry and a Harbor.")
    parser.add_argument("--crds", action="store_true", help="install the project's CRDs")
    arguments = parser.parse_args()
    failed: list[str] = []
    try:
        asyncio.run(_until_signal(with_crds=arguments.crds))
    except* WorldError as failures:
        failed = [str(failure) for failure in failures.exceptions]
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
