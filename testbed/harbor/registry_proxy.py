"""The registry endpoint: Harbor's own answers about what exists, the rest from a real registry.

Bodies are streamed in both directions. Manifests are read, because what is pushed becomes a
repository and an artifact in Harbor's database.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, web
from multidict import CIMultiDict
from yarl import URL

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call
from testbed.harbor.errors import JSON_WITH_CHARSET, not_found, unsupported
from testbed.harbor.immutable_rules import require_pushable
from testbed.harbor.lookup import existing_artifact
from testbed.harbor.manifests import Manifest, read_manifest
from testbed.harbor.pull_policies import Pull, require_servable
from testbed.harbor.pushes import ensure_repository, record_pull, record_push, remove_artifact
from testbed.harbor.referrers import referrers
from testbed.harbor.registry_access import (
    API_VERSION_HEADER,
    Target,
    TargetKind,
    refusal,
    target_of,
)
from testbed.harbor.scan_jobs import scan_pushed, scanner_in_use
from testbed.harbor.vulnerability_policy import PREVENT

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


async def serve_registry(call: Call) -> web.StreamResponse:
    """The answer to a request below `/v2/`.

    Raises:
        HarborError: 404 for a repository, artifact or path that does not exist, 412 where a rule
            or a policy of the project forbids it.
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
            return await _pull(call, target)
        case TargetKind.MANIFEST, "PUT":
            return await _push(call, target)
        case _:
            return await _forward(call, call.request.rel_url)


async def _pull(call: Call, target: Target) -> web.StreamResponse:
    repository, artifact = _existing(call, target)
    project = call.state.projects[repository.project_id]
    scanner = await scanner_in_use(call, project) if project.is_on(PREVENT) else None
    require_servable(Pull(call, project, repository, artifact, scanner))
    if call.request.method == "GET":
        record_pull(call, repository, artifact, target.reference)
    elif call.core.storage.url is None:
        return _head(artifact)
    return await _forward(call, _manifest_path(target, artifact.digest))


async def _push(call: Call, target: Target) -> web.StreamResponse:
    raw = await call.request.read()
    repository = call.state.repository_named(target.repository)
    if repository is not None:
        require_pushable(call.state, repository, target.reference)
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    # Tags are Harbor's alone. A wrong digest is for the registry to refuse.
    kept_as = target.reference if ":" in target.reference else digest
    response = await _forward(call, _manifest_path(target, kept_as), body=raw)
    if response.status != HTTPStatus.CREATED:
        return response
    manifest = read_manifest(raw, call.request.headers.get("Content-Type", ""))
    attributes = await _attributes(call, target, manifest)
    project = call.existing_project(target.project_name)
    repository = ensure_repository(call, project, target.repository)
    record_push(call, repository, manifest, reference=target.reference, attributes=attributes)
    await scan_pushed(call, repository, repository.artifacts[manifest.digest])
    if manifest.subject_digest:
        response.headers["OCI-Subject"] = manifest.subject_digest
    return response


def _manifest_path(target: Target, digest: str) -> URL:
    return URL(f"/v2/{target.repository}/manifests/{digest}")


async def _attributes(call: Call, target: Target, manifest: Manifest) -> dict[str, object]:
    if not manifest.tells_of_config:
        return {}
    content = await call.core.storage.blob(target.repository, manifest.config["digest"])
    return manifest.attributes(json.loads(content)) if content else {}


async def _forward(call: Call, path: URL, body: bytes | None = None) -> web.StreamResponse:
    request = call.request
    data = body if body is not None else _streamed(request)
    headers = _passed_on(request.headers)
    try:
        storage = call.core.storage
        async with storage.ask(request.method, path, headers=headers, data=data) as upstream:
            if body is not None:
                return await _buffered(upstream)
            return await _relay(request, upstream)
    except ClientError:
        return web.Response(status=HTTPStatus.BAD_GATEWAY)


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
        case TargetKind.BASE, _ if call.core.storage.url is None:
            return _json({})
        case TargetKind.CATALOG, _:
            names = sorted(repository.name for repository in call.state.repositories.values())
            return _json({"repositories": names})
        case TargetKind.TAGS, _:
            return _tags(call, target)
        case TargetKind.REFERRERS, "GET":
            return referrers(call, target.repository, target.reference)
        case TargetKind.MANIFEST, "DELETE":
            if ":" not in target.reference:
                raise unsupported(f"unsupported digest {target.reference}")
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
