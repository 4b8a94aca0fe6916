"""Reads what the cluster tells of the operator and of what stands in its way."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import aiohttp

from harbor_operator.api.crds import KINDS as DEFINED
from harbor_operator.api.crds import definition
from harbor_operator.cli.doctor.admission import (
    INJECTING,
    NAMING,
    Policy,
    blocking_webhooks,
    check_injection,
    check_naming,
    check_quotas,
    check_webhooks,
    quota_of,
)
from harbor_operator.cli.doctor.checks import Check, unknown
from harbor_operator.cli.doctor.installed import (
    check_installations,
    check_kind,
    check_leases,
    check_server,
    lease_of,
)
from harbor_operator.cli.doctor.own_rights import check_commands, needs
from harbor_operator.cli.doctor.rbac import check_rights
from harbor_operator.cli.doctor.reviews import granted, own
from harbor_operator.cli.installation import find_installations
from harbor_operator.cli.kinds import GROUP, PULL_SECRET
from harbor_operator.cli.removal.reading import POLICIES
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.resources import LEASES, JsonObject, Resource
from harbor_operator.kube.selection import Selection
from harbor_operator.kube.session import open_session

T = TypeVar("T")

DEFINITIONS: Final = Resource(
    "apiextensions.k8s.io",
    "v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    namespaced=False,
)
QUOTAS: Final = Resource("", "v1", "resourcequotas", "ResourceQuota")
WEBHOOKS: Final = tuple(
    Resource("admissionregistration.k8s.io", "v1", plural, kind, namespaced=False)
    for plural, kind in (
        ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
        ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
    )
)
_ADMINISTRATOR: Final = "ask an administrator of the cluster to look"
_SECONDS: Final = 10


async def check_cluster(
    client: KubeClient, namespace: str, plugin: str, now: datetime
) -> AsyncIterator[Check]:
    """Look at the API server, the kinds, the operator, its rights, and what stands in its way.

    Args:
        client: The way to the cluster.
        namespace: Where the user's own rights are asked about.
        plugin: The plugin's version.
        now: The time.

    Raises:
        KubeError: A call failed.
    """
    server = await client.server_version()
    version = (server.major, server.minor)
    yield check_server(version, server.git_version)
    for kind in DEFINED:
        yield await _kind(client, f"{kind.plural}.{GROUP}", definition(kind))
    installations = await _allowed("operator", "deployments", find_installations(client))
    if isinstance(installations, Check):
        yield installations
        installations = []
    else:
        for check in check_installations(installations, plugin):
            yield check
    leases = await _allowed("leader", "leases", _collected(client, LEASES, lease_of))
    if isinstance(leases, Check):
        yield leases
    else:
        for check in check_leases(installations, leases, now):
            yield check
    for one in installations:
        yield check_rights(one, await granted(client, one))
    async for check in _obstacles(client, version):
        yield check
    rights = [right for of_command in needs(namespace).values() for right in of_command]
    for check in check_commands(namespace, await own(client, rights)):
        yield check


async def clock_of(access: ClusterAccess, now: Callable[[], datetime]) -> timedelta | None:
    """How far the API server's clock is ahead of this machine's; None where it tells no time."""
    opened = open_session(access)
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with opened.session as session:
        try:
            async with session.get(f"{opened.server}/version", timeout=timeout) as answer:
                stated = answer.headers.get("Date", "")
        except (aiohttp.ClientError, TimeoutError):
            return None
    try:
        return parsedate_to_datetime(stated) - now()
    except (ValueError, TypeError):
        return None


async def _kind(client: KubeClient, name: str, wanted: JsonObject) -> Check:
    try:
        stored = await client.get(DEFINITIONS, name)
    except NotFound:
        return check_kind(name, wanted, None)
    except Forbidden:
        return unknown(f"kind {name}", "you may not read its definition", _ADMINISTRATOR)
    return check_kind(name, wanted, stored)


async def _obstacles(client: KubeClient, version: tuple[int, int]) -> AsyncIterator[Check]:
    users = await _allowed(
        f"admission policy {INJECTING}",
        PULL_SECRET.resource.plural,
        _collected(client, PULL_SECRET.resource, _injects),
    )
    if isinstance(users, Check):
        yield users
    else:
        policy = await _policy(client, INJECTING)
        if isinstance(policy, Check):
            yield policy
        else:
            yield check_injection(policy, sum(users), version)
    naming = await _policy(client, NAMING)
    yield naming if isinstance(naming, Check) else check_naming(naming)
    blocking: list[str] = []
    refused: Check | None = None
    for resource in WEBHOOKS:
        found = await _allowed(
            "admission webhooks", resource.plural, _collected(client, resource, _blocking)
        )
        if isinstance(found, Check):
            refused = found
        else:
            blocking += [hook for of_one in found for hook in of_one]
    yield check_webhooks(blocking) if blocking or refused is None else refused
    quotas = await _allowed(
        "quotas on Secrets", QUOTAS.plural, _collected(client, QUOTAS, quota_of)
    )
    if isinstance(quotas, Check):
        yield quotas
    else:
        yield check_quotas(quota for quota in quotas if quota is not None)


async def _policy(client: KubeClient, name: str) -> Policy | Check:
    """Whether a policy and its binding are there; a kind that the cluster lacks holds none."""
    there = {}
    for resource, of_policy in POLICIES:
        if of_policy != name:
            continue
        try:
            await client.get(resource, name)
        except NotFound:
            there[resource.kind.endswith("Binding")] = False
        except Forbidden:
            return unknown(f"admission policy {name}", "you may not read it", _ADMINISTRATOR)
        else:
            there[resource.kind.endswith("Binding")] = True
    return Policy(name, there=there.get(False, False), bound=there.get(True, False))


def _injects(body: JsonObject) -> bool:
    return (body.get("spec") or {}).get("admissionInjection") is True


def _blocking(body: JsonObject) -> tuple[str, ...]:
    return tuple(blocking_webhooks(body))


async def _collected(
    client: KubeClient, resource: Resource, read: Callable[[JsonObject], T]
) -> Sequence[T]:
    try:
        return (await client.collect(Selection(resource), read)).items
    except NotFound:
        return ()


async def _allowed(name: str, plural: str, asked: Awaitable[Sequence[T]]) -> Sequence[T] | Check:
    try:
        return await asked
    except Forbidden:
        return unknown(name, f"you may not list {plural}", _ADMINISTRATOR)
