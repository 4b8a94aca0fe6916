"""A user with all rights for each replica, so that the audit log tells them apart."""

from pathlib import Path

from tests.support.system_world import RBAC
from tests.support.team import Team


async def kubeconfig_of(team: Team, name: str) -> Path:
    """A kubeconfig of a new ServiceAccount in the team's namespace."""
    cluster, namespace = team.world.cluster, team.namespace
    await cluster.create(team.core_path("serviceaccounts"), {"metadata": {"name": name}})
    binding = {
        "metadata": {"name": f"{namespace}-{name}"},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": name}],
    }
    await cluster.create(f"/apis/{RBAC}/v1/clusterrolebindings", binding)
    return await team.world.plane.kubeconfig_for_service_account(namespace, name)
