"""The registry endpoint: Harbor's own answers about what exists, the rest from a real registry.

Bodies are streamed in both directions. Manifests are read, because what is pushed becomes a
repository and an artifact in Harbor's database.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, web
from multidict import CIMultiDict
from yarl import URL

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call
from testbed.harbor.errors import JSON_WITH_CHARSET, not_found
from testbed.harbor.immutable_rules import require_pushable
from testbed.harbor.lookup import existing_artifact
from testbed.harbor.pushes import PushedManifest, record_pull, record_push, remove_artifact
from testbed.harbor.registry_access import (
    API_VERSION_HEADER,
    Target,
    TargetKind,
    refusal,
    target_of,
)

_CHUNK_BYTES = 1 << 16
_HOP_BY_HOP = frozenset(
    {
        "authorization",
        "connection",
        "cookie",
        "host",
        "keep-alive",
        "server",
        "date",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that belong to one connection or to Harbor itself and are not passed on."""
_CREATED = 201


@dataclass(slots=True)
class RegistryProxy:
    """Answers everything below `/v2/`."""

    _session: ClientSession | None = field(default=None)

    async def start(self) -> None:
        """Opens the connections to the registry behind."""
        self._session = ClientSession(auto_decompress=False, timeout=ClientTimeout(total=None))

    async def stop(self) -> None:
        """Closes them."""
        if self._session is not None:
            await self._session.close()

    async def serve(self, call: Call) -> web.StreamResponse:
        """The answer to one registry request.

        Raises:
            HarborError: 404 for a repository, artifact or path that does not exist.
        """
        target = target_of(call.request.path)
        refused = refusal(call, target)
        if refused is not None:
            return refused
        own = _own_answer(call, target)
        if own is not None:
            return own
        match target.kind, call.request.method:
            case TargetKind.MANIFEST, "GET" | "HEAD":
                return await self._pull(call, target)
            case TargetKind.MANIFEST, "PUT":
                return await self._push(call, target)
            case _:
                return await self._forward(call, call.request.rel_url)

    async def _pull(self, call: Call, target: Target) -> web.StreamResponse:
        repository, artifact = _existing(call, target)
        if call.request.method == "GET":
            record_pull(call, repository, artifact, target.reference)
        elif call.core.upstream is None:
            return _head(artifact)
        return await self._forward(
            call, URL(f"/v2/{target.repository}/manifests/{artifact.digest}")
        )

    async def _push(self, call: Call, target: Target) -> web.StreamResponse:
        raw = await call.request.read()
        repository = call.state.repository_named(target.repository)
        if repository is not None:
            require_pushable(call.state, repository, target.reference)
        response = await self._forward(call, call.request.rel_url, body=raw)
        if response.status == _CREATED:
            manifest = await self._describe(call, target, raw)
            project = call.existing_project(target.project_name)
            record_push(
                call, project, target.repository, reference=target.reference, manifest=manifest
            )
        return response

    async def _describe(self, call: Call, target: Target, raw: bytes) -> PushedManifest:
        document = json.loads(raw)
        config = document.get("config", {})
        digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
        parts = [config, *document.get("layers", [])]
        return PushedManifest(
            digest=digest,
            media_type=document.get("mediaType", call.request.headers.get("Content-Type", "")),
            config_media_type=config.get("mediaType", ""),
            blobs={part["digest"]: part["size"] for part in parts if part} | {digest: len(raw)},
            extra_attrs=await self._image_attributes(call, target, config),
        )

    async def _image_attributes(
        self, call: Call, target: Target, config: Mapping[str, object]
    ) -> dict[str, object]:
        if "image" not in str(config.get("mediaType", "")) or self._session is None:
            return {}
        url = f"{call.core.upstream}/v2/{target.repository}/blobs/{config['digest']}"
        async with self._session.get(url) as response:
            document = json.loads(await response.read()) if response.ok else {}
        return {
            "architecture": document.get("architecture", ""),
            "author": document.get("author", ""),
            "config": document.get("config", {}),
            "created": document.get("created"),
            "os": document.get("os", ""),
        }

    async def _forward(
        self, call: Call, path: URL, body: bytes | None = None
    ) -> web.StreamResponse:
        request = call.request
        if call.core.upstream is None or self._session is None:
            return web.Response(status=502)
        url = URL(call.core.upstream).join(path)
        data = body if body is not None else _streamed(request)
        try:
            async with self._session.request(
                request.method,
                url,
                headers=_passed_on(request.headers),
                data=data,
                allow_redirects=False,
            ) as upstream:
                if body is not None:
                    return await _buffered(upstream)
                return await _relay(request, upstream)
        except ClientError:
            return web.Response(status=502)


def _streamed(request: web.Request) -> AsyncIterator[bytes] | None:
    return request.content.iter_chunked(_CHUNK_BYTES) if request.body_exists else None


async def _buffered(upstream: ClientResponse) -> web.Response:
    # A push is only answered after it was recorded, so its answer must not have left before.
    headers = _passed_back(upstream)
    headers.popall("Content-Length", None)
    return web.Response(status=upstream.status, body=await upstream.read(), headers=headers)


async def _relay(request: web.Request, upstream: ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=upstream.status, headers=_passed_back(upstream))
    await response.prepare(request)
    async for chunk in upstream.content.iter_chunked(_CHUNK_BYTES):
        await response.write(chunk)
    await response.write_eof()
    return response


def _passed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    return CIMultiDict((k, v) for k, v in headers.items() if k.lower() not in _HOP_BY_HOP)


def _passed_back(upstream: ClientResponse) -> CIMultiDict[str]:
    headers = _passed_on(upstream.headers)
    if "Location" in headers:
        # Clients must come back through Harbor, so only the path of the location is kept.
        location = urlsplit(headers["Location"])
        query = f"?{location.query}" if location.query else ""
        headers["Location"] = f"{location.path}{query}"
    return headers


def _existing(call: Call, target: Target) -> tuple[Repository, Artifact]:
    repository = call.state.repository_named(target.repository)
    if repository is None:
        raise not_found(f"repository {target.repository} not found")
    return repository, existing_artifact(repository, target.reference)


def _own_answer(call: Call, target: Target) -> web.Response | None:
    """The answers for which Harbor's database suffices."""
    match target.kind, call.request.method:
        case TargetKind.BASE, _ if call.core.upstream is None:
            return _json({})
        case TargetKind.CATALOG, _:
            names = sorted(repository.name for repository in call.state.repositories.values())
            return _json({"repositories": names})
        case TargetKind.TAGS, _:
            return _tags(call, target)
        case TargetKind.MANIFEST, "DELETE":
            remove_artifact(call, *_existing(call, target))
            return web.Response(status=202, headers=API_VERSION_HEADER)
        case _:
            return None


def _head(artifact: Artifact) -> web.Response:
    """What is known of a manifest without the registry that keeps it."""
    headers = {
        "Content-Type": artifact.manifest_media_type,
        "Docker-Content-Digest": artifact.digest,
        **API_VERSION_HEADER,
    }
    return web.Response(headers=headers)


def _tags(call: Call, target: Target) -> web.Response:
    repository = call.state.repository_named(target.repository)
    if repository is None:
        raise not_found(f"repository {target.repository} not found")
    tags = sorted(tag for artifact in repository.artifacts.values() for tag in artifact.tags)
    return _json({"name": target.repository, "tags": tags})


def _json(payload: object) -> web.Response:
    headers = {"Content-Type": JSON_WITH_CHARSET, **API_VERSION_HEADER}
    return web.Response(body=json.dumps(payload).encode(), headers=headers)
