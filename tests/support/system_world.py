"""An operator between a real control plane and a simulated Harbor."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import jwt

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.connection import CONNECTIONS
from testbed.control_plane import OPERATOR, ControlPlane
from testbed.control_plane.api import open_api
from testbed.control_plane.crds import install_crds, read_crds
from testbed.harbor import HarborSimulator
from testbed.harbor.release import NEWEST
from testbed.registry import Registry
from testbed.tools.waiting import until
from testbed.world import CRDS
from tests.support.cluster import NAMESPACES, Cluster, is_ready, open_cluster
from tests.support.custom_resources import AnyKind, Json, manifest
from tests.support.operator_process import OperatorProcess

CREDENTIALS = ("default", "harbor-admin")
"""Namespace and name of the Secret with the operator's Harbor login."""
LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/harbor-operator"
"""By which the operators that work on the cluster one after the other know of each other."""
LONG_LEASE = "--lease-seconds=120"
"""An API server that starts slowly on a busy machine must not end the operator."""
ADMIN_PASSWORD = "Canary-Admin-Password-7Qx"
"""Appears nowhere but in its Secret; a test looks for it everywhere else."""
QUIET_SECONDS = 0.6
"""Longer than any pause between two steps of one reconcile."""
RBAC = "rbac.authorization.k8s.io"
_AS_ADMINISTRATOR = {"Authorization": aiohttp.encode_basic_auth("admin", ADMIN_PASSWORD)}


