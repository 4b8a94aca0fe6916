"""Start-up and shutdown of the operator."""

import asyncio
import logging
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
)
from typing import Any, cast

import kopf

from harbor_operator.engine.assembly import Parts, assembled, cancel
from harbor_operator.engine.handlers import configure, register, register_watching
from harbor_operator.engine.replicas.identity import (
    FIELD_MANAGER,
    agent_of,
    instance_of,
    own_namespace,
)
from harbor_operator.engine.replicas.leadership import Leadership, Unopposed, begun, candidacy
from harbor_operator.engine.replicas.shard_candidacy import LeaseBallot, shard_candidacy
from harbor_operator.engine.startup import (
    set_on_signals,
    until_scope_changes,
)
from harbor_operator.engine.telemetry.log_levels import following
from harbor_operator.engine.telemetry.requests import telling
from harbor_operator.engine.telemetry.tracing import tracing
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import ClusterAccess, load
from harbor_operator.kube.resources import ObjectKey
from harbor_operator.kube.session import open_session
from harbor_operator.settings import Settings

_LOG = logging.getLogger(__name__)

_RANDOM = random.SystemRandom()

Elect = Callable[[Settings, ClusterAccess], AbstractAsyncContextManager[Leadership]]
"""Opens a leadership for the time that a process runs."""


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
        assembled(settings, access, leadership, spans) as parts,
    ):
        stop = asyncio.Event()
        set_on_signals(stop)
        looking = asyncio.create_task(_end_with_scope(parts, settings, stop))
        try:
            if await begun(leadership, unless=stop):
                await _lead(parts, stop)
        finally:
            await cancel(looking)


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


async def _serve(parts: Parts, stop: asyncio.Event) -> None:
    """Run kopf until it is told to stop."""
    registry = kopf.OperatorRegistry()
    divided = parts.leadership.serving.divided
    if divided:
        register_watching(registry, parts.control, parts.division)
    else:
        register(registry, parts.control)
    ready = asyncio.Event()
    beside = (
        asyncio.create_task(_note_start(parts, ready)),
        asyncio.create_task(_hurry(parts, stop)),
    )

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
        # its own waiter on the flag, where something else has ended it, and ours.
        stop.set()
        await parts.end()
        if divided:
            # The shards came while kopf ran, which has nothing to write in their name.
            await parts.ports.recorder.close()
            await parts.leadership.end()

    existing = asyncio.all_tasks()
    try:
        tasks = await kopf.spawn_tasks(
            registry=registry,
            clusterwide=parts.ports.scope.namespaces is None,
            namespaces=sorted(parts.ports.scope.namespaces or ()),
            standalone=True,
            # By itself kopf looks up the user's name, and the number that a pod runs as has none.
            identity=cast("Any", socket.gethostname()),
            stop_flag=stop,
            ready_flag=ready,
        )
        # kopf has put handlers of its own in place of ours, which tell nobody else.
        set_on_signals(stop)
        await kopf.run_tasks(tasks, ignored=existing)
    finally:
        for task in beside:
            await cancel(task)


async def _hurry(parts: Parts, stop: asyncio.Event) -> None:
    """Once told to stop, let no handler wait for anything any more: kopf waits for each."""
    await stop.wait()
    parts.control.hurry()


async def _note_start(parts: Parts, ready: asyncio.Event) -> None:
    await ready.wait()
    parts.started = True
    _LOG.info("The operator is up.")


def _text(path: object | None) -> str | None:
    return None if path is None else str(path)
