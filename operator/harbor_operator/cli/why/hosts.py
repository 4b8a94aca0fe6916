"""What the connections of the cluster allow for the host of an image."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from harbor_operator.api.connection import CONNECTIONS, ConnectionSpec
from harbor_operator.cli.failures import CommandError
from harbor_operator.cli.harbor_access import bundle_of, is_loopback
from harbor_operator.cli.kinds import CONNECTION
from harbor_operator.cli.objects import status_of
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import KubeError
from harbor_operator.kube.resources import JsonObject
from harbor_operator.kube.selection import Selection

_PLAIN: Final = "http"


@dataclass(frozen=True, slots=True)
class HostRules:
    """How a host may be spoken to.

    Attributes:
        plain_http: Whether without TLS, if it has none.
        ca_bundle: PEM text of the only authorities to trust, None for the system's.
    """

    plain_http: bool = False
    ca_bundle: str | None = None


async def rules_of(
    client: KubeClient, hosts: Iterable[str], bundle: str | None
) -> dict[str, HostRules]:
    """The rules of hosts, by host.

    Args:
        client: Whose ClusterHarborConnections are read, if the user may.
        hosts: Host and port of images.
        bundle: Certificates that the user gave, which decide.
    """
    wanted = {*hosts}
    rules = {host: HostRules(is_loopback(host), bundle) for host in wanted}
    for spec, body in await _connections(client):
        for host in wanted.intersection(_hosts_of(spec, body)):
            plain = rules[host].plain_http or urlsplit(spec.url).scheme == _PLAIN
            rules[host] = HostRules(plain, bundle or await _bundle(client, spec))
    return rules


async def _connections(client: KubeClient) -> list[tuple[ConnectionSpec, JsonObject]]:
    found: list[tuple[ConnectionSpec, JsonObject]] = []
    with suppress(KubeError):
        listed = await client.collect(Selection(CONNECTION.resource, None), lambda item: item)
        for body in listed.items:
            with suppress(ValidationError):
                found.append((CONNECTIONS.parse(body).spec, body))
    return found


def _hosts_of(spec: ConnectionSpec, body: JsonObject) -> Iterator[str]:
    stated = spec.registry_hosts or status_of(body).get("registryHosts")
    yield from (str(host) for host in stated or (urlsplit(spec.url).netloc,))


async def _bundle(client: KubeClient, spec: ConnectionSpec) -> str | None:
    """The connection's authorities; the system's serve where they may not be read."""
    with suppress(CommandError, KubeError):
        return await bundle_of(client, spec)
    return None
