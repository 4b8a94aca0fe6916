"""Finds the cluster and the login that kubectl would use."""

import os
from pathlib import Path
from typing import Final

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.kube.configuration import ClusterAccess, load_in_cluster, load_kubeconfig

_USUAL: Final = "~/.kube/config"
_IN_A_POD: Final = "KUBERNETES_SERVICE_HOST"


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
