"""Where one page is followed: a shell in a copy of the checkout, beside a world."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from testbed.docs.names import Names, names_of
from testbed.docs.shell import Shell, open_shell
from testbed.docs.stand_ins import (
    CHECKOUT_VARIABLE,
    JOURNAL_VARIABLE,
    put_program,
    put_stand_ins,
)
from testbed.docs.world import World
from testbed.tools.build import ensure_built, find_cosign, find_helm, find_kubectl
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


_PROGRAMS = {
    "kubectl": find_kubectl,
    "helm": find_helm,
    "crane": _find_crane,
    "cosign": find_cosign,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder and a shell of one page."""

    names: Names
    shell: Shell
    checkout: Path
    """The folder in which the page begins."""
    journal: Path
    """Which stand-ins were called."""
    kubeconfig_of: Callable[[str | None], Awaitable[Path]]
    """The kubeconfig of a ServiceAccount, `NAMESPACE/NAME`, or of the administrator."""
    other_shell: Callable[[], AbstractAsyncContextManager[Shell]]
    """Opens a shell that begins in the same folder and knows nothing of this one."""

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
async def open_place(
    world: World, placeholders: Mapping[str, str], used: frozenset[str]
) -> AsyncIterator[Place]:
    """A shell in a folder of its own, during a block.

    Args:
        world: what its commands work on.
        placeholders: what the reader fills in, beside what holds for every page.
        used: words of the commands that will be run; programs that are none are not built.

    Raises:
        BuildError: a program could not be built.
    """
    harbor = world.harbor
    names = names_of(harbor.url, harbor.admin_password, placeholders)
    with tempfile.TemporaryDirectory(prefix="page-") as made:
        folder = Path(made)
        await _lay_out(folder, names, used)
        checkout, variables = folder / "checkout", _variables(folder, world)
        opened = partial(open_shell, checkout, folder, variables)
        async with opened() as shell:
            yield Place(
                names, shell, checkout, folder / "journal", world.kubeconfig_of, other_shell=opened
            )


async def _lay_out(folder: Path, names: Names, used: frozenset[str]) -> None:
    """Make a copy of the checkout, a home, and a folder of the programs that are used."""
    programs, checkout = folder / "bin", folder / "checkout"
    for made in (programs, checkout, folder / "home"):
        made.mkdir()
    (folder / "journal").touch()
    put_stand_ins(programs)
    for name, find in _PROGRAMS.items():
        if name in used:
            put_program(programs, name, await find())
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


def _variables(folder: Path, world: World) -> dict[str, str]:
    harbor = world.harbor
    return {
        "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:{_SYSTEM_PATH}",
        "HOME": str(folder / "home"),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "KUBECONFIG": str(world.plane.kubeconfig),
        "STAGE": str(folder / "stage"),
        "HARBOR_CONTROL_URL": harbor.control_url,
        JOURNAL_VARIABLE: str(folder / "journal"),
        CHECKOUT_VARIABLE: str(ROOT),
    }
