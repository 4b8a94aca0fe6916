"""Start-up and shutdown: everything is made here and handed down."""

import asyncio
import logging
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

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
from harbor_operator.engine.handlers import configure, register, register_watching
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
from harbor_operator.engine.replicas.leadership import Leadership, Unopposed, begun, candidacy
from harbor_operator.engine.replicas.shard_candidacy import LeaseBallot, shard_candidacy
from harbor_operator.engine.scope import scoped
from harbor_operator.engine.secret_looks import SecretLooks
from harbor_operator.engine.secrets import Digester
from harbor_operator.engine.sources import Sources
from harbor_operator.engine.startup import (
    known_cluster,
    once_reached,
    require_definitions,
    scope_of,
    stop_on_signals,
    until_scope_changes,
)
from harbor_operator.engine.sweep import Sweep
from harbor_operator.engine.telemetry.exposition import Exposition
from harbor_operator.engine.telemetry.log_levels import following
from harbor_operator.engine.telemetry.loop_lag import LoopLag
from harbor_operator.engine.telemetry.meters import Meters
from harbor_operator.engine.telemetry.moments import Moments
from harbor_operator.engine.telemetry.requests import telling
from harbor_operator.engine.telemetry.tracing import Tracing, tracing
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import ClusterAccess, load
from harbor_operator.kube.resources import ObjectKey
from harbor_operator.kube.session import open_session
from harbor_operator.settings import Settings

_LOG = logging.getLogger(__name__)

KINDS: tuple[ManagedKind[Any, Any], ...] = (
    ManagedKind(CONNECTIONS, ConnectionCase),
    ManagedKind(PROJECTS, ProjectCase),
    ManagedKind(ROBOTS, RobotCase),
    ManagedKind(PULL_SECRETS, PullSecretCase),
)
"""The kinds, one row each."""

_RANDOM = random.SystemRandom()


Elect = Callable[[Settings, ClusterAccess], AbstractAsyncContextManager[Leadership]]
"""Opens a leadership for the time that a process runs."""


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
        self.ports.cluster.listener = self.control
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
async def elected(settings: Settings, access: ClusterAccess) -> AsyncIterator[Leadership]:
    """Stand for election, unless told that there are no other replicas."""
    if not settings.leader_election:
        yield Unopposed()
        return
    client = KubeClient(access, field_manager=FIELD_MANAGER, user_agent=agent_of(settings))
    key = ObjectKey(own_namespace(settings, access), settings.lease_name)
    # A replica that is started anew under its old name is another candidate.
    identity = f"{instance_of(settings)}_{secrets.token_hex(8)}"
    jitter, durations = _RANDOM.random, settings.durations
    if settings.shards > 1:
        ballot = LeaseBallot(client, key, identity, settings.shards, durations, jitter)
        async with shard_candidacy(ballot) as shards:
            yield shards
        return
    async with candidacy(client, key, identity, durations=durations, jitter=jitter) as leadership:
        yield leadership


async def run(settings: Settings, *, elect: Elect = elected) -> None:
    """Run the operator until SIGTERM or SIGINT.

    The process ends with code `LOST_LEASE` from inside if another replica may lead.

    Args:
        settings: What it was told.
        elect: Opens the leadership that all writes depend on.

    Raises:
        NotInstalledError: The custom resource definitions are not in the cluster.
        KubeError: The API server refuses this account.
        InvalidConfiguration: Nothing says how to reach the API server.
    """
    access = await load(_text(settings.kubeconfig), settings.context)
    # Entered first and left last: nothing may write once the lease is released.
    async with (
        following(settings.log_levels_file, level=settings.log_level),
        tracing(instance=instance_of(settings)) as spans,
        elect(settings, access) as leadership,
        _assemble(settings, access, leadership, spans) as parts,
    ):
        stop = stop_on_signals()
        looking = asyncio.create_task(_end_with_scope(parts, settings, stop))
        try:
            if await begun(leadership, unless=stop):
                await _lead(parts, stop)
        finally:
            await _cancel(looking)


