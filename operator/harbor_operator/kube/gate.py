"""The last moment at which a write can still be stopped: before its first byte is sent."""

from collections.abc import Callable
from types import SimpleNamespace

import aiohttp

BeforeWrite = Callable[[], None]
"""Called before each attempt of each write; what it raises goes to the caller, and nothing is sent.

In the rare case that it raises only at its second call for one request, between the headers and
the body, nothing is sent either, but the caller sees a failed connection.
"""

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def gate(before_write: BeforeWrite) -> aiohttp.TraceConfig:
    """Have a session ask before it sends what may change something.

    The session asks when it has a connection, however long it waited for one, and once more when
    it hands the buffered headers and the body to the connection together.
    """

    async def ask(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        request: aiohttp.TraceRequestHeadersSentParams | aiohttp.TraceRequestChunkSentParams,
    ) -> None:
        if request.method in _WRITES:
            before_write()

    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(ask)
    tracing.on_request_chunk_sent.append(ask)
    return tracing
