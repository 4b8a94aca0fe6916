"""One attempt of one request over the network: the only module that knows the HTTP libraries."""

import asyncio
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from .connection import Limits
from .errors import (
    Exchange,
    HarborError,
    OutcomeUnknown,
    ProtocolError,
    ResponseTooLarge,
    TimedOut,
    TLSVerificationFailed,
    Unreachable,
)
from .gate import BeforeWrite, gate
from .grants import Grant
from .observing import Observe, unobserved
from .request import LOGIN_PATH, Answer, Request

_CONNECT_SECONDS = 10  # three SYNs (1 s, 2 s, 4 s apart) and a slow TLS handshake
_KEEP_ALIVE_SECONDS = 30  # below the 60 s and more after which servers close idle connections

_Meaning = tuple[type[BaseException], type[HarborError], str]
_NOT_SENT: tuple[_Meaning, ...] = (
    (
        aiohttp.ClientConnectorCertificateError,
        TLSVerificationFailed,
        "the server's certificate is not trusted",
    ),
    (aiohttp.ClientConnectorSSLError, Unreachable, "the TLS handshake failed"),
    (aiohttp.ClientConnectorDNSError, Unreachable, "the host name does not resolve"),
    (aiohttp.ClientConnectorError, Unreachable, "no connection"),
    (aiohttp.ConnectionTimeoutError, TimedOut, "no connection in time"),
)
_READ_LOST: tuple[_Meaning, ...] = (
    (TimeoutError, TimedOut, "no answer in time"),
    (aiohttp.ClientResponseError, ProtocolError, "the answer is not HTTP"),
    (BaseException, Unreachable, "the connection broke off"),
)
_WRITE_LOST: tuple[_Meaning, ...] = (
    (BaseException, OutcomeUnknown, "sent, but the answer did not arrive"),
)


class Wire:
    """A connection pool to one Harbor, without cookies, redirects, proxies or memory.

    aiohttp sends a GET, PUT or DELETE again by itself when a kept-alive connection turns out to
    be closed before any answer; those methods are idempotent, and writes here name an id.
    """

    def __init__(
        self,
        url: str,
        limits: Limits,
        *,
        ca_bundle: str | None,
        user_agent: str,
        before_write: BeforeWrite | None = None,
        observe: Observe = unobserved,
    ) -> None:
        self._before_write = before_write
        self._observe = observe
        self._url = _base_url(url)
        self._limits = limits
        transport = AiohttpTransport(
            verify=_tls_context(ca_bundle), client=self._open_session, trust_env=False
        )
        self._tls = transport.ssl_context
        self._http = httpx.AsyncClient(
            transport=transport,
            headers={"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity"},
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(
                limits.timeout_seconds, connect=min(_CONNECT_SECONDS, limits.timeout_seconds)
            ),
            trust_env=False,
            follow_redirects=False,
        )

    async def send(self, request: Request, grant: Grant) -> Answer:
        """Send a request once, whatever it is, and read the whole answer, whatever it says.

        Raises:
            TLSVerificationFailed, Unreachable, TimedOut: Nothing was changed by it.
            OutcomeUnknown: A write may have been carried out.
            ProtocolError, ResponseTooLarge: The answer is not one of Harbor's.
        """
        with self._observe(request) as answered:
            answer = await self._send(request, grant)
            answered(answer.exchange)
            return answer

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _send(self, request: Request, grant: Grant) -> Answer:
        if self._http.is_closed:
            raise Unreachable("the client is closed", request.exchange)
        try:
            async with asyncio.timeout(self._limits.timeout_seconds):
                return await self._exchange(request, grant)
        except (httpx.HTTPError, httpx.StreamError, aiohttp.ClientError, OSError) as error:
            failure = _failure(request, error)
        # Raised out here, since an exception keeps the one in whose handling it was raised, and
        # that one keeps the request with its headers.
        raise failure

    async def _exchange(self, request: Request, grant: Grant) -> Answer:
        outgoing = self._http.build_request(
            request.method,
            self._url + request.target,
            content=request.content or None,
            headers={**request.headers, **grant.headers(request)},
        )
        response = await self._http.send(outgoing, stream=True)
        exchange = Exchange(
            request.method,
            request.route,
            response.status_code,
            response.headers.get("x-request-id"),
        )
        try:
            body = await self._read(response, exchange)
        finally:
            await response.aclose()
        cookies = tuple(response.headers.get_list("set-cookie"))
        return Answer(exchange, response.status_code, response.headers, cookies, body)

    async def _read(self, response: httpx.Response, exchange: Exchange) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._limits.max_response_bytes:
                raise ResponseTooLarge("the body passes the limit", exchange)
        return bytes(body)

    def _open_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls,
                limit=self._limits.max_concurrent,
                keepalive_timeout=_KEEP_ALIVE_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            trace_configs=self._tracing(),
        )

    def _tracing(self) -> list[aiohttp.TraceConfig]:
        if self._before_write is None:
            return []
        return [gate(self._before_write, login_path=urlsplit(self._url).path + LOGIN_PATH)]


def _failure(request: Request, error: Exception) -> HarborError:
    """What a failed attempt means; aiohttp's exceptions tell whether anything was sent."""
    hidden = error.__cause__ if isinstance(error, httpx.HTTPError) else None
    cause = hidden or error
    after_sending = _READ_LOST if request.is_read else _WRITE_LOST
    return next(
        meaning(summary, request.exchange)
        for kind, meaning, summary in _NOT_SENT + after_sending
        if isinstance(cause, kind)
    )


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the URL is not http(s)://host[:port]")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the URL holds more than scheme, host, port and path")
    return url.rstrip("/")


def _tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    if ca_bundle is not None and not ca_bundle.strip():
        # Python would fall back to the system's authorities here, which nobody asked for.
        raise ValueError("the CA bundle holds no PEM certificate")
    try:
        context = ssl.create_default_context(cadata=ca_bundle)
    except (ssl.SSLError, TypeError):
        raise ValueError("the CA bundle holds no PEM certificate") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
