"""ClusterHarborConnection: a client that is proven to work."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import SecretStr

from harbor_operator.api.conditions import ConditionType, Reason
from harbor_operator.api.connection import (
    CABundleRef,
    ConnectionSpec,
    ConnectionStatus,
    SourceKind,
)
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core import connection as core
from harbor_operator.core.conditions import suspended
from harbor_operator.core.plan import Plan, is_true
from harbor_operator.core.specs import distribution_rules, tenant_rules
from harbor_operator.engine.connections import DEFAULT_TOKEN_LIFETIME, Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Blocked
from harbor_operator.engine.objects import LiveObject, kube_resource
from harbor_operator.engine.secrets import decode
from harbor_operator.engine.sources import Source
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.connection import Credentials, Limits
from harbor_operator.harbor.errors import Exchange, HarborError, TimedOut
from harbor_operator.harbor.models import IdentityKind, SystemInfo
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import CONFIG_MAPS, SECRETS

FIRST_VERDICT_SECONDS = 4.0
"""A person who has just applied a connection with a wrong address is told within five seconds."""

_IDENTITIES: Mapping[IdentityKind, core.Identity] = {
    IdentityKind.USER: core.Identity.USER,
    IdentityKind.ROBOT: core.Identity.ROBOT,
    IdentityKind.ANONYMOUS: core.Identity.ANONYMOUS,
}


class ConnectionCase:
    """One reconcile of a connection."""

    def __init__(self, live: LiveObject[ConnectionSpec, ConnectionStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports

    async def observe(self) -> core.Observed:
        """Read the credentials, make the client if they changed, and ask Harbor who it sees."""
        if self._live.parsed.deleting:
            return core.Observed(self._live.held, users=await self._release())
        try:
            connection = await self._connection()
        except (Blocked, ValueError):
            await self._ports.connections.remove(self._live.name)
            raise
        try:
            return await self._ask_in_time(connection)
        except HarborError:
            connection.ready = False
            raise

    def decide(self, observed: core.Observed) -> Plan[core.Hold]:
        """The core's plan; its verdict says whether others may use the connection."""
        desired = None if self._live.parsed.deleting else self._live.parsed.spec
        plan = core.plan(desired, observed, self._ports.now())
        if not plan.actions and desired is not None:
            ready = is_true(plan.verdicts, ConditionType.READY)
            self._ports.connections.set_ready(self._live.name, ready=ready)
        if desired is not None and desired.suspend and not plan.actions:
            return replace(plan, verdicts=suspended(self._live.parsed.status.conditions))
        return plan

    async def act(self, action: core.Hold) -> None:
        """Put the finalizer on the connection, the only action there is."""
        del action
        await self._live.hold()

    def seconds_until(self, plan: Plan[core.Hold]) -> float | None:
        """A connection is asked again once per drift period, and sooner while it waits."""
        if is_true(plan.verdicts, ConditionType.RECONCILING):
            return None
        return self._live.parsed.spec.drift_check_interval.total_seconds()

    async def _connection(self) -> Connection:
        spec = self._live.parsed.spec
        self._ports.sources.follow(self._live.name, _sources(spec))
        credentials = await self._credentials()
        ca_bundle = spec.ca_bundle or await self._ca_bundle(spec.ca_bundle_ref)
        limits = Limits(
            timeout_seconds=spec.requests.timeout_seconds,
            max_concurrent=spec.requests.max_concurrent,
            per_second=spec.requests.per_second,
        )
        fingerprint = (spec.url, credentials, ca_bundle, limits)
        connection = self._ports.connections.get(self._live.name)
        if connection is None or connection.fingerprint != fingerprint:
            client = self._client(spec.url, credentials, limits, ca_bundle)
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
        self, url: str, credentials: Credentials, limits: Limits, ca_bundle: str | None
    ) -> HarborClient:
        try:
            return HarborClient(
                url,
                credentials,
                limits=limits,
                ca_bundle=ca_bundle,
                user_agent=self._ports.user_agent,
            )
        except ValueError as error:
            raise Blocked(Reason.INVALID_SPEC, f"The connection cannot be made: {error}.") from None

    async def _credentials(self) -> Credentials:
        ref = self._live.parsed.spec.credentials_secret_ref
        place = f"Secret {ref.namespace}/{ref.name}"
        try:
            body = await self._ports.kube.get(SECRETS, ref.name, namespace=ref.namespace)
        except NotFound:
            message = f"{place} of credentialsSecretRef does not exist: create it, with keys"
            raise Blocked(Reason.CREDENTIALS_MISSING, f"{message} username and password.") from None
        username, password = decode(body, "username"), decode(body, "password")
        if not username or not password:
            raise Blocked(
                Reason.CREDENTIALS_MISSING, f"{place} needs the keys username and password."
            )
        return Credentials(username.strip(), SecretStr(password.rstrip("\r\n")))

    async def _ca_bundle(self, ref: CABundleRef | None) -> str | None:
        if ref is None:
            return None
        secret = ref.kind is SourceKind.SECRET
        resource = SECRETS if secret else CONFIG_MAPS
        place = f"{ref.kind.value} {ref.namespace}/{ref.name}"
        try:
            body = await self._ports.kube.get(resource, ref.name, namespace=ref.namespace)
        except NotFound:
            raise Blocked(
                Reason.INVALID_SPEC, f"{place} of caBundleRef does not exist: create it."
            ) from None
        text = decode(body, ref.key) if secret else (body.get("data") or {}).get(ref.key)
        if not text:
            raise Blocked(Reason.INVALID_SPEC, f"{place} of caBundleRef has no key {ref.key}.")
        return str(text)

    async def _ask_in_time(self, connection: Connection) -> core.Observed:
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

    async def _ask(self, connection: Connection) -> core.Observed:
        system = connection.client.system
        identity = await system.probe()
        connection.identity = _IDENTITIES[identity.kind]
        connection.identity_name = identity.name
        if identity.kind is IdentityKind.ANONYMOUS:
            connection.ready = False
            return core.Observed(self._live.held)
        info = await system.info()
        configuration = await system.configuration()
        minutes = configuration.token_minutes
        if minutes is not None:
            connection.token_lifetime = timedelta(minutes=minutes)
        else:
            connection.token_lifetime = DEFAULT_TOKEN_LIFETIME
        remembered = connection.robot_prefix or self._live.parsed.status.robot_name_prefix
        connection.robot_prefix = configuration.robot_prefix or remembered
        connection.registry_hosts = self._hosts(info)
        skew = connection.client.clock.skew(self._ports.now())
        return core.Observed(
            held=self._live.held,
            identity=connection.identity,
            name=identity.name,
            version=info.harbor_version,
            read_only=info.read_only,
            registry_hosts=connection.registry_hosts,
            robot_prefix=connection.robot_prefix,
            token_lifetime_seconds=None if minutes is None else minutes * 60,
            clock_skew_seconds=_coarse(-skew),
        )

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


def _sources(spec: ConnectionSpec) -> frozenset[Source]:
    """What the connection is made from; a change of it is noticed at once."""
    secret = spec.credentials_secret_ref
    sources = {Source(SECRETS, secret.namespace, secret.name)}
    bundle = spec.ca_bundle_ref
    if bundle is not None:
        resource = SECRETS if bundle.kind is SourceKind.SECRET else CONFIG_MAPS
        sources.add(Source(resource, bundle.namespace, bundle.name))
    return frozenset(sources)


_SKEW_STEP = 10
"""Seconds: a status that followed every second of clock skew would be written all the time."""


def _coarse(skew: timedelta) -> int:
    return round(skew.total_seconds() / _SKEW_STEP) * _SKEW_STEP