@dataclass(frozen=True, slots=True)
class SystemWorld:
    """Everything that one test module works with."""

    plane: ControlPlane
    cluster: Cluster
    harbor: HarborSimulator
    operator: OperatorProcess
    connection: str

    @property
    def connection_path(self) -> str:
        """Where the module's connection is."""
        return f"{cluster_path(CONNECTIONS)}/{self.connection}"

    async def connect(self, **spec: object) -> None:
        """Create the connection with fields of its own, and wait until it is Ready."""
        await self.cluster.create(
            cluster_path(CONNECTIONS),
            manifest(CONNECTIONS, self.connection, {**connection_spec(self.harbor.url), **spec}),
        )
        await self.cluster.seen(self.connection_path, is_ready)

    async def kill_operator(self) -> None:
        """End the operator in the middle of its work, and let the next one begin at once.

        The Lease would run out by itself; nobody is alive who could hold it.
        """
        self.operator.kill()
        await self.cluster.delete(LEASE)

    async def at_rest(self, *, within: float = 30.0) -> int:
        """Wait until nobody has written or asked anything for a while; the mark of that moment."""

        async def is_quiet() -> bool:
            before = self._activity()
            await asyncio.sleep(QUIET_SECONDS)
            return self._activity() == before

        await until(is_quiet, within=within)
        return self.plane.audit.mark()

    def _activity(self) -> tuple[int, int]:
        return self.plane.audit.mark(), self.harbor.requests.counts.total()

    def operator_writes(self, mark: int, namespace: str | None = None) -> list[tuple[str, str]]:
        """What the operator wrote after a mark in the audit log: verb and resource of each."""
        writes = self.plane.audit.writes(since=mark, user=OPERATOR)
        return [
            (write.verb, write.resource)
            for write in writes
            if namespace is None or write.namespace == namespace
        ]

    async def can(self, login: Mapping[str, str], project: str) -> set[str]:
        """What a login may do in a project: pull, push, or nothing at all."""
        query = {"service": "harbor-registry", "scope": f"repository:{project}/app:pull,push"}
        pair = aiohttp.encode_basic_auth(login["username"], login["password"])
        async with (
            aiohttp.ClientSession(headers={"Authorization": pair}) as session,
            session.get(f"{self.harbor.url}/service/token", params=query) as answer,
        ):
            token = (await answer.json())["token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        if claims.get("sub") != login["username"]:
            return set()
        return {action for grant in claims["access"] for action in grant["actions"] or ()}

    async def ask_harbor(self, method: str, path: str, body: Json | None = None) -> int:
        """Do something in Harbor as its administrator, past the operator; the status."""
        async with (
            aiohttp.ClientSession(headers=_AS_ADMINISTRATOR) as session,
            session.request(method, f"{self.harbor.url}/api/v2.0{path}", json=body) as answer,
        ):
            return answer.status

    async def read_harbor(self, path: str) -> Any:  # noqa: ANN401 -- whatever JSON is there
        """What Harbor's public API shows its administrator."""
        async with (
            aiohttp.ClientSession(headers=_AS_ADMINISTRATOR) as session,
            session.get(f"{self.harbor.url}/api/v2.0{path}") as answer,
        ):
            assert answer.status == 200, path
            return await answer.json()

    async def control_harbor(self, method: str, path: str, body: Json) -> None:
        """Do what no API of Harbor can: let somebody log in, install a scanner, and the like."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.harbor.control_url}{path}", json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def open_world(  # noqa: PLR0913 -- all but three are by keyword only
    plane: ControlPlane,
    folder: Path,
    name: str,
    *,
    token_minutes: int,
    flags: Sequence[str] = (),
    harbor_version: str = NEWEST,
    with_images: bool = False,
) -> AsyncIterator[SystemWorld]:
    """Install the kinds, start a Harbor and an operator; nothing is connected yet.

    Images can be pushed and pulled only with a real registry behind Harbor.
    """
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(open_cluster(plane))
        registry = await stack.enter_async_context(Registry()) if with_images else None
        simulator = await stack.enter_async_context(
            HarborSimulator(
                admin_password=ADMIN_PASSWORD,
                token_expiration_minutes=token_minutes,
                version=harbor_version,
                registry_url=registry.url if registry else None,
            )
        )
        await install(plane, cluster)
        operator = OperatorProcess(plane.kubeconfig_for(OPERATOR), folder, LONG_LEASE, *flags)
        async with in_office(operator, cluster):
            world = SystemWorld(plane, cluster, simulator, operator, name)
            yield world
            await take_down(world)


@asynccontextmanager
async def in_office(operator: OperatorProcess, cluster: Cluster) -> AsyncIterator[None]:
    """Run an operator for the length of a block, and the next one need not wait for its Lease.

    Raises:
        AssertionError: It did not end by itself when it was told to.
    """
    try:
        await operator.start()
        yield
    finally:
        exit_code = await operator.stop()
        await cluster.delete(LEASE)
    assert exit_code in {0, None}, f"the operator ended with {exit_code}:\n{operator.output}"


async def install(plane: ControlPlane, cluster: Cluster) -> None:
    """Install the kinds, the operator's rights, and its login for Harbor."""
    async with open_api(plane.kubeconfig) as api:
        await install_crds(api, read_crds(CRDS))
        await api.apply(
            f"/apis/{RBAC}/v1/clusterrolebindings/operator",
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": "operator"},
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"apiGroup": RBAC, "kind": "User", "name": OPERATOR}],
            },
        )
    namespace, name = CREDENTIALS
    secrets = f"{NAMESPACES}/{namespace}/secrets"
    await cluster.delete(f"{secrets}/{name}")
    await cluster.create(secrets, credentials(name))


async def take_down(world: SystemWorld) -> None:
    """Delete the connection and wait until it is gone."""
    await world.cluster.delete(world.connection_path)
    await world.cluster.gone(world.connection_path, within=40)


def credentials(name: str, password: str = ADMIN_PASSWORD) -> Json:
    """The Secret with the operator's Harbor login."""
    return {
        "metadata": {"name": name},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": "admin", "password": password},
    }


def connection_spec(url: str) -> Json:
    """The least that a connection says, at a speed that holds no test up."""
    namespace, name = CREDENTIALS
    return {
        "url": url,
        "credentialsSecretRef": {"namespace": namespace, "name": name},
        "requests": {"timeoutSeconds": 5, "perSecond": 1000},
    }


def cluster_path(kind: AnyKind) -> str:
    """The collection of a cluster-scoped kind."""
    return f"/apis/{API_VERSION}/{kind.plural}"
