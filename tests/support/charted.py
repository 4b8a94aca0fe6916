"""The operator installed by Helm, with a namespace for whatever the release is about."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed.control_plane import ControlPlane
from testbed.tools.build import find_kubectl
from tests.support.deployed import Installation
from tests.support.helm import CHART, NAMESPACE, RELEASE, Helm, container
from tests.support.kubectl import Json, Kubectl


@contextmanager
def released(
    helm: Helm, values: Json, folder: Path, *, namespaces: Iterable[str] = ()
) -> Iterator[Installation]:
    """Start a control plane that logs reads too, and install the chart in it.

    Args:
        helm: Which Helm.
        values: Of the release.
        folder: For what the clients keep.
        namespaces: Made before, as some roles are to be in them.
    """
    plane = ControlPlane(audit_reads=True)
    asyncio.run(plane.start())
    try:
        yield asyncio.run(_install(plane, helm, values, folder, (NAMESPACE, *namespaces)))
    finally:
        asyncio.run(plane.stop())


async def _install(
    plane: ControlPlane, helm: Helm, values: Json, folder: Path, namespaces: Iterable[str]
) -> Installation:
    kubectl = Kubectl(await find_kubectl(), plane.kubeconfig, folder / "kubectl")
    for name in namespaces:
        await kubectl("create", "namespace", name)
    inside = Helm(helm.program, folder / "helm", plane.kubeconfig)
    await inside("install", RELEASE, str(CHART), f"--namespace={NAMESPACE}", values=values)
    await kubectl("wait", "--for=condition=Established", "customresourcedefinitions", "--all")
    return Installation(plane, kubectl, tuple(await helm.render(values)))


def environment_of(manifests: Iterable[Json]) -> dict[str, str]:
    """What the chart tells the operator."""
    return {entry["name"]: entry["value"] for entry in container(list(manifests))["env"]}
