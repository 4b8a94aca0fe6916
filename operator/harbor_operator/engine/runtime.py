"""Start-up and shutdown: everything is made here and handed down."""

import asyncio
import logging
import random
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import kopf

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.cluster import Cluster
from harbor_operator.engine.connections import Connections
from harbor_operator.engine.context import Ports
from harbor_operator.engine.control import Control
from harbor_operator.engine.drift import DriftPass
from harbor_operator.engine.events import Recorder
from harbor_operator.engine.handlers import configure, register
from harbor_operator.engine.kinds.case import ManagedKind
from harbor_operator.engine.kinds.connection import ConnectionCase
from harbor_operator.engine.kinds.project import ProjectCase
from harbor_operator.engine.kinds.pullsecret import PullSecretCase
from harbor_operator.engine.kinds.robot import RobotCase
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.probes import Probes
from harbor_operator.engine.queue import DueQueue
from harbor_operator.engine.reconciler import Reconciler
from harbor_operator.engine.secrets import Digester
from harbor_operator.engine.sources import Sources
from harbor_operator.engine.sweep import Sweep
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import ClusterAccess, load
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import NAMESPACES
from harbor_operator.kube.session import open_session
from harbor_operator.settings import Settings

_LOG = logging.getLogger(__name__)

FIELD_MANAGER = "harbor-operator"

KINDS: tuple[ManagedKind[Any, Any], ...] = (
    ManagedKind(CONNECTIONS, ConnectionCase),
    ManagedKind(PROJECTS, ProjectCase),
    ManagedKind(ROBOTS, RobotCase),
    ManagedKind(PULL_SECRETS, PullSecretCase),
)
"""The kinds, one row each."""

_RANDOM = random.SystemRandom()


class NotInstalledError(Exception):
    """The cluster lacks what the operator needs; the message says what."""


@dataclass(slots=True)
class Parts:
    """What one running operator consists of."""

    access: ClusterAccess
    client: KubeClient
    cluster: Cluster
    sources: Sources
    control: Control
    sweep: Sweep
    drift: DriftPass
    background: "list[asyncio.Task[None]]" = field(default_factory=list)
    started: bool = False

    def begin(self) -> None:
        """Start what runs beside kopf."""
        self.background += [
            asyncio.create_task(self.control.run()),
            asyncio.create_task(self.sweep.run()),
            asyncio.create_task(self.drift.run()),
        ]

    async def end(self) -> None:
        """Stop what runs beside kopf, and what it has begun."""
        for task in self.background:
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)
        await self.sources.close()


async def run(settings: Settings) -> None:
    """Run the operator until SIGTERM or SIGINT.

    Raises:
        NotInstalledError: The custom resource definitions are not in the cluster.
        KubeError, InvalidConfiguration: The API server cannot be reached at all.
    """
    async with _assemble(settings) as parts:
        stop = _stop_on_signals()
        parts.begin()
        try:
            await _serve(parts, stop)
        finally:
            await parts.end()


@asynccontextmanager
async def _assemble(settings: Settings) -> AsyncIterator[Parts]:
    """Make the clients, sync the caches, and take everything down again afterwards."""
    access = await load(_text(settings.kubeconfig), settings.context)
    agent = f"harbor-operator/{version('harbor-operator')}"
    async with AsyncExitStack() as stack:
        client = KubeClient(access, field_manager=FIELD_MANAGER, user_agent=agent)
        await stack.enter_async_context(client)
        await _require_definitions(client)
        cluster = Cluster(client, digester=Digester(secrets.token_bytes(32)), jitter=_RANDOM.random)
        ports = await _ports(settings, client, cluster, agent)
        stack.push_async_callback(ports.recorder.close)
        stack.push_async_callback(ports.connections.close)
        stack.push_async_callback(ports.sources.close)
        parts = _parts(settings, access, client, ports)
        probes = Probes(silence=cluster.age_seconds, ready=lambda: parts.started)
        if settings.probe_port:
            await probes.start(settings.probe_address, settings.probe_port)
            stack.push_async_callback(probes.stop)
        watching = asyncio.create_task(cluster.run())
        stack.push_async_callback(_cancel, watching)
        await cluster.synced()
        cluster.listener = parts.control
        yield parts


async def _ports(settings: Settings, client: KubeClient, cluster: Cluster, agent: str) -> Ports:
    recorder = Recorder(
        client,
        instance=socket.gethostname()[:128],
        now=_now,
        suffix=lambda: secrets.token_hex(8),
    )
    return Ports(
        kube=client,
        cluster=cluster,
        connections=Connections(),
        recorder=recorder,
        sources=Sources(client, jitter=_RANDOM.random),
        cluster_id=settings.cluster_id or await _cluster_id(client),
        now=_now,
        user_agent=agent,
    )


def _parts(settings: Settings, access: ClusterAccess, client: KubeClient, ports: Ports) -> Parts:
    loop = asyncio.get_running_loop()
    control = Control(
        ports,
        Reconciler(ports, jitter=_RANDOM.random),
        DueQueue(loop.time),
        kinds=KINDS,
        workers=settings.workers,
    )
    ports.sources.on_change = lambda name: control.wake(ObjectId(CONNECTIONS.kind, "", name))
    ports.connections.on_ready = control.connection_came_up
    ports.connections.on_registry = control.registry_appeared
    sweep = Sweep(ports, control)
    drift = DriftPass(ports, control, sweep, clock=loop.time)
    return Parts(access, client, ports.cluster, ports.sources, control, sweep, drift)


async def _serve(parts: Parts, stop: asyncio.Event) -> None:
    """Run kopf until it is told to stop."""
    registry = kopf.OperatorRegistry()
    register(registry, parts.control)
    ready = asyncio.Event()
    watcher = asyncio.create_task(_note_start(parts, ready))

    @kopf.on.startup(registry=registry)
    async def configured(settings: kopf.OperatorSettings, **_: Any) -> None:
        configure(settings)

    @kopf.on.login(registry=registry)
    async def logged_in(**_: Any) -> kopf.AiohttpSession:
        opened = open_session(parts.access)
        return kopf.AiohttpSession(
            aiohttp_session=opened.session,
            server=opened.server,
            default_namespace=opened.default_namespace,
        )

    @kopf.on.cleanup(registry=registry)
    async def ended(**_: Any) -> None:
        # kopf waits five seconds for any task that was begun while it ran and has not ended:
        # its own waiter on the flag, since the signal handlers are kopf's, and ours.
        stop.set()
        await parts.end()

    try:
        await kopf.operator(
            registry=registry,
            clusterwide=True,
            standalone=True,
            stop_flag=stop,
            ready_flag=ready,
        )
    finally:
        await _cancel(watcher)


async def _note_start(parts: Parts, ready: asyncio.Event) -> None:
    await ready.wait()
    parts.started = True
    _LOG.info("The operator is up.")


async def _require_definitions(client: KubeClient) -> None:
    for kind in KINDS:
        resource = kube_resource(kind.definition)
        try:
            await client.list(resource, limit=1)
        except NotFound:
            raise NotInstalledError(
                f"The cluster does not know {kind.definition.plural}: apply the custom resource"
                " definitions in crds/ first."
            ) from None


async def _cluster_id(client: KubeClient) -> str:
    """The uid of namespace kube-system: it is as old as the cluster, and nobody recreates it."""
    body = await client.get(NAMESPACES, "kube-system")
    return str(body["metadata"]["uid"])


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _cancel(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _now() -> datetime:
    return datetime.now(UTC)


def _text(path: object | None) -> str | None:
    return None if path is None else str(path)
