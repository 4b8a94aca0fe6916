"""Registry endpoints: the upstreams of proxy caches, with Harbor's credentials for them."""

from dataclasses import dataclass

from pydantic import SecretStr, TypeAdapter

from .answers import created_id
from .models import WireModel
from .pages import read_list
from .request import api_write
from .transport import Transport

_ENDPOINT_ROUTE = "/registries/{id}"
_NO_SECRET = SecretStr("")


class RegistryCredential(WireModel):
    """How Harbor logs in to an upstream."""

    type: str = ""
    access_key: str = ""
    access_secret: SecretStr = _NO_SECRET
    """Harbor's mask for a secret, which must never be sent back; empty where it has none."""

    @property
    def has_secret(self) -> bool:
        """Whether Harbor has stored a secret."""
        return bool(self.access_secret.get_secret_value())


class RegistryEndpoint(WireModel):
    """An upstream registry as Harbor has stored it."""

    id: int
    name: str = ""
    type: str = ""
    """The kind of registry: `docker-hub`, `harbor`, `docker-registry` and so on."""
    url: str = ""
    insecure: bool = False
    """Whether Harbor trusts every certificate there."""
    description: str = ""
    credential: RegistryCredential = RegistryCredential()
    ca_certificate: str = ""
    """PEM text; since 2.15."""
    status: str = ""
    """`healthy` or `unhealthy`, as Harbor last found it."""


@dataclass(frozen=True, slots=True)
class NewRegistry:
    """An upstream registry to be made. Its type can never change.

    Harbor stores a secret only beside an `access_key`; without one it logs in as nobody.
    """

    name: str
    type: str
    url: str
    insecure: bool = False
    description: str = ""
    credential_type: str = "basic"
    access_key: str = ""
    access_secret: SecretStr = _NO_SECRET
    ca_certificate: str = ""


@dataclass(frozen=True, slots=True)
class RegistryChange:
    """What of an upstream registry should change; None keeps what is stored.

    A changed `url` without an `access_secret` makes Harbor forget the stored secret, an empty
    `access_key` the whole credential.
    """

    name: str | None = None
    url: str | None = None
    insecure: bool | None = None
    description: str | None = None
    credential_type: str | None = None
    access_key: str | None = None
    access_secret: SecretStr | None = None
    ca_certificate: str | None = None


_ENDPOINTS = TypeAdapter(list[RegistryEndpoint])


class Registries:
    """Harbor's registry endpoints, which have names and ids.

    Harbor connects to the upstream inside every request that makes or changes an endpoint. Its
    words about a refused one are never kept: they may repeat what the upstream was asked.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(self) -> list[RegistryEndpoint]:
        """All endpoints."""
        query = [("sort", "id")]  # without it the database may order each page differently
        return await read_list(self._transport, "/registries", _ENDPOINTS, query=query)

    async def find(self, name: str) -> RegistryEndpoint | None:
        """The endpoint with exactly this name, or None.

        It is looked for in the whole list: a filter cannot hold every name that Harbor accepts.
        """
        return next((row for row in await self.list() if row.name == name), None)

    async def create(self, endpoint: NewRegistry) -> int:
        """Make an endpoint and return its id.

        Raises:
            Conflict: The name is taken.
            InvalidRequest: The upstream does not answer as such a registry, or a value is wrong.
            ServerError: Also when the upstream fails in a way that Harbor does not expect.
        """
        request = api_write("POST", "/registries", body=_new(endpoint), confidential=True)
        return created_id(await self._transport.send(request))

    async def update(self, registry_id: int, change: RegistryChange) -> None:
        """Change what is given and keep the rest.

        Raises:
            NotFound: It is gone.
            HarborError: As for `create`.
        """
        request = api_write(
            "PUT", _ENDPOINT_ROUTE, {"id": registry_id}, body=_changed(change), confidential=True
        )
        await self._transport.send(request)

    async def delete(self, registry_id: int) -> None:
        """Remove an endpoint.

        Raises:
            PreconditionFailed: A proxy cache or a replication uses it.
            NotFound: It is gone already.
        """
        await self._transport.send(api_write("DELETE", _ENDPOINT_ROUTE, {"id": registry_id}))


def _new(endpoint: NewRegistry) -> dict[str, object]:
    body: dict[str, object] = {
        "name": endpoint.name,
        "type": endpoint.type,
        "url": endpoint.url,
        "insecure": endpoint.insecure,
        "description": endpoint.description,
    }
    if endpoint.ca_certificate:
        body["ca_certificate"] = endpoint.ca_certificate
    if endpoint.access_key:
        body["credential"] = {
            "type": endpoint.credential_type,
            "access_key": endpoint.access_key,
            "access_secret": endpoint.access_secret.get_secret_value(),
        }
    return body


def _changed(change: RegistryChange) -> dict[str, object]:
    secret = change.access_secret
    fields = {
        "name": change.name,
        "url": change.url,
        "insecure": change.insecure,
        "description": change.description,
        "credential_type": change.credential_type,
        "access_key": change.access_key,
        "access_secret": None if secret is None else secret.get_secret_value(),
        "ca_certificate": change.ca_certificate,
    }
    return {name: value for name, value in fields.items() if value is not None}
