"""Looks at the host of an image from here, without any login."""

import asyncio
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from re import compile as pattern
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from harbor_operator.cli.images import Image
from harbor_operator.cli.why.hosts import HostRules
from harbor_operator.cli.why.spoken import Spoken, Symptom
from harbor_operator.cli.why.trials import Certificate, Probe

_SECONDS: Final = 10.0
_HTTPS: Final = 443
_LONGEST_BODY: Final = 4096
_NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python has no name for."""
_PLAIN: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
_CLOCK: Final = frozenset({9, 10})
_NAME: Final = frozenset({62, 63, 64})
"""OpenSSL's codes: not yet valid and expired; another host name, mail or address."""
_REALM: Final = pattern(r'realm="([^"]*)"')
_OF_HARBOR: Final = 'service="harbor-registry"'


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int


async def look_at(image: Image, rules: HostRules, now: datetime) -> Probe:
    """Find out how the host of an image answers; nothing is sent before its certificate is good.

    Args:
        image: The one that is to be pulled.
        rules: What is allowed there.
        now: Our time.
    """
    place = _place_of(image.host)
    if place is None:
        return Probe()
    trouble, certificate = await _greet(place, rules.ca_bundle)
    if trouble is None:
        return await _asked(image, "https", rules, certificate, now)
    if trouble.symptom is Symptom.PLAIN_HTTP and rules.plain_http:
        return await _asked(image, "http", rules, None, now)
    return Probe(trouble, certificate)


async def _greet(place: _Place, bundle: str | None) -> tuple[Spoken | None, Certificate | None]:
    """Open a connection with TLS: what is wrong with it, and the certificate."""
    try:
        shown = await _handshake(place, _verifying(bundle))
    except ssl.SSLCertVerificationError as error:
        return _distrust(error), await _shown_by(place)
    except ssl.SSLError as error:
        plain = error.reason in _PLAIN
        symptom = Symptom.PLAIN_HTTP if plain else Symptom.CONNECTION_REFUSED
        return Spoken(symptom, f"the TLS handshake failed: {error.reason}"), None
    except (socket.gaierror, UnicodeError):
        return Spoken(Symptom.NO_SUCH_HOST, "no such host"), None
    except TimeoutError:
        return Spoken(Symptom.TIMEOUT, "no connection in time"), None
    except OSError as error:
        return Spoken(Symptom.CONNECTION_REFUSED, str(error.strerror or "no connection")), None
    return None, _read_certificate(shown)


def _distrust(error: ssl.SSLCertVerificationError) -> Spoken:
    words = str(error.verify_message)
    if error.verify_code in _CLOCK:
        return Spoken(Symptom.CERTIFICATE_TIME, words)
    if error.verify_code in _NAME:
        return Spoken(Symptom.CERTIFICATE_NAME, words)
    return Spoken(Symptom.UNKNOWN_AUTHORITY, words)


async def _shown_by(place: _Place) -> Certificate | None:
    """The certificate of a server that is not trusted, to which nothing is sent.

    Python reads a certificate only if it has verified it, so it is verified against itself.
    """
    with suppress(OSError, ValueError):
        blind = ssl.create_default_context()
        blind.check_hostname = False
        blind.verify_mode = ssl.CERT_NONE
        encoded = (await _handshake(place, blind))["DER"]
        itself = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        itself.check_hostname = False
        itself.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        itself.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
        itself.load_verify_locations(cadata=encoded)
        return _read_certificate(await _handshake(place, itself))
    return None


async def _handshake(place: _Place, context: ssl.SSLContext) -> Mapping[str, Any]:
    """The fields of the certificate as Python gives them, and `DER`."""
    async with asyncio.timeout(_SECONDS):
        _, writer = await asyncio.open_connection(
            place.host, place.port, ssl=context, server_hostname=place.host
        )
    channel = writer.get_extra_info("ssl_object")
    shown = {**(channel.getpeercert() or {}), "DER": channel.getpeercert(binary_form=True)}
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return shown


def _verifying(bundle: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=bundle)


def _read_certificate(fields: Mapping[str, Any]) -> Certificate | None:
    if "notAfter" not in fields:
        return None
    return Certificate(
        _distinguished(fields.get("subject", ())),
        _distinguished(fields.get("issuer", ())),
        _moment(fields["notBefore"]),
        _moment(fields["notAfter"]),
        tuple(str(value) for _, value in fields.get("subjectAltName", ())),
    )


def _distinguished(name: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    parts = {key: value for part in name for key, value in part}
    return parts.get("commonName") or ", ".join(parts.values()) or "nobody"


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)


async def _asked(
    image: Image, scheme: str, rules: HostRules, certificate: Certificate | None, now: datetime
) -> Probe:
    url = f"{scheme}://{image.host}"
    manifest = f"{url}/v2/{image.path}/manifests/{image.reference}"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session,
            session.get(manifest, ssl=_verifying(rules.ca_bundle), allow_redirects=False) as answer,
        ):
            body = await answer.content.read(_LONGEST_BODY)
            return Probe(
                None,
                certificate,
                url,
                answer.status,
                tuple(_hops(answer.headers)),
                _is_of_proxy(answer.status, body),
                _is_harbor(image, answer.headers),
                _ahead(answer.headers, now),
            )
    except TimeoutError:
        return Probe(Spoken(Symptom.TIMEOUT, "no answer in time"), certificate)
    except aiohttp.ClientError:
        return Probe(Spoken(Symptom.CONNECTION_REFUSED, "the connection broke off"), certificate)


def _hops(headers: Mapping[str, str]) -> Iterator[str]:
    for name in ("Server", "Via"):
        if headers.get(name):
            yield f"{name}: {headers[name]}"


def _is_of_proxy(status: int, body: bytes) -> bool | None:
    """Whether an error's body is a page, as proxies make them, or Harbor's list of errors."""
    if status < 400:  # noqa: PLR2004 -- where HTTP's errors begin
        return None
    text = body.lstrip()
    if text.startswith(b"<"):
        return True
    with suppress(ValueError, AttributeError):
        return None if json.loads(text).get("errors") is None else False
    return None


def _is_harbor(image: Image, headers: Mapping[str, str]) -> bool:
    challenge = headers.get("WWW-Authenticate", "")
    realm = _REALM.search(challenge)
    return _OF_HARBOR in challenge and realm is not None and urlsplit(realm[1]).netloc == image.host


def _ahead(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(headers.get("Date", "")).astimezone(UTC) - now
    return None


def _place_of(host: str) -> _Place | None:
    try:
        parts = urlsplit(f"//{host}")
        return _Place(parts.hostname, parts.port or _HTTPS) if parts.hostname else None
    except ValueError:
        return None
