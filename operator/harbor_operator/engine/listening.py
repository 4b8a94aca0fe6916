"""Small HTTP servers for those who watch the operator from outside."""

from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler


class Listener:
    """Serves paths on an address, once told where."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        """Prepare to serve.

        Args:
            handlers: What answers a GET, by path.
        """
        self._handlers = handlers
        self._runner: web.AppRunner | None = None

    async def start(self, address: str, port: int) -> None:
        """Serve on an address and port."""
        app = web.Application()
        for path, handler in self._handlers.items():
            app.router.add_get(path, handler)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, address, port).start()

    async def stop(self) -> None:
        """Serve no longer."""
        if self._runner is not None:
            await self._runner.cleanup()
