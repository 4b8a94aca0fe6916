"""The single settings of a project, which here, unlike in PUT /projects, are validated."""

from aiohttp import web

from testbed.harbor.binding import bind_mapping
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.errors import bad_request, conflict
from testbed.harbor.models import ProjectMetadata
from testbed.harbor.proxy_caches import validated_single
from testbed.harbor.state import Project

_FLAGS = frozenset(
    {
        "public",
        "enable_content_trust",
        "enable_content_trust_cosign",
        "auto_sbom_generation",
        "prevent_vul",
        "auto_scan",
        "reuse_sys_cve_allowlist",
        "proxy_cache_local_on_not_found",
        "proxy_referrer_api",
    }
)
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_SEVERITIES = frozenset({"none", "low", "medium", "high", "critical"})


def _validated(call: Call, project: Project, metadata: dict[str, str]) -> tuple[str, str]:
    if len(metadata) != 1:
        raise bad_request("only allow one key/value pair")
    ((key, value),) = metadata.items()
    if not call.core.release.knows_field(ProjectMetadata.__name__, key):
        raise bad_request(f"invalid key: {key}")
    of_proxies = validated_single(key, value, existing=project.metadata, is_proxy=project.is_proxy)
    if of_proxies is not None:
        return of_proxies
    if key in _FLAGS and value in _TRUE | _FALSE:
        return key, "true" if value in _TRUE else "false"
    if key == "severity" and value.lower() in _SEVERITIES:
        return key, value.lower()
    if key in _FLAGS | {"severity"}:
        raise bad_request(f"invalid value: {value}")
    raise bad_request(f"invalid key: {key}")


async def _body(call: Call) -> dict[str, str]:
    document = await bind_mapping(call.request, "metadata")
    return {str(key): str(value) for key, value in document.items()}


async def list_metadata(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/metadatas/, which project administrators may not call."""
    return answer(call.project("list", "metadata").metadata)


async def add_metadata(call: Call) -> web.StreamResponse:
    """POST /projects/{project}/metadatas/: one key that is not set yet."""
    body = await _body(call)
    project = call.project("create", "metadata")
    key, value = _validated(call, project, body)
    if key in project.metadata:
        raise conflict(f"metadata {key} already exists for project {project.project_id}")
    project.metadata[key] = value
    return done()


async def get_metadata(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/metadatas/{key}: an empty object when it is not set."""
    project = call.project("read", "metadata")
    key = call.text("key")
    return answer({key: project.metadata[key]} if key in project.metadata else {})


async def update_metadata(call: Call) -> web.StreamResponse:
    """PUT /projects/{project}/metadatas/{key}: answers 200 but stores nothing for an absent key."""
    body = await _body(call)
    project = call.project("update", "metadata")
    key, value = _validated(call, project, {call.text("key"): body.get(call.text("key"), "")})
    if key in project.metadata:
        project.metadata[key] = value
    return done()


async def delete_metadata(call: Call) -> web.StreamResponse:
    """DELETE /projects/{project}/metadatas/{key}, any key, set or not."""
    project = call.project("delete", "metadata")
    key = call.text("key")
    if key == "proxy_cache_filter_kind" and project.metadata.get("proxy_cache_filter_pattern"):
        raise bad_request(
            "cannot delete proxy_cache_filter_kind when proxy_cache_filter_pattern is not empty, "
            "please clear the pattern first"
        )
    project.metadata.pop(key, None)
    return done()


ROUTES = (
    Route("GET", "/projects/{project}/metadatas/", list_metadata),
    Route("POST", "/projects/{project}/metadatas/", add_metadata),
    Route("GET", "/projects/{project}/metadatas/{key}", get_metadata),
    Route("PUT", "/projects/{project}/metadatas/{key}", update_metadata),
    Route("DELETE", "/projects/{project}/metadatas/{key}", delete_metadata),
)
