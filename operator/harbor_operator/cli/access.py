"""Finds the cluster and the login that kubectl would use."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from harbor_operator.cli.command import Options
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import ClusterAccess, load_in_cluster, load_kubeconfig

FIELD_MANAGER: Final = "kubectl-harbor"
_FALLBACK_NAMESPACE: Final = "default"
_USUAL: Final = "~/.kube/config"
_IN_A_POD: Final = "KUBERNETES_SERVICE_HOST"


@asynccontextmanager
async def at_cluster(options: Options) -> AsyncIterator[tuple[KubeClient, str]]:
    """A client to the cluster, and the namespace that is meant: named, the context's or default.

    Raises:
        CommandError: There is no way to a cluster.
        InvalidConfiguration: The kubeconfig cannot be used.
    """
    access = await find_access(options.kubeconfig, options.context)
    namespace = options.namespace or access.default_namespace or _FALLBACK_NAMESPACE
    async with KubeClient(access, field_manager=FIELD_MANAGER) as client:
        yield client, namespace


async def find_access(kubeconfig: str | None, context: str | None) -> ClusterAccess:
    """Use the kubeconfig, and only where there is none the account of a pod.

    The operator prefers its pod's account; people in a pod act as themselves.

    Raises:
        CommandError: There is none.
        InvalidConfiguration: It cannot be used.
    """
    named = kubeconfig or os.environ.get("KUBECONFIG")
    paths = named or _USUAL
    if _lead_anywhere(paths):
        return await load_kubeconfig(paths, context)
    if named is None and context is None and os.environ.get(_IN_A_POD):
        return load_in_cluster()
    raise CommandError(f"there is no kubeconfig {paths}", ExitCode.NO_ACCESS)


def _lead_anywhere(paths: str) -> bool:
    return any(Path(path).expanduser().is_file() for path in paths.split(os.pathsep) if path)
