"""A way to a server through which a test decides what passes: it can be cut, or hold all back."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from yarl import URL

from testbed.tools.ports import LOOPBACK

_CHUNK_BYTES = 65_536


class Crossing:
    """Carries bytes between clients and one server; made by `open_crossing`."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """Where clients find the server."""
        return str(self._server.with_port(self.port))

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._tasks)

    def cut(self) -> None:
        """End all connections in the middle of whatever they carry; new ones are carried."""
        for writer in list(self._writers):
            writer.transport.abort()

    def hold(self) -> None:
        """Let nothing pass, and end no connection, until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Let pass what was held back, and everything after it."""
        self._open.set()

    def welcome(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Begin to carry for a client."""
        task = asyncio.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Carry nothing any more."""
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        with self._known(writer), suppress(OSError):
            there, back = await asyncio.open_connection(self._server.host, self._server.port)
            with self._known(back):
                await asyncio.gather(self._pump(reader, back), self._pump(there, writer))

    @contextmanager
    def _known(self, writer: StreamWriter) -> Iterator[None]:
        """Let `cut` end a connection during a block, which ends it in any case."""
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pump(self, source: StreamReader, sink: StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(_CHUNK_BYTES):
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        # What the other side still sends has nobody to go to.
        sink.transport.abort()


@asynccontextmanager
async def open_crossing(server: str) -> AsyncIterator[Crossing]:
    """Carry to the server at a URL during a block."""
    crossing = Crossing(URL(server))
    listening = await asyncio.start_server(crossing.welcome, LOOPBACK, 0)
    crossing.port = listening.sockets[0].getsockname()[1]
    try:
        yield crossing
    finally:
        listening.close()
        await crossing.end()
        await listening.wait_closed()
