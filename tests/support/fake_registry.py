"""A tiny container registry without authentication, to stand behind the Harbor simulator."""

import hashlib
from typing import Self
from uuid import UUID

from aiohttp import web

_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}


class FakeRegistry:
    """Keeps blobs and manifests in memory; it does not check digests of blobs."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, tuple[str, bytes]] = {}
        self.url = ""
        self._uploads = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.add_routes(
            [
                web.get("/v2/", self._base),
                web.post("/v2/{name:.+}/blobs/uploads/", self._start_upload),
                web.patch("/v2/{name:.+}/blobs/uploads/{id}", self._append),
                web.put("/v2/{name:.+}/blobs/uploads/{id}", self._finish_upload),
                web.get("/v2/{name:.+}/blobs/{digest}", self._blob),
                web.put("/v2/{name:.+}/manifests/{reference}", self._put_manifest),
                web.get("/v2/{name:.+}/manifests/{reference}", self._manifest),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _base(self, _: web.Request) -> web.Response:
        return web.json_response({}, headers=_VERSION)

    async def _start_upload(self, request: web.Request) -> web.Response:
        if (mounted := request.query.get("mount")) in self.blobs:
            location = f"{self.url}/v2/{request.match_info['name']}/blobs/{mounted}"
            return web.Response(status=201, headers={**_VERSION, "Location": location})
        self._uploads += 1
        return self._continue_at(request, str(UUID(int=self._uploads)))

    async def _append(self, request: web.Request) -> web.Response:
        upload = request.match_info["id"]
        self.blobs[upload] = self.blobs.get(upload, b"") + await request.read()
        return self._continue_at(request, upload)

    def _continue_at(self, request: web.Request, upload: str) -> web.Response:
        location = f"{self.url}/v2/{request.match_info['name']}/blobs/uploads/{upload}?_state=s"
        return web.Response(status=202, headers={**_VERSION, "Location": location})

    async def _finish_upload(self, request: web.Request) -> web.Response:
        content = self.blobs.pop(request.match_info["id"], b"") + await request.read()
        digest = request.query["digest"]
        self.blobs[digest] = content
        location = f"{self.url}/v2/{request.match_info['name']}/blobs/{digest}"
        return web.Response(status=201, headers={**_VERSION, "Location": location})

    async def _blob(self, request: web.Request) -> web.Response:
        content = self.blobs.get(request.match_info["digest"])
        if content is None:
            return web.Response(status=404, headers=_VERSION)
        return web.Response(body=content, headers=_VERSION)

    async def _put_manifest(self, request: web.Request) -> web.Response:
        content = await request.read()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        stored = (request.headers["Content-Type"], content)
        self.manifests[digest] = self.manifests[request.match_info["reference"]] = stored
        location = f"{self.url}/v2/{request.match_info['name']}/manifests/{digest}"
        headers = {**_VERSION, "Location": location, "Docker-Content-Digest": digest}
        return web.Response(status=201, headers=headers)

    async def _manifest(self, request: web.Request) -> web.Response:
        reference = request.match_info["reference"]
        if reference not in self.manifests:
            return web.Response(status=404, headers=_VERSION)
        content_type, content = self.manifests[reference]
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        headers = {**_VERSION, "Content-Type": content_type, "Docker-Content-Digest": digest}
        return web.Response(body=content, headers=headers)
