"""A team as a cluster has it: people with a token of their own and rights in one namespace."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from harbor_operator.api.base import GROUP
from tests.support.cluster import NAMESPACES, open_cluster
from tests.support.custom_resources import MERGE, Answer, Json
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import RBAC, SystemWorld
from tests.support.team import Team

VIEWED = ["clusterharborconnections", "harborprojects", "harborrobots", "harborpullsecrets"]
EDITED = ["harborprojects", "harborrobots", "harborpullsecrets"]
VIEW: Json = {"apiGroups": [GROUP], "resources": VIEWED, "verbs": ["get", "list", "watch"]}
EDIT: Json = {
    "apiGroups": [GROUP],
    "resources": EDITED,
    "verbs": ["create", "update", "patch", "delete", "deletecollection"],
}
"""What the chart adds to the cluster's roles view, edit and admin."""
_EVERYTHING = ["get", "list", "watch", "create", "update", "patch", "delete"]
OWN: tuple[Json, ...] = (
    {
        "apiGroups": [""],
        "resources": ["secrets", "serviceaccounts", "configmaps", "pods", "events"],
        "verbs": _EVERYTHING,
    },
    {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
    {"apiGroups": [RBAC], "resources": ["roles", "rolebindings"], "verbs": _EVERYTHING},
)
"""What the cluster's role admin gives in one's own namespace, as far as it matters here."""
_PEOPLE = "people"
_TOKEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Tenant(Team):
    """A team that acts by its own token."""

    admin: SystemWorld
    """The same world as its administrator has it."""

    async def ask(self, method: str, path: str, body: Json | None = None) -> Answer:
        """Try something, allowed or not."""
        headers = MERGE if method == "PATCH" else None
        return await self.world.cluster.server.ask(method, path, body, headers=headers)

    async def give(self, *rules: Json) -> None:
        """Give the team a right in its own namespace that few clusters give."""
        await _grant(self.admin, self.namespace, "more", rules)

    async def admin_lets_label_namespace(self) -> None:
        """Give the team the right to label its own namespace, which some clusters give."""
        own = {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "patch"]}
        await self.give(own)

    async def label_namespace(self, labels: Mapping[str, str], **annotations: str) -> Answer:
        """Label one's own namespace, which some clusters let tenants do."""
        metadata: Json = {"labels": dict(labels), "annotations": annotations}
        return await self.ask("PATCH", f"{NAMESPACES}/{self.namespace}", {"metadata": metadata})


@asynccontextmanager
async def tenant_of(world: SystemWorld, prefix: str) -> AsyncIterator[Tenant]:
    """Make a namespace with people in it, and clear it afterwards."""
    async with temporary_namespace(world.plane, prefix=prefix) as namespace:
        await _grant(world, namespace, "tenant", (VIEW, EDIT, *OWN))
        accounts = f"{NAMESPACES}/{namespace}/serviceaccounts"
        await world.cluster.create(accounts, {"metadata": {"name": _PEOPLE}})
        wanted = {"spec": {"expirationSeconds": _TOKEN_SECONDS}}
        made = await world.cluster.create(f"{accounts}/{_PEOPLE}/token", wanted)
        async with open_cluster(world.plane, made["status"]["token"]) as cluster:
            tenant = Tenant(replace(world, cluster=cluster), namespace, world)
            yield tenant
            await tenant.clear()


async def _grant(world: SystemWorld, namespace: str, name: str, rules: tuple[Json, ...]) -> None:
    roles = f"/apis/{RBAC}/v1/namespaces/{namespace}"
    await world.cluster.create(f"{roles}/roles", {"metadata": {"name": name}, "rules": [*rules]})
    binding = {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": _PEOPLE, "namespace": namespace}],
    }
    await world.cluster.create(f"{roles}/rolebindings", binding)
