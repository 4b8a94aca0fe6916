"""GitLab, GitHub and Jenkins as far as variables and credentials go: small servers with state."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import web
from aiohttp.test_utils import TestServer
from nacl.public import PrivateKey, SealedBox

TOKEN = "token-of-a-maintainer"


@dataclass(slots=True)
class GitLab:
    """One project, `group/app`, and its variables."""

    variables: dict[str, Any] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """What is asked of it."""
        root = "/api/v4/projects/{project}/variables"
        return [web.post(root, self._create), web.put(root + "/{key}", self._update)]

    async def _create(self, request: web.Request) -> web.Response:
        self._require(request)
        body = await request.json()
        self.variables[body["key"]] = body
        return web.json_response(body, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        self._require(request)
        key = request.match_info["key"]
        if key not in self.variables:
            raise web.HTTPNotFound
        self.variables[key] = await request.json()
        return web.json_response(self.variables[key])

    def _require(self, request: web.Request) -> None:
        if request.headers.get("PRIVATE-TOKEN") != TOKEN:
            raise web.HTTPUnauthorized
        if request.match_info["project"] != "group/app":
            raise web.HTTPNotFound


@dataclass(slots=True)
class GitHub:
    """One repository, `owner/app`, its variables, and its secrets as its workflows see them."""

    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    key: PrivateKey = field(default_factory=PrivateKey.generate)

    def routes(self) -> list[web.RouteDef]:
        """What is asked of it."""
        root = "/repos/owner/app/actions"
        return [
            web.get(f"{root}/secrets/public-key", self._key),
            web.put(root + "/secrets/{name}", self._secret),
            web.patch(root + "/variables/{name}", self._change),
            web.post(f"{root}/variables", self._create),
        ]

    async def _key(self, request: web.Request) -> web.Response:
        self._require(request)
        key = base64.b64encode(bytes(self.key.public_key)).decode()
        return web.json_response({"key_id": "1", "key": key})

    async def _secret(self, request: web.Request) -> web.Response:
        self._require(request)
        body = await request.json()
        opened = SealedBox(self.key).decrypt(base64.b64decode(body["encrypted_value"]))
        self.secrets[request.match_info["name"]] = opened.decode()
        return web.Response(status=201 if body["key_id"] == "1" else 422)

    async def _change(self, request: web.Request) -> web.Response:
        self._require(request)
        if request.match_info["name"] not in self.variables:
            raise web.HTTPNotFound
        return await self._keep(request, 204)

    async def _create(self, request: web.Request) -> web.Response:
        self._require(request)
        return await self._keep(request, 201)

    async def _keep(self, request: web.Request, status: int) -> web.Response:
        body = await request.json()
        self.variables[body["name"]] = body["value"]
        return web.Response(status=status)

    def _require(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPForbidden


@dataclass(slots=True)
class Jenkins:
    """Credentials of the system and of a folder `team`, by their path."""

    credentials: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """What is asked of it."""
        return [
            route
            for where, folder in (("system", ""), ("folder", "/job/team"))
            for route in self._routes_of(f"{folder}/credentials/store/{where}/domain/_")
        ]

    def _routes_of(self, root: str) -> list[web.RouteDef]:
        async def create(request: web.Request) -> web.Response:
            self._require(request)
            read = self._read(await request.read())
            self.credentials[f"{root}/{read['id']}"] = read
            return web.Response()

        async def update(request: web.Request) -> web.Response:
            self._require(request)
            path = f"{root}/{request.match_info['name']}"
            if path not in self.credentials:
                raise web.HTTPNotFound
            self.credentials[path] = self._read(await request.read())
            return web.Response()

        return [
            web.post(f"{root}/createCredentials", create),
            web.post(root + "/credential/{name}/config.xml", update),
        ]

    def _read(self, document: bytes) -> dict[str, str | None]:
        root = ET.fromstring(document)  # noqa: S314 -- written by the program under test
        return {child.tag: child.text for child in root}

    def _require(self, request: web.Request) -> None:
        pair = base64.b64encode(f"admin:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {pair}":
            raise web.HTTPUnauthorized


@asynccontextmanager
async def served(system: GitLab | GitHub | Jenkins) -> AsyncIterator[str]:
    """Serve a system on loopback; its address."""
    application = web.Application()
    application.add_routes(system.routes())
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/")
