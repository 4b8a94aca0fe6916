"""The part of a kubelet that the API server asks for `kubectl logs`."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web

from testbed.control_plane.certificates import CertificateFiles
from testbed.tools.ports import LOOPBACK

FindLog = Callable[[str, str, str, bool], Path | None]
"""The file with a container's output, by namespace, pod, container, and whether the run before
is meant."""


@contextlib.asynccontextmanager
async def serving_logs(find: FindLog, certificates: CertificateFiles) -> AsyncIterator[int]:
    """Serve containers' output during a block; yields the port."""

    async def answer(request: web.Request) -> web.Response:
        place = request.match_info
        previous = request.query.get("previous") == "true"
        path = find(place["namespace"], place["pod"], place["container"], previous)
        if path is None or not path.exists():
            which = "previous terminated container" if previous else "container"
            return web.Response(status=400, text=f"{which} {place['container']} not found")
        return web.Response(body=path.read_bytes(), content_type="text/plain")

    application = web.Application()
    application.router.add_get("/containerLogs/{namespace}/{pod}/{container}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(certificates.serving, certificates.serving_key)
        site = web.TCPSite(runner, LOOPBACK, 0, ssl_context=trust)
        await site.start()
        port: int = runner.addresses[0][1]
        yield port
    finally:
        await runner.cleanup()
