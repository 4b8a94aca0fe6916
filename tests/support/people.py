"""People at a shell: kubectl with the plugin on its path, and a team's own token."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from tests.support.tenant import Tenant

_CACHE = str(Path(gettempdir()) / "kubectl-cache")
"""Where kubectl keeps what it has discovered; without a home it would be the present folder."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command returned and printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class People:
    """A tenant that runs the plugin."""

    tenant: Tenant
    kubectl: Path
    kubeconfig: Path

    async def harbor(self, *words: str, variables: Mapping[str, str] | None = None) -> Done:
        """Run the installed plugin in the tenant's namespace."""
        kubeconfig = f"--kubeconfig={self.kubeconfig}"
        return await run(self.kubectl, "harbor", kubeconfig, *words, variables=variables)


async def run(
    program: Path, *words: str, variables: Mapping[str, str] | None = None, said: str = ""
) -> Done:
    """Run a program with the plugin on its path, and nothing of this environment but that.

    Args:
        program: Such as kubectl.
        words: Its arguments.
        variables: Further variables.
        said: What it reads from its standard input.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        program,
        *words,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={"PATH": path, "KUBECACHEDIR": _CACHE, **(variables or {})},
    )
    out, err = await process.communicate(said.encode())
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())
