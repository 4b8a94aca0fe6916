"""The registry of the world is a real one."""

import aiohttp
import pytest

from testbed.errors import WorldError
from testbed.registry import Registry

BLOB = b"hello"
DIGEST = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


async def test_the_registry_takes_keeps_and_deletes_a_blob() -> None:
    async with Registry() as registry, aiohttp.ClientSession() as session:
        ping = await session.get(f"{registry.url}/v2/")
        upload = await session.post(f"{registry.url}/v2/library/test/blobs/uploads/")
        location = upload.headers["Location"]
        pushed = await session.put(f"{location}&digest={DIGEST}", data=BLOB)
        blob = f"{registry.url}/v2/library/test/blobs/{DIGEST}"
        pulled = await session.get(blob)
        content = await pulled.read()
        deleted = await session.delete(blob)

    assert [ping.status, upload.status, pushed.status, deleted.status] == [200, 202, 201, 202]
    assert content == BLOB


async def test_a_stopped_registry_has_no_address() -> None:
    registry = Registry()
    await registry.start()
    await registry.stop()

    with pytest.raises(WorldError, match="not started"):
        _ = registry.url
