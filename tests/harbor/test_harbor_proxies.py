"""What the environment says of proxies leads no login elsewhere."""

import pytest
from aiohttp import web
from pydantic import SecretStr

from harbor_operator.harbor import Credentials, HarborClient
from tests.support.scripted_server import ScriptedServer

ROBOT = Credentials("robot$tester", SecretStr("Robot-Secret-1"))


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    if request.path == "/api/v2.0/users/current":
        return web.json_response({"errors": [{"code": "PRECONDITION"}]}, status=412)
    return web.json_response({"harbor_version": "v2.16.0"})


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
async def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with ScriptedServer(answer) as proxy, ScriptedServer(answer) as harbor:
        monkeypatch.setenv(name, proxy.url)
        async with HarborClient(harbor.url, ROBOT) as client:
            await client.system.info()

    assert proxy.requests == []
    assert len(harbor.requests) == 2
