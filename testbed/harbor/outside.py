"""What Harbor calls while it answers: other registries and the adapters of scanners.

Only loopback is ever called. Everything else is taken to answer, unless a test says that it is
unreachable.
"""

import json
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

_TIMEOUT = ClientTimeout(total=5)
"""Loopback answers at once or never, so this is only a safeguard."""


@dataclass(frozen=True, slots=True)
class Reached:
    """An answer from outside; `document` is its JSON, or None."""

    status: int
    document: object = None


@dataclass(frozen=True, slots=True)
class Access:
    """How to call somebody: without checks of certificates, or trusting one authority; as whom.

    `authorization` is the value of that header, empty to call as nobody.
    """

    insecure: bool = False
    ca_certificate: str = ""
    authorization: str = field(default="", repr=False)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = URL(url).host or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def call_outside(url: str, access: Access) -> Reached | None:
    """The answer to a GET on loopback; None when nobody gives one."""
    headers = {"Authorization": access.authorization} if access.authorization else {}
    try:
        async with (
            ClientSession(timeout=_TIMEOUT, headers=headers) as session,
            session.get(url, ssl=_trust(access)) as response,
        ):
            return Reached(response.status, _decoded(await response.read()))
    except (ClientError, TimeoutError, OSError):
        return None


def _trust(access: Access) -> ssl.SSLContext | bool:
    if access.insecure:
        return False
    if access.ca_certificate:
        return ssl.create_default_context(cadata=access.ca_certificate)
    return True


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
