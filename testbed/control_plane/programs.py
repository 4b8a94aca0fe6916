"""Where the three programs of a control plane come from."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import WorldError
from testbed.tools.build import ensure_built
from testbed.tools.versions import GoProgram, etcd, kubernetes_program

ASSETS_VARIABLE = "KUBEBUILDER_ASSETS"
"""Names a folder with ready programs, as setup-envtest of the Kubernetes project makes it."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Paths of the three programs."""

    etcd: Path
    apiserver: Path
    controller_manager: Path


async def locate_programs(environment: Mapping[str, str] = os.environ) -> Programs:
    """The programs from `KUBEBUILDER_ASSETS` when it is set, else built from the pinned sources.

    setup-envtest brings no controller manager; without one namespaces never vanish and
    ServiceAccounts never appear, so that program is built when the folder lacks it. What is built
    is of the minor that `KUBERNETES_VERSION` names.

    Raises:
        BuildError: a program could not be built.
        WorldError: the folder lacks etcd or the API server.
    """
    assets = environment.get(ASSETS_VARIABLE)
    folder = Path(assets) if assets else None
    # One after the other: they share most packages, which parallel builds would compile twice.
    return Programs(
        etcd=await _locate(etcd(environment), folder),
        apiserver=await _locate(kubernetes_program("kube-apiserver", environment), folder),
        controller_manager=await _locate(
            kubernetes_program("kube-controller-manager", environment), folder, optional=True
        ),
    )


async def _locate(program: GoProgram, folder: Path | None, *, optional: bool = False) -> Path:
    if folder is None:
        return await ensure_built(program)
    ready = folder / program.name
    if ready.exists():
        return ready
    if optional:
        return await ensure_built(program)
    raise WorldError(f"{ASSETS_VARIABLE} is set, but there is no {ready}")
