"""Where one page is followed: a cluster, a Harbor, a kubelet, and a shell in a checkout's copy."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from testbed.control_plane import ControlPlane
from testbed.docs.names import Names, names_of
from testbed.docs.shell import Shell, open_shell
from testbed.docs.stand_ins import CHECKOUT_VARIABLE, JOURNAL_VARIABLE, put_stand_ins
from testbed.endtoend.crane import find_crane
from testbed.endtoend.target import HarborTarget
from testbed.node import Kubelet, Puller
from testbed.registry import Registry
from testbed.simulator import HarborAddress, HarborSimulator
from testbed.tools.build import ensure_built, find_helm, find_kubectl
from testbed.tools.versions import crane

ROOT = Path(__file__).parent.parent.parent
_COPIED = ("deploy", "crds")
"""Folders whose files have names that are replaced; of all else there are links."""
_MADE = "dist"
"""Where make puts what it packs; pages find what they have made themselves."""
_TEXTS = {".yaml", ".yml", ".json"}
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


async def _find_crane() -> Path:
    return await ensure_built(crane())


_PROGRAMS = {"kubectl": find_kubectl, "helm": find_helm, "crane": _find_crane}


@dataclass(frozen=True, slots=True)
class Place:
    """A page's world, before its scene."""

    names: Names
    shell: Shell
    checkout: Path
    """The folder in which the page begins."""
    journal: Path
    """Which stand-ins were called."""
    kubeconfig_of: Callable[[str | None], Awaitable[Path]]
    """The kubeconfig of a ServiceAccount, `NAMESPACE/NAME`, or of the administrator."""

    def write(self, name: str, content: str) -> None:
        """Write a file of the page, with the names that are there.

        Raises:
            ValueError: it would be outside of the page's folder.
        """
        path = self.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.resolve().is_relative_to(self.checkout.resolve()):
            raise ValueError(f"{name} is a file of the checkout")
        path.write_text(self.names.in_world(content), encoding="utf-8")


@contextlib.asynccontextmanager
async def open_place(placeholders: Mapping[str, str], used: frozenset[str]) -> AsyncIterator[Place]:
    """Start everything, during a block.

    Args:
        placeholders: what the reader fills in, beside what holds for every page.
        used: words of the commands that will be run; programs that are none are not built.

    Raises:
        ExceptionGroup, WorldError: something could not be started.
    """
    async with contextlib.AsyncExitStack() as stack:
        plane, (harbor, port) = ControlPlane(workloads=True), (HarborSimulator(), Registry())
        stack.push_async_callback(plane.stop)
        stack.push_async_callback(port.stop)
        stack.push_async_callback(harbor.stop)
        async with asyncio.TaskGroup() as parts:
            parts.create_task(plane.start())
            parts.create_task(_start_harbor(harbor, port))
        address = harbor.address
        names = names_of(address.url, address.admin_password, placeholders)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="page-")))
        await _lay_out(folder, names, used)
        target = HarborTarget(address.url, address.admin_username, address.admin_password)
        puller = Puller(await find_crane(target), address.url.partition("://")[2])
        await stack.enter_async_context(Kubelet.opened(plane, puller))
        checkout, variables = folder / "checkout", _variables(folder, plane, address)
        shell = await stack.enter_async_context(open_shell(checkout, folder, variables))
        yield Place(names, shell, checkout, folder / "journal", partial(_kubeconfig, plane))


async def _kubeconfig(plane: ControlPlane, who: str | None) -> Path:
    if who is None:
        return plane.kubeconfig
    namespace, _, name = who.partition("/")
    return await plane.kubeconfig_for_service_account(namespace, name)


async def _start_harbor(harbor: HarborSimulator, registry: Registry) -> None:
    await registry.start()
    await harbor.start(registry_url=registry.url)


async def _lay_out(folder: Path, names: Names, used: frozenset[str]) -> None:
    """Make a copy of the checkout, a home, and a folder of the programs that are used."""
    programs, checkout = folder / "bin", folder / "checkout"
    for made in (programs, checkout, folder / "home"):
        made.mkdir()
    (folder / "journal").touch()
    put_stand_ins(programs)
    for name, find in _PROGRAMS.items():
        if name in used:
            (programs / name).symlink_to(await find())
    for entry in ROOT.iterdir():
        if entry.name in _COPIED:
            shutil.copytree(entry, checkout / entry.name)
        elif not entry.name.startswith(".") and entry.name != _MADE:
            (checkout / entry.name).symlink_to(entry)
    shutil.copytree(Path(__file__).parent / "stage", folder / "stage")
    for copied in (*(checkout / name for name in _COPIED), folder / "stage"):
        for path in copied.rglob("*"):
            if path.suffix in _TEXTS:
                path.write_text(names.in_world(path.read_text("utf-8")), "utf-8")


def _variables(folder: Path, plane: ControlPlane, harbor: HarborAddress) -> dict[str, str]:
    return {
        "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:{_SYSTEM_PATH}",
        "HOME": str(folder / "home"),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "KUBECONFIG": str(plane.kubeconfig),
        "STAGE": str(folder / "stage"),
        "HARBOR_URL": harbor.url,
        "HARBOR_CONTROL_URL": harbor.control_url,
        "HARBOR_LOGIN": f"{harbor.admin_username}:{harbor.admin_password}",
        JOURNAL_VARIABLE: str(folder / "journal"),
        CHECKOUT_VARIABLE: str(ROOT),
    }