async def _end_with_scope(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """End when other namespaces can be served: kopf and the caches learn of them by a start."""
    if settings.scope is not None:
        await until_scope_changes(parts.client, settings.scope, parts.ports.scope)
        stop.set()


async def _lead(parts: Parts, stop: asyncio.Event) -> None:
    """Work until told to stop."""
    parts.begin()
    try:
        await _serve(parts, stop)
    finally:
        await parts.end()


@asynccontextmanager
async def _assemble(
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
        stack.push_async_callback(_cancel, asyncio.create_task(lag.run()))
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
            sources=_sources(settings, access, client),
        )
        ports = replace(ports, tracing=spans)
        stack.push_async_callback(ports.recorder.close)
        stack.push_async_callback(ports.connections.close)
        stack.push_async_callback(ports.sources.close)
        parts = _parts(settings, access, leadership, client=client, ports=ports, moments=moments)
        probes.ready = lambda: parts.ready
        watching = asyncio.create_task(cluster.run())
        stack.push_async_callback(_cancel, watching)
        await cluster.synced()
        yield parts


def _sources(settings: Settings, access: ClusterAccess, client: KubeClient) -> Sources:
    """What follows Secrets of connections: where it may watch them."""
    own = None if settings.watch_secrets else own_namespace(settings, access)
    return Sources(client, jitter=_RANDOM.random, secrets_in=own)


async def _ports(
    settings: Settings,
    client: KubeClient,
    cluster: Cluster,
    leadership: Leadership,
    *,
    meters: Meters,
    sources: Sources,
) -> Ports:
    recorder = Recorder(
        client,
        instance=instance_of(settings),
        now=_now,
        suffix=lambda: secrets.token_hex(8),
    )
    kube = scoped(client, cluster.scope)
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
        looks=None if settings.watch_secrets else looks,
        before_write=leadership.require,
        meters=meters,
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
    ports.connections.on_ready = control.connection_came_up
    ports.connections.on_registry = control.registry_appeared
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


async def _serve(parts: Parts, stop: asyncio.Event) -> None:
    """Run kopf until it is told to stop."""
    registry = kopf.OperatorRegistry()
    divided = parts.leadership.serving.divided
    if divided:
        register_watching(registry, parts.control, parts.division)
    else:
        register(registry, parts.control)
    ready = asyncio.Event()
    watcher = asyncio.create_task(_note_start(parts, ready))

    @kopf.on.startup(registry=registry)
    async def configured(settings: kopf.OperatorSettings, **_: Any) -> None:
        configure(settings, watches_only=divided)

    @kopf.on.login(registry=registry)
    async def logged_in(**_: Any) -> kopf.AiohttpSession:
        opened = open_session(
            parts.access,
            before_write=parts.leadership.require,
            on_call=telling(parts.ports.meters.called, parts.ports.tracing.called),
        )
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
        if divided:
            # The shards came while kopf ran, which has nothing to write in their name.
            await parts.ports.recorder.close()
            await parts.leadership.end()

    try:
        await kopf.operator(
            registry=registry,
            clusterwide=parts.ports.scope.namespaces is None,
            namespaces=sorted(parts.ports.scope.namespaces or ()),
            standalone=True,
            # By itself kopf looks up the user's name, and the number that a pod runs as has none.
            identity=cast("Any", socket.gethostname()),
            stop_flag=stop,
            ready_flag=ready,
        )
    finally:
        await _cancel(watcher)


async def _note_start(parts: Parts, ready: asyncio.Event) -> None:
    await ready.wait()
    parts.started = True
    _LOG.info("The operator is up.")


async def _cancel(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _now() -> datetime:
    return datetime.now(UTC)


def _text(path: object | None) -> str | None:
    return None if path is None else str(path)
