"""A crossing carries bytes until it is told otherwise."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest_asyncio

from testbed.tools.ports import LOOPBACK
from testbed.tools.waiting import until
from tests.support.crossing import Crossing, open_crossing

PATIENCE = 5.0
"""Seconds for what happens at once."""


async def echo(reader: StreamReader, writer: StreamWriter) -> None:
    """A server that says what it is told, line by line."""
    with suppress(ConnectionError):
        while line := await reader.readline():
            writer.write(line)
    writer.close()


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    server = await asyncio.start_server(echo, LOOPBACK, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest_asyncio.fixture
async def crossing(port: int) -> AsyncIterator[Crossing]:
    async with open_crossing(f"http://{LOOPBACK}:{port}") as opened:
        yield opened


@asynccontextmanager
async def calling(port: int) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """A connection over which one line has gone there and back."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        assert await echoed(reader, writer) == b"hello\n"
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def echoed(reader: StreamReader, writer: StreamWriter) -> bytes:
    writer.write(b"hello\n")
    return await asyncio.wait_for(reader.readline(), PATIENCE)


async def test_a_cut_ends_the_connections_that_are_there(crossing: Crossing) -> None:
    async with calling(crossing.port) as (reader, _):
        crossing.cut()

        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""


async def test_after_a_cut_new_connections_are_carried(crossing: Crossing) -> None:
    async with calling(crossing.port):
        crossing.cut()

        async with calling(crossing.port):
            pass


async def test_what_is_held_back_passes_after_the_release(crossing: Crossing, port: int) -> None:
    async with calling(crossing.port) as (reader, writer):
        crossing.hold()
        late = asyncio.create_task(echoed(reader, writer))
        async with calling(port):
            assert not late.done()

        crossing.release()

        assert await late == b"hello\n"


async def test_the_end_of_a_client_ends_the_way_to_the_server(crossing: Crossing) -> None:
    async with calling(crossing.port):
        assert crossing.connections == 1

    async def is_over() -> bool:
        return crossing.connections == 0

    await until(is_over, within=PATIENCE)
