"""Upstream registries: their endpoints in Harbor, and the Secrets with Harbor's logins there."""

from contextlib import suppress
from dataclasses import replace

from pydantic import SecretStr

from harbor_operator.api.base import SecretRef
from harbor_operator.api.conditions import Reason
from harbor_operator.api.connection import ConnectionSpec, ConnectionStatus
from harbor_operator.core.connection.upstreams import (
    REGISTRIES,
    CreateUpstream,
    DeleteUpstream,
    Endpoint,
    Login,
    UpdateUpstream,
    UpstreamsSeen,
    mark_of,
)
from harbor_operator.core.steps import Trouble
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Blocked
from harbor_operator.engine.kinds.connection_sources import StoredLogin, read_login
from harbor_operator.engine.kinds.connection_troubles import trouble_with
from harbor_operator.engine.objects import LiveObject
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.errors import HarborError, NotFound
from harbor_operator.harbor.registries import NewRegistry, RegistryChange, RegistryEndpoint
from harbor_operator.kube.errors import Forbidden

UpstreamWrite = CreateUpstream | UpdateUpstream | DeleteUpstream

_BASIC = "basic"
"""How Harbor calls a user name with a password."""
_NOBODY = StoredLogin("", SecretStr(""), version="")
"""A login that makes Harbor drop the one it has."""


class Upstreams:
    """The upstream registries of one connection during one reconcile."""

    def __init__(self, live: LiveObject[ConnectionSpec, ConnectionStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._logins: dict[str, StoredLogin] = {}
        """The credentials of this look, by the registry's name; they never enter a plan."""
        self._sent = {
            row.id: row.credentials_version
            for row in live.parsed.status.registries
            if row.credentials_version is not None
        }

    async def observe(self, harbor: HarborClient) -> UpstreamsSeen | Trouble | None:
        """All endpoints, where the spec states some or has stated some."""
        spec, status = self._live.parsed.spec, self._live.parsed.status
        if not spec.registries and not status.registries:
            return None
        try:
            endpoints = await harbor.registries.list()
        except HarborError as error:
            return trouble_with(REGISTRIES, error)
        logins = {
            entry.name: await self._login(entry.name, entry.credentials_secret_ref)
            for entry in spec.registries
            if entry.credentials_secret_ref is not None
        }
        return UpstreamsSeen(
            mark=mark_of(self._ports.cluster_id, self._live.name),
            endpoints=tuple(map(_seen, endpoints)),
            logins=logins,
            sent=dict(self._sent),
        )

    async def write(self, harbor: HarborClient, write: UpstreamWrite) -> None:
        """Carry out one step; those that wait for a new registry are told.

        Raises:
            HarborError: Harbor does not take it.
        """
        match write:
            case CreateUpstream():
                await self._create(harbor, write)
            case UpdateUpstream():
                await self._update(harbor, write)
            case DeleteUpstream(id_):
                with suppress(NotFound):
                    await harbor.registries.delete(id_)

    async def _login(self, name: str, ref: SecretRef) -> Login | Trouble:
        """Which credentials Harbor should have; the password stays here."""
        field = f"{REGISTRIES}.{name}"
        try:
            stored = await read_login(self._ports.kube, ref, field)
        except Blocked as error:
            return Trouble(error.reason, str(error))
        except Forbidden:
            message = f"{field}: the operator may not read Secret {ref.namespace}/{ref.name}."
            return Trouble(Reason.PERMISSION_DENIED, message)
        self._logins[name] = stored
        return Login(stored.username, stored.version)

    async def _create(self, harbor: HarborClient, write: CreateUpstream) -> None:
        login = self._stored(write.name, write.login)
        id_ = await harbor.registries.create(
            NewRegistry(
                name=write.name,
                type=write.type,
                url=write.url,
                insecure=write.insecure,
                description=write.mark,
                access_key=login.username,
                access_secret=login.password,
                ca_certificate=write.ca_certificate,
            )
        )
        self._note(id_, write.login)
        self._ports.connections.on_registry(self._live.name)

    async def _update(self, harbor: HarborClient, write: UpdateUpstream) -> None:
        change = RegistryChange(
            url=write.url, insecure=write.insecure, ca_certificate=write.ca_certificate
        )
        if write.login or write.drop_login:
            login = self._stored(write.name, write.login)
            change = replace(
                change,
                credential_type=_BASIC,
                access_key=login.username,
                access_secret=login.password,
            )
        await harbor.registries.update(write.id, change)
        self._note(write.id, write.login)

    def _stored(self, name: str, login: Login | None) -> StoredLogin:
        return self._logins[name] if login else _NOBODY

    def _note(self, id_: int, login: Login | None) -> None:
        if login is not None:
            self._sent[id_] = login.version


def _seen(row: RegistryEndpoint) -> Endpoint:
    return Endpoint(
        id=row.id,
        name=row.name,
        type=row.type,
        url=row.url,
        insecure=row.insecure,
        ca_certificate=row.ca_certificate,
        username=row.credential.access_key,
        has_secret=row.credential.has_secret,
        mark=row.description,
    )
