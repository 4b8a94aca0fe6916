"""The world of a measurement: an audited cluster with the operator's rights, and a Harbor."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from bench.gauges import Gauges
from bench.sessions import ApiServer, HarborUser
from testbed.control_plane import ControlPlane
from testbed.control_plane.api import Api, Json, open_api
from testbed.control_plane.crds import install_crds, read_crds
from testbed.control_plane.users import User
from testbed.endtoend.objects import API_VERSION, is_ready, path_of, wait_for
from testbed.registry import Registry
from testbed.simulator import HarborSimulator
from testbed.world import CRDS

_INSTALLATION = CRDS.parent / "deploy" / "kustomize"
_INSTALLED = ("namespace.yaml", "service-account.yaml", "role.yaml")
_NAMESPACE = _ACCOUNT = "harbor-operator"
OPERATOR = f"system:serviceaccount:{_NAMESPACE}:{_ACCOUNT}"
"""Whom the API server takes the operator for."""
FLOOR = "bare-loop"
"""Whom it takes the bare loop for."""
REQUESTS = {"maxConcurrent": 8, "perSecond": 1000}
"""As parallel as the bare loop, and, like that, not slowed down on purpose."""
_CONNECTION: Json = {
    "apiVersion": API_VERSION,
    "kind": "ClusterHarborConnection",
    "metadata": {"name": "default"},
}
_READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a case works with."""

    kubeconfig: Path
    """The operator's own."""
    folder: Path
    """For output; it goes with the stage."""
    admin: ApiServer
    floor: ApiServer
    harbor: HarborUser
    gauges: Gauges
    apiserver_pid: int
    api: Api
    """The administrator's."""

    async def namespace(self, name: str) -> None:
        """Make a namespace."""
        await self.api.create(
            "/api/v1/namespaces",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        )

    async def connected(self) -> None:
        """Wait until the operator says that its connection works.

        Raises:
            AwaitedError: it does not say so.
        """
        path = path_of(_CONNECTION)
        await wait_for(self.api, path, is_ready, awaited="Ready", within=_READY_SECONDS)


@asynccontextmanager
async def open_stage(
    *,
    drift_period: str = "10m",
    token_minutes: int | None = None,
    distribution: Sequence[Json] = (),
    audit_reads: bool = False,
) -> AsyncIterator[Stage]:
    """Start everything but the operator, and stop it afterwards.

    Args:
        drift_period: how often Harbor is compared with the specs, as the connection states it.
        token_minutes: how long Harbor's tokens live, None for as long as by default.
        distribution: the connection's rules about pull secrets for other namespaces.
        audit_reads: whether the gauges know of reads of the API server, too, which slows it down.

    Raises:
        WorldError: a part could not be started.
    """
    floor = User(FLOOR, ("system:masters",))
    async with AsyncExitStack() as parts:
        folder = parts.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        registry = await parts.enter_async_context(Registry())
        simulator = HarborSimulator()
        parts.push_async_callback(simulator.stop)
        await simulator.start(registry_url=registry.url)
        plane = await parts.enter_async_context(
            ControlPlane(audit=True, audit_reads=audit_reads, users=[floor])
        )
        control = aiohttp.ClientSession(simulator.address.control_url)
        await parts.enter_async_context(control)
        if token_minutes is not None:
            await _configure(control, token_expiration=token_minutes)
        at = simulator.address
        harbor = HarborUser(at.url, at.admin_username, at.admin_password)
        api = await parts.enter_async_context(open_api(plane.kubeconfig))
        await _install(api, _login(harbor), _connection(harbor, drift_period, distribution))
        yield Stage(
            kubeconfig=await plane.kubeconfig_for_service_account(_NAMESPACE, _ACCOUNT),
            folder=Path(folder),
            admin=ApiServer(plane.url, str(plane.ca_file), plane.token),
            floor=ApiServer(plane.url, str(plane.ca_file), floor.token),
            harbor=harbor,
            gauges=Gauges(control, plane.audit),
            apiserver_pid=plane.pids["kube-apiserver"],
            api=api,
        )


async def _configure(control: aiohttp.ClientSession, **settings: int) -> None:
    async with control.put("/configuration", json=settings, raise_for_status=True):
        pass


async def _install(api: Api, *way_to_harbor: Json) -> None:
    """What an administrator applies: definitions, rights, and the way to Harbor."""
    await install_crds(api, read_crds(CRDS))
    for file in _INSTALLED:
        for manifest in yaml.safe_load_all((_INSTALLATION / file).read_text()):
            await api.apply(path_of(manifest), manifest)
    for manifest in way_to_harbor:
        await api.apply(path_of(manifest), manifest)


def _login(harbor: HarborUser) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "harbor-admin", "namespace": _NAMESPACE},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": harbor.username, "password": harbor.password},
    }


def _connection(harbor: HarborUser, drift_period: str, distribution: Sequence[Json]) -> Json:
    return _CONNECTION | {
        "spec": {
            "url": harbor.url,
            "credentialsSecretRef": {"namespace": _NAMESPACE, "name": "harbor-admin"},
            "requests": REQUESTS,
            "driftCheckPeriod": drift_period,
            "distribution": list(distribution),
        },
    }
