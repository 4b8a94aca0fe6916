"""/healthz and /readyz for the kubelet."""

from collections.abc import Callable

from aiohttp import web

from harbor_operator.engine.listening import Listener

LONGEST_SILENCE = 300.0
"""Seconds without a sign of life on some watch, after which only a restart helps: its own
watchdog cuts it after 90 s, and an API server that is away for minutes is no reason."""


class Probes(Listener):
    """Liveness is the event loop and the watches, never Harbor; readiness is synced caches."""

    def __init__(self, *, silence: Callable[[], float]) -> None:
        """Prepare to serve.

        Args:
            silence: Seconds since the most silent watch gave a sign of life.
        """
        super().__init__({"/healthz": self._healthz, "/readyz": self._readyz})
        self._silence = silence
        self.ready: Callable[[], bool] = lambda: False
        """Whether the caches are synced and objects are being reconciled."""

    async def _healthz(self, _request: web.Request) -> web.Response:
        silence = self._silence()
        if silence > LONGEST_SILENCE:
            return web.Response(status=503, text=f"a watch has been silent for {silence:.0f} s\n")
        return web.Response(text="ok\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        if self.ready():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="caches are not synced yet\n")
