"""Whether the addresses of a connection lead to a registry; decisions only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from harbor_operator.cli.doctor.checks import Check, fail, ok, warn
from harbor_operator.cli.harbor_access import is_loopback
from harbor_operator.cli.objects import READY, conditions_of, status_of
from harbor_operator.cli.printing import span
from harbor_operator.kube.resources import JsonObject

SOON: Final = timedelta(days=30)
"""Before a certificate's end: time enough to get another one."""

_TROUBLES: Final = "docs/troubleshooting.md#reasons tells what to do about it"


class Route(Enum):
    """What a look at an address found."""

    OPEN = auto()
    UNRESOLVED = auto()
    CLOSED = auto()
    UNTRUSTED = auto()
    STRANGE = auto()
    """Something else than a registry answers."""


@dataclass(frozen=True, slots=True)
class Look:
    """One address, as this machine reaches it.

    Attributes:
        route: What was found.
        words: The same in words.
        issuer: Who signed the certificate; empty without TLS.
        until: When the certificate ends.
    """

    route: Route
    words: str
    issuer: str = ""
    until: datetime | None = None


def check_condition(name: str, body: JsonObject) -> Check:
    """What the operator says of a connection."""
    title = f"connection {name}"
    ready = conditions_of(body).get(READY)
    if ready is None:
        return fail(title, "the operator has not seen it", "is the operator running?")
    found = f"{ready.reason}: {ready.message}"
    return ok(title, found) if ready.status == "True" else fail(title, found, _TROUBLES)


def check_address(
    name: str, url: str, look: Look, *, ready: bool, now: datetime
) -> Iterator[Check]:
    """Whether Harbor is reached from this machine, and by which certificate.

    Args:
        name: The connection's.
        url: Harbor's address.
        look: What was found there.
        ready: Whether the operator reaches it.
        now: The time.
    """
    title = f"connection {name}: address"
    if look.route is Route.OPEN:
        yield ok(title, f"{url} answers")
        title = f"connection {name}: certificate"
        inside = is_loopback(url)
        certified = check_certificate(title, look, now)
        yield ok(title, "none, and nothing leaves this machine") if inside else certified
    elif look.route is Route.UNTRUSTED:
        yield fail(
            title,
            f"{url}: {look.words}",
            "renew the certificate, or state its authority in caBundle or caBundleRef",
        )
    elif ready:
        yield warn(
            title,
            f"{url}: {look.words}",
            "from this machine only: the operator reaches it; what follows is not known here",
        )
    else:
        yield fail(title, f"{url}: {look.words}", "correct spec.url, or the way to it")


def check_certificate(title: str, look: Look, now: datetime) -> Check:
    """Whether a certificate serves for some time yet."""
    if look.until is None:
        return warn(title, "plain HTTP", "use https: passwords travel in the clear")
    found = f"signed by {look.issuer}, ends in {span(look.until - now)}"
    if look.until - now < SOON:
        return warn(title, found, "renew it")
    return ok(title, found)


def check_host(name: str, host: str, look: Look, now: datetime) -> Check:
    """Whether a host that pull secrets are for answers as a registry."""
    title = f"connection {name}: registry {host}"
    if look.route is Route.OPEN:
        if look.until is not None and look.until - now < SOON:
            return check_certificate(title, look, now)
        return ok(title, "answers /v2/")
    if look.route is Route.UNTRUSTED:
        return warn(title, look.words, "nodes that pull need to trust its authority")
    return warn(
        title, look.words, "from this machine only: try from a node, or correct registryHosts"
    )


def host_scheme(url: str) -> str:
    """How registry hosts of a connection are asked: as Harbor itself."""
    return "http" if url.startswith("http://") else "https"


def registry_hosts(body: JsonObject) -> tuple[str, ...]:
    """The hosts that pull secrets of a connection are for, as its status has them."""
    hosts = status_of(body).get("registryHosts")
    return tuple(str(host) for host in hosts) if isinstance(hosts, list) else ()
