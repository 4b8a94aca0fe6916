"""What Harbor reads out of an artifact's content: the history of an image, the files of a chart."""

import io
import json
import tarfile
from typing import Any

import yaml
from aiohttp import ClientError, web

from testbed.harbor.artifact_kinds import BUILD_HISTORY, CHART_ADDITIONS, HARBOR_SBOM
from testbed.harbor.artifact_state import Repository
from testbed.harbor.call import Call, Route
from testbed.harbor.errors import JSON_WITH_CHARSET, bad_request, internal_error, unprocessable
from testbed.harbor.lookup import ARTIFACT, artifact_of
from testbed.harbor.manifests import read_manifest

_SBOM = "sbom"
_NAMES = (BUILD_HISTORY, *CHART_ADDITIONS, _SBOM, "license", "files")
_TEXTS = {
    "values.yaml": "text/plain; charset=utf-8",
    "readme.md": "text/markdown; charset=utf-8",
}


async def addition(call: Call) -> web.StreamResponse:
    """GET .../artifacts/{reference}/additions/{addition}."""
    name = call.text("addition")
    if name not in _NAMES:
        raise unprocessable(f"addition in path should be one of [{' '.join(_NAMES)}]")
    repository, artifact = artifact_of(call, "read", "artifact-addition")
    is_sbom = name == _SBOM and artifact.kind.name == name.upper()
    if name not in artifact.kind.additions and not is_sbom:
        shown = f"addition {name.upper()} isn't supported for {artifact.kind.name}"
        raise bad_request(shown)
    try:
        content = await call.core.storage.manifest(repository.name, artifact)
        manifest = read_manifest(content, artifact.manifest_media_type)
        if is_sbom:
            content = await _blob(call, repository, manifest.layers[0])
            return web.Response(body=content, headers={"Content-Type": HARBOR_SBOM})
        if name == BUILD_HISTORY:
            history = json.loads(await _blob(call, repository, manifest.config)).get("history")
            return _json(history)
        return _chart_file(await _blob(call, repository, manifest.layers[0]), name)
    except ClientError:
        raise internal_error() from None


async def _blob(call: Call, repository: Repository, descriptor: Any) -> bytes:  # noqa: ANN401
    content = await call.core.storage.blob(repository.name, descriptor["digest"])
    if content is None:
        raise internal_error()
    return content


def _chart_file(archive: bytes, name: str) -> web.Response:
    files = _files_of(archive)
    if name == "dependencies":
        described = yaml.safe_load(files.get("chart.yaml", "")) or {}
        return _json(described.get("dependencies"))
    return web.Response(body=files.get(name, "").encode(), headers={"Content-Type": _TEXTS[name]})


def _files_of(archive: bytes) -> dict[str, str]:
    """The files at the top of a packaged chart, by their names in small letters."""
    files: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        for member in packed:
            _, _, name = member.name.partition("/")
            content = packed.extractfile(member)
            if content is not None and "/" not in name:
                files[name.lower()] = content.read().decode(errors="replace")
    return files


def _json(payload: object) -> web.Response:
    headers = {"Content-Type": JSON_WITH_CHARSET}
    return web.Response(body=json.dumps(payload).encode(), headers=headers)


ROUTES = (Route("GET", ARTIFACT + "/additions/{addition}", addition),)
