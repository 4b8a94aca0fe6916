"""Other registries, which projects can be caches of; they are called when they are written."""

from dataclasses import replace

from aiohttp import encode_basic_auth, web
from cryptography.x509 import load_pem_x509_certificates

from testbed.harbor.call import Call, Route, answer, done, without_empty
from testbed.harbor.clock import rfc3339
from testbed.harbor.core import Core
from testbed.harbor.errors import (
    bad_request,
    conflict,
    internal_error,
    not_found,
    precondition_failed,
)
from testbed.harbor.outside import Access, call_outside, is_loopback
from testbed.harbor.paging import Column, Keyword
from testbed.harbor.policy_models import Registry, RegistryCredential, RegistryPing, RegistryUpdate
from testbed.harbor.policy_state import UpstreamRegistry
from testbed.harbor.urls import normalized_url

MAX_NAME_LENGTH = 64
REGISTRY_TYPES = frozenset(
    {
        "ali-acr",
        "aws-ecr",
        "azure-acr",
        "docker-hub",
        "docker-registry",
        "dtr",
        "github-ghcr",
        "gitlab",
        "google-gcr",
        "harbor",
        "huawei-SWR",
        "jfrog-artifactory",
        "quay",
        "tencent-tcr",
        "volcengine-cr",
    }
)
"""The types that Harbor has adapters for; another one is an error of the server."""
MASKED_SECRET = "*****"
_RESOURCE = "registry"
_OK = 200
_UNWELCOME = frozenset({401, 403})


async def create_registry(call: Call) -> web.StreamResponse:
    """POST /registries: refused when the registry does not answer."""
    body = await call.body(Registry, "registry")
    call.require_on_system("create", _RESOURCE)
    registry = _with_credential(_new(call, body), body.credential)
    _validate_certificate(registry.ca_certificate)
    registry = await _checked(call.core, registry)
    registry.id = call.state.next_id("registry")
    _require_free(call, registry.name)
    call.state.registries[registry.id] = registry
    return call.created(registry.id)


def _new(call: Call, body: Registry) -> UpstreamRegistry:
    return UpstreamRegistry(
        id=0,
        name=body.name,
        description=body.description,
        type=body.type,
        url=body.url,
        insecure=body.insecure,
        ca_certificate=body.ca_certificate or "",
        credential_type="",
        access_key="",
        access_secret="",
        created=call.now,
        updated=call.now,
    )


def _with_credential(
    registry: UpstreamRegistry, credential: RegistryCredential | None
) -> UpstreamRegistry:
    # Without an access key Harbor stores nothing of a credential.
    if credential is None or not credential.access_key:
        return replace(registry, credential_type="", access_key="", access_secret="")
    return replace(
        registry,
        credential_type=credential.type or "basic",
        access_key=credential.access_key,
        access_secret=credential.access_secret,
    )


def _validate_certificate(pem: str) -> None:
    if not pem:
        return
    try:
        load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise bad_request("failed to parse CA certificate") from None


async def _checked(core: Core, registry: UpstreamRegistry) -> UpstreamRegistry:
    """The registry with its URL in order.

    Raises:
        HarborError: 400 for a bad name or URL and for a registry that does not answer.
    """
    if not registry.name:
        raise bad_request("name cannot be empty")
    if len(registry.name) > MAX_NAME_LENGTH:
        raise bad_request(f"the max length of name is {MAX_NAME_LENGTH}")
    registry = replace(registry, url=normalized_url(registry.url))
    await _require_healthy(core, registry)
    return registry


async def _require_healthy(core: Core, registry: UpstreamRegistry) -> None:
    if registry.type not in REGISTRY_TYPES:
        raise internal_error()
    if not await _is_healthy(core, registry):
        raise bad_request("the registry is unhealthy")


async def _is_healthy(core: Core, registry: UpstreamRegistry) -> bool:
    if registry.url in core.unreachable:
        return False
    if not is_loopback(registry.url):
        return True
    named = bool(registry.access_key)
    authorization = encode_basic_auth(registry.access_key, registry.access_secret) if named else ""
    access = Access(registry.insecure, registry.ca_certificate, authorization)
    reached = await call_outside(f"{registry.url}/v2/", access)
    if reached is None:
        return False
    # To a caller without credentials being refused is answer enough.
    return reached.status == _OK or (not named and reached.status in _UNWELCOME)


def _require_free(call: Call, name: str) -> None:
    if any(registry.name == name for registry in call.state.registries.values()):
        raise conflict(f"registry {name} already exists")


_COLUMNS: dict[str, Column[UpstreamRegistry]] = {
    "id": lambda registry: registry.id,
    "name": lambda registry: registry.name,
    "url": lambda registry: registry.url,
    "type": lambda registry: registry.type,
    "creation_time": lambda registry: registry.created,
    "update_time": lambda registry: registry.updated,
}
_COLUMNS |= {"Name": _COLUMNS["name"]}


