"""Looks at an address as a client without a login would: name, way, certificate, answer."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from harbor_operator.cli.doctor.addresses import Look, Route

PATIENCE: Final = 10.0
"""Seconds for one look, the name's resolution included."""

_PORTS: Final = {"http": 80, "https": 443}
_OF_A_REGISTRY: Final = frozenset({"200", "401"})
_NAMES: Final = ("organizationName", "commonName")


async def look_at(url: str, bundle: str | None) -> Look:
    """Ask for `/v2/`, which each registry has; proxies of the environment are not used.

    Args:
        url: `http(s)://host[:port]`.
        bundle: PEM text of the only authorities to trust; None for the system's.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            return await _look(url, bundle)
    except (OSError, ValueError) as error:
        return _failure(error)


def _failure(error: OSError | ValueError) -> Look:
    match error:
        case TimeoutError():
            return Look(Route.CLOSED, f"no answer in {PATIENCE:.0f} seconds")
        case socket.gaierror():
            return Look(Route.UNRESOLVED, "the host name does not resolve")
        case ssl.SSLCertVerificationError():
            return Look(Route.UNTRUSTED, error.verify_message)
        case ssl.SSLError():
            return Look(Route.CLOSED, "the TLS handshake failed")
        case OSError():
            return Look(Route.CLOSED, error.strerror or "no connection")
        case ValueError():
            return Look(Route.CLOSED, str(error))


async def _look(url: str, bundle: str | None) -> Look:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    trust = ssl.create_default_context(cadata=bundle) if parts.scheme == "https" else None
    reader, writer = await asyncio.open_connection(
        host, port, ssl=trust, server_hostname=host if trust else None
    )
    try:
        request = f"GET /v2/ HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode("ascii"))
        await writer.drain()
        status = (await reader.readline()).decode("ascii", "replace").split(" ")[1:2]
        certificate: Mapping[str, Any] = writer.get_extra_info("peercert") or {}
    finally:
        writer.close()
    answered = status[0].strip() if status else "nothing"
    if answered not in _OF_A_REGISTRY:
        return Look(Route.STRANGE, f"answers {answered} to /v2/, as no registry does")
    return Look(Route.OPEN, "answers", _issuer(certificate), _end(certificate))


def _end(certificate: Mapping[str, Any]) -> datetime | None:
    stated = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(stated), UTC) if stated else None


def _issuer(certificate: Mapping[str, Any]) -> str:
    stated = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    return " ".join(dict.fromkeys(str(stated[name]) for name in _NAMES if name in stated))
