"""Sending JSON to the API server through the official client, and naming what went wrong.

The official client's pool, TLS and credentials carry the requests. Its generated models are not
used: they would triple the cost of a call.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client import ApiClient

from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.kube.errors import (
    ConnectionFailed,
    InvalidConfiguration,
    Operation,
    TooManyRequests,
    Transient,
    Unauthorized,
    Unavailable,
    error_from_response,
)
from harbor_operator.kube.gate import BeforeWrite
from harbor_operator.kube.observing import OnCall, tracing
from harbor_operator.kube.resources import JsonObject

_CONNECT_SECONDS = 5.0
"""For one TCP connect: a server in reach answers within a second, even with one lost packet."""

_REQUEST_SECONDS = 65.0
"""For one request, the wait for a free connection included. The API server gives up after its
own 60 s; a little longer lets its answer arrive instead of a guess."""

_ATTEMPTS = 2
"""One retry bridges a restarting load balancer; longer troubles belong to the caller's queue."""

_RETRY_PAUSE = 0.2
"""Seconds before a read is repeated when the server named no time: a fraction of what a person
notices, and enough for a proxy to pick another server."""

_LONGEST_PAUSE = 5.0
"""Seconds that a Retry-After may keep a caller inside one call. A longer one is the caller's to
plan, so that it does not hold a slot meanwhile."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API server.

    Attributes:
        method: HTTP method.
        path: Path under the server's URL, already encoded.
        operation: What it is for, as errors shall name it.
        query: Parameters, encoded when sent.
        body: JSON value to send; never shown.
        content_type: How the server shall read the body.
        accept: Form in which the answer is wanted.
    """

    method: str
    path: str
    operation: Operation
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = field(default=None, repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, so that it can be repeated at any time."""
        return self.method == "GET"


class Transport:
    """Sends calls over one bounded pool of connections."""

    def __init__(
        self,
        access: ClusterAccess,
        *,
        user_agent: str,
        before_write: BeforeWrite | None = None,
        on_call: OnCall | None = None,
    ) -> None:
        """Prepare to send; connections open with the first call."""
        self._access = access
        self._user_agent = user_agent
        self._api = ApiClient(_configuration(access, before_write, on_call))

    async def close(self) -> None:
        """Close all connections."""
        await self._api.close()

    async def request(self, call: Call) -> JsonObject:
        """Send a call and decode its answer.

        A call that the server turned away is repeated once, after the time it asked for; a read
        also when its connection failed.

        Raises:
            KubeError: The server refused, or did not answer.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._attempt(call)
            except Transient as error:
                pause = _pause_before_retry(call, error)
                if pause is None:
                    raise
            await asyncio.sleep(pause)
        return await self._attempt(call)

    @asynccontextmanager
    async def stream(self, call: Call, *, seconds: float) -> AsyncIterator[aiohttp.StreamReader]:
        """Send a call and hand out its answer while it arrives.

        Args:
            call: What to send.
            seconds: When to break off at the latest.

        Raises:
            KubeError: The server refused, did not answer, or the stream broke.
        """
        with _named_errors(call.operation):
            response = await self._send(call, seconds)
            try:
                await _raise_for_status(call.operation, response)
                yield response.content
            finally:
                _break_off(response)

    async def _attempt(self, call: Call) -> JsonObject:
        with _named_errors(call.operation):
            response = await self._send(call, _REQUEST_SECONDS)
            async with response:
                await _raise_for_status(call.operation, response)
                answer: JsonObject = json.loads(await response.read())
                return answer

    async def _send(self, call: Call, seconds: float) -> aiohttp.ClientResponse:
        headers = {
            "Accept": call.accept,
            "Content-Type": call.content_type,
            "User-Agent": self._user_agent,
        }
        if authorization := await self._access.authorization():
            headers["Authorization"] = authorization
        query = f"?{urlencode(call.query)}" if call.query else ""
        answer = await self._api.call_api(
            call.method,
            f"{self._access.server}{call.path}{query}",
            headers,
            body=call.body,
            _request_timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS),
        )
        response: aiohttp.ClientResponse = answer.response
        return response


def _configuration(
    access: ClusterAccess, before_write: BeforeWrite | None, on_call: OnCall | None
) -> Any:  # noqa: ANN401 - the official class is untyped
    """The settings of one pool; a copy, since others share the access but not the gate."""
    configuration = copy(access.configuration)
    configuration.trace_configs = tracing(before_write, on_call)
    return configuration


def _pause_before_retry(call: Call, error: Transient) -> float | None:
    """Decide in how many seconds a failed call may be repeated; None means not here.

    A write is repeated only if the server turned it away before handling it and said when to
    come back.
    """
    if isinstance(error, TooManyRequests) and error.retry_after is not None:
        return error.retry_after if error.retry_after <= _LONGEST_PAUSE else None
    if call.reads and isinstance(error, (TooManyRequests, ConnectionFailed)):
        return _RETRY_PAUSE
    return None


async def _raise_for_status(operation: Operation, response: aiohttp.ClientResponse) -> None:
    if response.status < HTTPStatus.BAD_REQUEST:
        return
    raise error_from_response(
        operation,
        response.status,
        await response.read(),
        retry_after=response.headers.get("Retry-After"),
    )


def _break_off(response: aiohttp.ClientResponse) -> None:
    """Drop the connection of an answer that has not ended, at once.

    A TLS connection would otherwise wait for the server's goodbye, and outlive its client.
    """
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
    response.close()


@contextmanager
def _named_errors(operation: Operation) -> Iterator[None]:
    """Turn what goes wrong below HTTP, and answers that are no JSON, into this library's errors."""
    try:
        yield
    except TimeoutError as error:
        raise Unavailable(operation, "no answer in time", reason="Timeout") from error
    except aiohttp.ClientError as error:
        raise ConnectionFailed(operation, str(error), reason=type(error).__name__) from error
    except ValueError:
        # Not JSON, or a line beyond all limits. A JSON error would carry the answer in the chain.
        raise Unavailable(operation, "cannot be read", reason="UnreadableAnswer") from None
    except InvalidConfiguration as error:
        raise Unauthorized(operation, str(error), reason="NoCredentials") from error
