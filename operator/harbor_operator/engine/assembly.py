"""What one running operator consists of: everything is made here and handed down."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import (
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

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
from harbor_operator.engine.kinds.case import ManagedKind
from harbor_operator.engine.kinds.connection import ConnectionCase
from harbor_operator.engine.kinds.project import ProjectCase
from harbor_operator.engine.kinds.pullsecret import PullSecretCase
from harbor_operator.engine.kinds.robot import RobotCase
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.probes import Probes
from harbor_operator.engine.queue import DueQueue
from harbor_operator.engine.reconciler import Reconciler
from harbor_operator.engine.replicas.division import Division
from harbor_operator.engine.replicas.following import Follower
from harbor_operator.engine.replicas.identity import (
    FIELD_MANAGER,
    agent_of,
    instance_of,
    own_namespace,
)
from harbor_operator.engine.replicas.leadership import Leadership
from harbor_operator.engine.scope import scoped
from harbor_operator.engine.secret_looks import SecretLooks
from harbor_operator.engine.secrets import Digester
from harbor_operator.engine.sources import Sources
from harbor_operator.engine.startup import (
    known_cluster,
    once_reached,
    require_definitions,
    scope_of,
)
from harbor_operator.engine.sweep import Sweep
from harbor_operator.engine.telemetry.exposition import Exposition
from harbor_operator.engine.telemetry.loop_lag import LoopLag
from harbor_operator.engine.telemetry.meters import Meters
from harbor_operator.engine.telemetry.moments import Moments
from harbor_operator.engine.telemetry.requests import telling
from harbor_operator.engine.telemetry.tracing import Tracing
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.settings import Settings

KINDS: tuple[ManagedKind[Any, Any], ...] = (
    ManagedKind(CONNECTIONS, ConnectionCase),
    ManagedKind(PROJECTS, ProjectCase),
    ManagedKind(ROBOTS, RobotCase),
    ManagedKind(PULL_SECRETS, PullSecretCase),
)
"""The kinds, one row each."""

_RANDOM = random.SystemRandom()


@dataclass(slots=True)
class Parts:
    """What one running operator consists of."""

    access: ClusterAccess
    leadership: Leadership
    client: KubeClient
    ports: Ports
    control: Control
    sweep: Sweep
    drift: DriftPass
    division: Division
    background: "list[asyncio.Task[None]]" = field(default_factory=list)
    started: bool = False

    @property
    def ready(self) -> bool:
        """Whether objects are being worked on, or could be as soon as the leader is gone."""
        return self.started or self.leadership.stands_by

    def begin(self) -> None:
        """Start what runs beside kopf."""
        self.ports.cluster.listener = self.control.wakeups
        parts = (self.control, self.sweep, self.drift, self.division)
        work = [part.run() for part in parts]
        if self.ports.looks is not None:
            work.append(self.ports.looks.run())
        self.background += [asyncio.create_task(part) for part in work]

    async def end(self) -> None:
        """Stop what runs beside kopf, and what it has begun."""
        for task in self.background:
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)
        await self.ports.sources.close()


@asynccontextmanager
async def assembled(
    settings: Settings, access: ClusterAccess, leadership: Leadership, spans: Tracing
) -> AsyncIterator[Parts]:
    """Make the clients, sync the caches, and take everything down again afterwards."""
    async with AsyncExitStack() as stack:
        meters = Meters()
        client = KubeClient(
            access,
            field_manager=FIELD_MANAGER,
            user_agent=agent_of(settings),
            before_write=leadership.require,
            on_call=telling(meters.called, spans.called),
        )
        await stack.enter_async_context(client)
        cluster = Cluster(
            client,
            digester=Digester(secrets.token_bytes(32)),
            jitter=_RANDOM.random,
            watch_secrets=settings.watch_secrets,
        )
        probes = Probes(silence=cluster.age_seconds)
        if settings.probe_port:
            await probes.start(settings.probe_address, settings.probe_port)
            stack.push_async_callback(probes.stop)
        lag = LoopLag(asyncio.get_running_loop().time)
        stack.push_async_callback(cancel, asyncio.create_task(lag.run()))
        moments = Moments(meters, leadership, lag, silence=cluster.age_seconds)
        exposition = Exposition(moments.take)
        if settings.metrics_port:
            await exposition.start(settings.metrics_address, settings.metrics_port)
            stack.push_async_callback(exposition.stop)
        scope = await once_reached(lambda: scope_of(client, settings.scope))
        cluster.narrow(scope)
        definitions = [kind.definition for kind in KINDS]
        await once_reached(lambda: require_definitions(scoped(client, scope), definitions))
        ports = await _ports(
            settings,
            client,
            cluster,
            leadership,
            meters=meters,
            spans=spans,
            sources=_sources(settings, access, client),
        )
        stack.push_async_callback(ports.recorder.close)
        stack.push_async_callback(ports.connections.close)
        stack.push_async_callback(ports.sources.close)
        parts = _parts(settings, access, leadership, client=client, ports=ports, moments=moments)
        probes.ready = lambda: parts.ready
        watching = asyncio.create_task(cluster.run())
        stack.push_async_callback(cancel, watching)
        await cluster.synced()
        yield parts


def _sources(settings: Settings, access: ClusterAccess, client: KubeClient) -> Sources:
    """What follows Secrets of connections: where it may watch them."""
    own = None if settings.watch_secrets else own_namespace(settings, access)
    return Sources(client, jitter=_RANDOM.random, secrets_in=own)


async def _ports(  # noqa: PLR0913 -- half of them by keyword only
    settings: Settings,
    client: KubeClient,
    cluster: Cluster,
    leadership: Leadership,
    *,
    meters: Meters,
    spans: Tracing,
    sources: Sources,
) -> Ports:
    recorder = Recorder(
        client,
        instance=instance_of(settings),
        now=_now,
        suffix=lambda: secrets.token_hex(8),
    )
    kube = scoped(client, cluster.scope)
    looks = None
    if not settings.watch_secrets:
        looks = SecretLooks(kube, cluster, period=settings.secret_check_seconds)
    return Ports(
        kube=kube,
        cluster=cluster,
        connections=Connections(),
        recorder=recorder,
        sources=sources,
        cluster_id=settings.cluster_id or await known_cluster(client),
        now=_now,
        user_agent=agent_of(settings),
        scope=cluster.scope,
        looks=looks,
        before_write=leadership.require,
        meters=meters,
        tracing=spans,
        serving=leadership.serving,
    )


def _parts(
    settings: Settings,
    access: ClusterAccess,
    leadership: Leadership,
    *,
    client: KubeClient,
    ports: Ports,
    moments: Moments,
) -> Parts:
    loop = asyncio.get_running_loop()
    queue = DueQueue(loop.time)
    control = Control(
        ports,
        Reconciler(ports, jitter=_RANDOM.random),
        queue,
        kinds=KINDS,
        workers=settings.workers,
    )
    control.follower = Follower(ports, jitter=_RANDOM.random)
    division = Division(ports, control)
    ports.serving.listener = division
    ports.sources.on_change = lambda name: control.wake(ObjectId(CONNECTIONS.kind, "", name))
    ports.connections.on_ready = control.wakeups.connection_came_up
    ports.connections.on_registry = control.wakeups.registry_appeared
    moments.show(ports, control, queue)
    sweep = Sweep(ports, control)
    drift = DriftPass(ports, control, sweep, clock=loop.time)
    return Parts(
        access=access,
        leadership=leadership,
        client=client,
        ports=ports,
        control=control,
        sweep=sweep,
        drift=drift,
        division=division,
    )


async def cancel(task: "asyncio.Task[Any]") -> None:
    """End a task, and wait until it has."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _now() -> datetime:
    return datetime.now(UTC)
