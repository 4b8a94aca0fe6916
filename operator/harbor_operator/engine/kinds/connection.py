"""ClusterHarborConnection: a client that is proven to work."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.connection import CONNECTIONS, ConnectionSpec, ConnectionStatus
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.bridge.catalogue import read_catalogue
from harbor_operator.core.conditions import suspended
from harbor_operator.core.connection.facts import (
    Action,
    ChangeHarbor,
    Hold,
    Identity,
    Observed,
)
from harbor_operator.core.connection.maintenance import SetSchedule
from harbor_operator.core.connection.plan import plan
from harbor_operator.core.connection.revocation import LOOK, Revocation
from harbor_operator.core.plan import Plan, is_true
from harbor_operator.core.specs import distribution_rules, tenant_rules
from harbor_operator.core.steps import Attempts, Step, StepKey, Trouble
from harbor_operator.engine.connections import DEFAULT_TOKEN_LIFETIME, Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.events import EventReason
from harbor_operator.engine.faults import Blocked
from harbor_operator.engine.kinds.connection_maintenance import observe_schedules, set_schedule
from harbor_operator.engine.kinds.connection_sources import (
    StoredLogin,
    read_bundle,
    read_login,
    sources_of,
)
from harbor_operator.engine.kinds.connection_troubles import trouble_with
from harbor_operator.engine.kinds.connection_upstreams import Upstreams
from harbor_operator.engine.objects import LiveObject, kube_resource
from harbor_operator.engine.revocation import observe_revocation
from harbor_operator.engine.telemetry.requests import noting
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.connection import Credentials, Limits
from harbor_operator.harbor.errors import Exchange, HarborError, TimedOut
from harbor_operator.harbor.models import IdentityKind, SystemInfo

FIRST_VERDICT_SECONDS = 4.0
"""A person who has just applied a connection with a wrong address is told within five seconds."""

UNUSABLE_SECONDS = 15.0
"""How soon a connection that another replica reconciles is tried again while it does not work."""

_IDENTITIES: Mapping[IdentityKind, Identity] = {
    IdentityKind.USER: Identity.USER,
    IdentityKind.ROBOT: Identity.ROBOT,
    IdentityKind.ANONYMOUS: Identity.ANONYMOUS,
}


class ConnectionCase:
    """One reconcile of a connection."""

    def __init__(self, live: LiveObject[ConnectionSpec, ConnectionStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._upstreams = Upstreams(live, ports)
        self._written: list[Step] = []
        self._refused: dict[StepKey, Trouble] = {}
        self._was_in_sync = _is_in_sync(live)

    async def observe(self) -> Observed:
        """Read the credentials, make the client if they changed, and ask Harbor who it sees.

        What the spec manages of Harbor itself is read after that, and only if it may be changed.
        """
        if self._live.parsed.deleting:
            return Observed(self._live.held, users=await self._release())
        connection = await self._connected()
        with _unready_on_failure(connection):
            seen = await self._ask_in_time(connection)
            if not seen.works or self._live.parsed.spec.suspend:
                return seen
            seen = await self._with_settings(seen, connection.client)
            return replace(seen, revocation=await self._revocation(connection))

    def decide(self, observed: Observed) -> Plan[Action]:
        """The core's plan; its observation says whether others may use the connection.

        They may before the plan is carried out, as nothing in it can make the connection worse.
        """
        desired = None if self._live.parsed.deleting else self._live.parsed.spec
        decided = plan(desired, observed, self._ports.now())
        if desired is None:
            return decided
        if observed.held:
            self._ports.connections.set_ready(self._live.name, ready=observed.works)
        if desired.suspend and not decided.actions:
            return replace(decided, verdicts=suspended(self._live.parsed.status.conditions))
        return decided

    async def act(self, action: Action) -> None:
        """Carry out one action."""
        match action:
            case Hold():
                await self._live.hold()
            case ChangeHarbor():
                await self._change(action)

    def seconds_until(self, plan: Plan[Action]) -> float | None:
        """A connection is asked again once per drift period, and sooner while it waits."""
        if is_true(plan.verdicts, ConditionType.RECONCILING):
            return None
        period = self._live.parsed.spec.drift_check_interval
        if plan.recheck_at is not None:
            period = min(period, plan.recheck_at - self._ports.now())
        return period.total_seconds()

    async def follow(self) -> float:
        """Make the connection usable for a replica that leaves it to another one.

        Nothing is written. It stays usable while it is being deleted, as its users go through it.

        Returns:
            Seconds until it is looked at again, if nothing wakes it before.
        """
        connection = await self._connected()
        with _unready_on_failure(connection):
            seen = await self._ask_in_time(connection)
            if self._live.held:
                self._ports.connections.set_ready(self._live.name, ready=seen.works)
            if not seen.works:
                return UNUSABLE_SECONDS
            if not connection.suspended:
                await self._revocation(connection)
        if connection.revocation is not None and not connection.revocation.finished:
            return LOOK.total_seconds()
        return connection.drift_period.total_seconds()

    async def _connected(self) -> Connection:
        """The connection as its spec describes it; one that cannot be made serves nobody."""
        try:
            return await self._connection()
        except (Blocked, ValueError):
            await self._ports.connections.remove(self._live.name)
            raise

    async def _connection(self) -> Connection:
        spec = self._live.parsed.spec
        self._ports.sources.follow(self._live.name, sources_of(spec))
        login = await read_login(self._ports.kube, spec.credentials_secret_ref)
        ca_bundle = spec.ca_bundle
        if spec.ca_bundle_ref is not None:
            ca_bundle = await read_bundle(self._ports.kube, spec.ca_bundle_ref)
        limits = Limits(
            timeout_seconds=spec.requests.timeout_seconds,
            max_concurrent=spec.requests.max_concurrent,
            per_second=spec.requests.per_second,
        )
        fingerprint = (spec.url, login.username, login.password, ca_bundle, limits)
        connection = self._ports.connections.get(self._live.name)
        if connection is None or connection.fingerprint != fingerprint:
            client = self._client(spec.url, login, limits, ca_bundle)
            await self._ports.connections.remove(self._live.name)
            connection = Connection(self._live.name, client, fingerprint)
            self._ports.connections.put(connection)
        connection.url = spec.url.rstrip("/")
        connection.tenants = tenant_rules(spec)
        connection.distribution = distribution_rules(spec)
        connection.drift_period = spec.drift_check_interval
        connection.suspended = spec.suspend
        return connection

    def _client(
        self, url: str, login: StoredLogin, limits: Limits, ca_bundle: str | None
    ) -> HarborClient:
        count = self._ports.meters.on_exchange(self._live.name)
        try:
            return HarborClient(
                url,
                Credentials(login.username, login.password),
                limits=limits,
                ca_bundle=ca_bundle,
                user_agent=self._ports.user_agent,
                before_write=self._ports.before_write,
                observe=noting(count, self._ports.tracing),
            )
        except ValueError as error:
            raise Blocked(Reason.INVALID_SPEC, f"The connection cannot be made: {error}.") from None

    async def _ask_in_time(self, connection: Connection) -> Observed:
        """Ask Harbor; a new connection gets its verdict soon, a slow Harbor gets time after that.

        Raises:
            TimedOut: A connection that never worked has not answered in `FIRST_VERDICT_SECONDS`.
        """
        if connection.ready or connection.patient:
            return await self._ask(connection)
        try:
            async with asyncio.timeout(FIRST_VERDICT_SECONDS):
                return await self._ask(connection)
        except TimeoutError:
            connection.patient = True
            exchange = Exchange("GET", "/users/current")
            raise TimedOut("no answer in time", exchange) from None

    async def _ask(self, connection: Connection) -> Observed:
        system = connection.client.system
        identity = await system.probe()
        connection.identity = _IDENTITIES[identity.kind]
        connection.identity_name = identity.name
        if identity.kind is IdentityKind.ANONYMOUS:
            connection.ready = False
            return Observed(self._live.held)
        info = await system.info()
        connection.version = info.harbor_version
        configuration = await system.configuration()
        minutes = configuration.token_minutes
        if minutes is not None:
            connection.token_lifetime = timedelta(minutes=minutes)
        else:
            connection.token_lifetime = DEFAULT_TOKEN_LIFETIME
        remembered = connection.robot_prefix or self._live.parsed.status.robot_name_prefix
        connection.robot_prefix = configuration.robot_prefix or remembered
        connection.catalogue = await read_catalogue(connection.client, connection.identity)
        connection.registry_hosts = self._hosts(info)
        skew = connection.client.clock.skew(self._ports.now())
        return Observed(
            held=self._live.held,
            identity=connection.identity,
            name=identity.name,
            version=info.harbor_version,
            read_only=info.read_only,
            registry_hosts=connection.registry_hosts,
            robot_prefix=connection.robot_prefix,
            token_lifetime_seconds=None if minutes is None else minutes * 60,
            clock_skew_seconds=coarse(-skew, self._live.parsed.status.clock_skew_seconds),
        )

    async def _with_settings(self, seen: Observed, harbor: HarborClient) -> Observed:
        return replace(
            seen,
            schedules=await observe_schedules(harbor, self._live.parsed.spec),
            upstreams=await self._upstreams.observe(harbor),
            in_sync=self._was_in_sync,
            attempts=Attempts(tuple(self._written), dict(self._refused)),
        )

    async def _revocation(self, connection: Connection) -> Revocation | None:
        return await observe_revocation(self._live.parsed, connection, self._ports)

    async def _change(self, action: ChangeHarbor) -> None:
        """Carry out one step; a failure that may be its own is noted, and the others go on."""
        connection = self._ports.connections.get(self._live.name)
        if connection is None:
            return
        drifted = (action.step.source,) if action.is_repair else ()
        self._ports.meters.drifted(CONNECTIONS.kind, drifted)
        with _unready_on_failure(connection):
            try:
                await self._write(connection.client, action.step)
            except HarborError as error:
                self._refused[action.step.key] = trouble_with(action.subject, error)
                return
        self._written.append(action.step)
        self._ports.meters.corrected(CONNECTIONS.kind, drifted)
        if action.is_repair:
            note = f"Put right in Harbor, where somebody had changed it: {action.subject}."
            reason = EventReason.DRIFT_CORRECTED
            self._ports.recorder.record(self._live.id, self._live.uid, reason, note)

    async def _write(self, harbor: HarborClient, step: Step) -> None:
        if isinstance(step.write, SetSchedule):
            await set_schedule(harbor, step.write)
        else:
            await self._upstreams.write(harbor, step.write)

    def _hosts(self, info: SystemInfo) -> tuple[str, ...]:
        stated = self._live.parsed.spec.registry_hosts
        if stated is not None:
            return stated
        return (info.registry_url or urlsplit(self._live.parsed.spec.url).netloc,)

    async def _release(self) -> int:
        """Close the client once nobody uses it; how many still do."""
        users = await self._count_users()
        if not users:
            self._ports.sources.follow(self._live.name, frozenset())
            await self._ports.connections.remove(self._live.name)
        return users

    async def _count_users(self) -> int:
        total = 0
        for definition in (PROJECTS, ROBOTS):
            listed = await self._ports.kube.list(
                kube_resource(definition),
                field_selector=f"spec.connectionRef.name={self._live.name}",
            )
            total += len(listed.items)
        return total


@contextmanager
def _unready_on_failure(connection: Connection) -> Iterator[None]:
    """Let nobody use a connection whose Harbor has just failed, until it is looked at again."""
    try:
        yield
    except HarborError:
        connection.ready = False
        raise


def _is_in_sync(live: LiveObject[ConnectionSpec, ConnectionStatus]) -> bool:
    """Whether Harbor was as this generation says when it was last looked at."""
    synced = live.parsed.status.condition(ConditionType.SYNCED)
    return (
        synced is not None
        and synced.status is ConditionStatus.TRUE
        and synced.observed_generation == live.parsed.metadata.generation
    )


_SKEW_STEP = 10
"""Seconds: a status that followed every second of clock skew would be written all the time."""


def coarse(skew: timedelta, told: int | None) -> int:
    """A clock skew in whole steps of seconds; one that is near what was told stays as it was told.

    A skew between two steps would otherwise be told now as the one and now as the other.
    """
    if told is not None and abs(skew.total_seconds() - told) < _SKEW_STEP:
        return told
    return round(skew.total_seconds() / _SKEW_STEP) * _SKEW_STEP
