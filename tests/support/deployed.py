"""The operator installed as its users install it: the rendered base, applied to a cluster."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testbed.control_plane import ControlPlane
from testbed.tools.build import find_kubectl
from tests.support.kubectl import Json, Kubectl, parse_manifests

ROOT = Path(__file__).parents[2]
BASE = ROOT / "deploy" / "kustomize"
SAMPLES = sorted((ROOT / "deploy" / "samples").glob("*.yaml"))
NAMESPACE = "harbor-operator"
ACCOUNT = "harbor-operator"
USER = f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}"
"""Whom the API server takes the installed operator for."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A cluster of its own that holds the rendered base, and no nodes to run it on."""

    plane: ControlPlane
    kubectl: Kubectl
    manifests: tuple[Json, ...]
    """What was applied."""

    def only(self, kind: str) -> Json:
        """The one manifest of a kind."""
        [found] = [manifest for manifest in self.manifests if manifest["kind"] == kind]
        return found


@contextmanager
def installed(cache: Path) -> Iterator[Installation]:
    """Start a control plane that logs reads too, and install the operator in it."""
    plane = ControlPlane(audit_reads=True)
    asyncio.run(plane.start())
    try:
        yield asyncio.run(_install(plane, cache))
    finally:
        asyncio.run(plane.stop())


async def _install(plane: ControlPlane, cache: Path) -> Installation:
    kubectl = Kubectl(await find_kubectl(), plane.kubeconfig, cache)
    rendered = await kubectl("kustomize", str(BASE))
    await kubectl("apply", "--server-side", "--filename=-", given=rendered)
    await kubectl("wait", "--for=condition=Established", "customresourcedefinitions", "--all")
    return Installation(plane, kubectl, tuple(parse_manifests(rendered)))
