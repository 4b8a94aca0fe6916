"""/metrics for Prometheus."""

import asyncio
import gzip
from collections.abc import Callable

from aiohttp import hdrs, web
from prometheus_client.exposition import choose_encoder

from harbor_operator.engine.listening import Listener
from harbor_operator.engine.telemetry.gauges import Moment

_COMPRESSION = 1
"""The fastest: text that repeats itself shrinks to a twentieth with any."""


class Exposition(Listener):
    """Shows the metrics. One scrape at a time is put into text, beside the event loop."""

    def __init__(self, now: Callable[[], Moment]) -> None:
        """Prepare to serve.

        Args:
            now: What is true when it is called.
        """
        super().__init__({"/metrics": self._metrics})
        self._now = now
        self._turn = asyncio.Lock()

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
        packed = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")

        def render(moment: Moment) -> bytes:
            text = encode(moment)
            return gzip.compress(text, _COMPRESSION) if packed else text

        async with self._turn:
            body = await asyncio.to_thread(render, self._now())
        headers = {hdrs.CONTENT_TYPE: content_type}
        if packed:
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=body, headers=headers)