async def list_registries(call: Call) -> web.StreamResponse:
    """GET /registries; `name` finds parts of names."""
    call.require_on_system("list", _RESOURCE)
    query = call.list_query()
    if call.parameter("name"):
        fuzzy = Keyword(call.parameter("name"), fuzzy=True)
        query = replace(query, keywords={**query.keywords, "name": fuzzy})
    registries = call.state.registries.values()
    return call.page(
        registries,
        query,
        columns=_COLUMNS,
        order="id",
        view=lambda registry: _view(call.core, registry),
    )


def _view(core: Core, registry: UpstreamRegistry) -> dict[str, object]:
    credential = {
        "access_key": registry.access_key,
        "access_secret": MASKED_SECRET if registry.access_secret else "",
        "type": registry.credential_type,
    }
    view = {
        "ca_certificate": registry.ca_certificate,
        "creation_time": rfc3339(registry.created),
        "description": registry.description,
        "insecure": registry.insecure,
        "name": registry.name,
        "status": "unhealthy" if registry.url in core.unreachable else "healthy",
        "type": registry.type,
        "update_time": rfc3339(registry.updated),
        "url": registry.url,
    }
    return without_empty(view) | {"credential": without_empty({**credential}), "id": registry.id}


def _existing(call: Call) -> UpstreamRegistry:
    number = call.number("id")
    registry = call.state.registries.get(number)
    if registry is None:
        raise not_found(f"registry {number} not found")
    return registry


async def get_registry(call: Call) -> web.StreamResponse:
    """GET /registries/{id}, the secret masked."""
    call.require_on_system("read", _RESOURCE)
    return answer(_view(call.core, _existing(call)))


async def update_registry(call: Call) -> web.StreamResponse:
    """PUT /registries/{id}: what is given; the registry must answer again.

    A new URL without a new secret drops the old secret.
    """
    body = await call.body(RegistryUpdate, "registry")
    call.require_on_system("update", _RESOURCE)
    stored = _existing(call)
    registry = _changed(stored, body)
    _validate_certificate(body.ca_certificate or "")
    if body.access_secret is None and normalized_url(registry.url) != stored.url:
        registry = replace(registry, access_secret="")
    registry = await _checked(call.core, registry)
    if registry.name != stored.name:
        _require_free(call, registry.name)
    call.state.registries[stored.id] = replace(registry, updated=call.now)
    return done()


def _changed(registry: UpstreamRegistry, body: RegistryUpdate) -> UpstreamRegistry:
    """The registry with what a body gives."""

    def given(name: str, old: str) -> str:
        value = getattr(body, name)
        return old if value is None else str(value)

    changed = replace(
        registry,
        name=given("name", registry.name),
        description=given("description", registry.description),
        url=given("url", registry.url),
        insecure=registry.insecure if body.insecure is None else body.insecure,
        ca_certificate=given("ca_certificate", registry.ca_certificate),
    )
    credential = RegistryCredential(
        given("credential_type", registry.credential_type),
        given("access_key", registry.access_key),
        given("access_secret", registry.access_secret),
    )
    return _with_credential(changed, credential)


async def delete_registry(call: Call) -> web.StreamResponse:
    """DELETE /registries/{id}, while no project is a cache of it."""
    call.require_on_system("delete", _RESOURCE)
    number = call.number("id")
    if any(project.registry_id == number for project in call.state.projects.values()):
        raise precondition_failed(
            f"the registry {number} is referenced by proxy cache project, cannot delete it"
        )
    del call.state.registries[_existing(call).id]
    return done()


async def ping_registry(call: Call) -> web.StreamResponse:
    """POST /registries/ping: whether a registry answers, stored (`id`) or not."""
    body = await call.body(RegistryPing, "registry")
    call.require_on_system("read", _RESOURCE)
    registry = _new(call, Registry()) if body.id is None else call.state.registries.get(body.id)
    if registry is None:
        raise not_found(f"registry {body.id} not found")
    changed = _changed(registry, body)
    if body.id is not None:
        # The saved secret must not be sent to another address.
        same = {name: getattr(registry, name) for name in ("url", "insecure", "ca_certificate")}
        changed = replace(changed, **same)
    changed = replace(changed, type=body.type or changed.type)
    if not changed.type or not changed.url:
        raise bad_request("type or url cannot be empty")
    await _require_healthy(call.core, replace(changed, url=normalized_url(changed.url)))
    return done()


ROUTES = (
    Route("POST", "/registries/ping", ping_registry),
    Route("POST", "/registries", create_registry),
    Route("GET", "/registries", list_registries),
    Route("GET", "/registries/{id}", get_registry),
    Route("PUT", "/registries/{id}", update_registry),
    Route("DELETE", "/registries/{id}", delete_registry),
)
