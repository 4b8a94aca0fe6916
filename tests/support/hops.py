"""What may stand before a Harbor and answer in its place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from aiohttp import web

from testbed.tools.ports import LOOPBACK
from tests.support.scripted_server import ScriptedServer


def refusing_proxy(status: HTTPStatus) -> ScriptedServer:
    """A proxy that answers everything with a status and a page, as nginx does."""
    page = f"<html><head><title>{status} {status.phrase}</title></head><body>nginx</body></html>"

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        headers = {"Server": "nginx/1.29.1", "Via": "1.1 edge"}
        return web.Response(status=status, text=page, content_type="text/html", headers=headers)

    return ScriptedServer(answer)


def refusing_harbor(status: HTTPStatus, code: str) -> ScriptedServer:
    """A Harbor that answers everything with a status and its own list of errors."""

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        body = {"errors": [{"code": code, "message": status.phrase}]}
        return web.json_response(body, status=status)

    return ScriptedServer(answer)


@asynccontextmanager
async def silence() -> AsyncIterator[str]:
    """A port that takes connections and never says anything; host and port."""
    connected: set[asyncio.StreamWriter] = set()

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.add(writer)

    server = await asyncio.start_server(listen, LOOPBACK, 0)
    try:
        yield f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in connected:
            writer.close()
