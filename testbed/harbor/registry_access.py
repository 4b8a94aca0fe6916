"""Who may use the registry endpoint (`/v2/`), and the challenges for those who may not."""

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qs

from aiohttp import web

from testbed.harbor.call import Call
from testbed.harbor.callers import is_authenticated, may_on_system
from testbed.harbor.errors import error_response, unauthorized
from testbed.harbor.token_issuer import SERVICE

API_VERSION_HEADER = {"Docker-Distribution-Api-Version": "registry/2.0"}
_REPOSITORY_PATH = re.compile(
    r"/v2/(?P<name>.+?)/(?P<kind>manifests|blobs/uploads|blobs|tags|referrers)(?:/(?P<rest>.*))?"
)
_ACTIONS = {
    "GET": "pull",
    "HEAD": "pull",
    "POST": "push",
    "PUT": "push",
    "PATCH": "push",
    "DELETE": "delete",
}
_SCOPE_ACTIONS = {"pull": "pull", "push": "pull,push", "delete": "delete"}


class TargetKind(Enum):
    """What a path below `/v2/` means; the value is the path's template in request counts."""

    BASE = "/v2/"
    CATALOG = "/v2/_catalog"
    MANIFEST = "/v2/{name}/manifests/{reference}"
    BLOB = "/v2/{name}/blobs/{digest}"
    UPLOAD = "/v2/{name}/blobs/uploads/{session}"
    TAGS = "/v2/{name}/tags/list"
    REFERRERS = "/v2/{name}/referrers/{digest}"
    UNKNOWN = "/v2/{unknown}"


_KINDS = {
    "manifests": TargetKind.MANIFEST,
    "blobs": TargetKind.BLOB,
    "blobs/uploads": TargetKind.UPLOAD,
    "tags": TargetKind.TAGS,
    "referrers": TargetKind.REFERRERS,
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a request to the registry endpoint is about."""

    kind: TargetKind
    repository: str = ""
    reference: str = ""

    @property
    def project_name(self) -> str:
        """The project that the repository lies in."""
        return self.repository.partition("/")[0]


def target_of(path: str) -> Target:
    """What a path means."""
    if path == "/v2/":
        return Target(TargetKind.BASE)
    if path.rstrip("/") == "/v2/_catalog":
        return Target(TargetKind.CATALOG)
    match = _REPOSITORY_PATH.fullmatch(path)
    if match is None:
        return Target(TargetKind.UNKNOWN)
    return Target(_KINDS[match["kind"]], match["name"], match["rest"] or "")


def refusal(call: Call, target: Target) -> web.Response | None:
    """The 401 for a caller who may not do this; None for one who may.

    This endpoint answers 401 also for callers who are known but not allowed, and for repositories
    of projects that do not exist.
    """
    match target.kind:
        case TargetKind.BASE:
            allowed = is_authenticated(call.caller)
            return None if allowed else _refuse(_challenge(call, ""), "unauthorized")
        case TargetKind.CATALOG:
            allowed = may_on_system(call.caller, "read", "catalog")
            return None if allowed else _refuse(_BASIC_CHALLENGE, "unauthorized to list catalog")
        case TargetKind.UNKNOWN:
            return _refuse("", f"un-recognized request: {call.request.method} {call.request.path}")
        case _:
            return _refusal_at_repository(call, target)


def _refusal_at_repository(call: Call, target: Target) -> web.Response | None:
    action = _ACTIONS.get(call.request.method, "pull")
    wanted = [(target.repository, action)]
    mounted = parse_qs(call.request.query_string).get("from", [""])[0]
    if call.request.method == "POST" and mounted:
        wanted.append((mounted, "pull"))
    scope = " ".join(f"repository:{name}:{_SCOPE_ACTIONS[act]}" for name, act in wanted)
    challenge = _challenge(call, scope)
    if action == "pull" and "Authorization" not in call.request.headers:
        return _refuse(challenge, "authorize header needed to send HEAD to repository")
    for name, act in wanted:
        project_name = name.partition("/")[0]
        project = call.state.project_named(project_name)
        if project is None:
            return _refuse("", f"project {project_name} not found")
        if not call.may_in_project(project, act, "repository"):
            return _refuse(challenge, f"unauthorized to access repository: {name}, action: {act}")
    return None


_BASIC_CHALLENGE = 'Basic realm="harbor"'


def _challenge(call: Call, scope: str) -> str:
    if "Authorization" in call.request.headers:
        return _BASIC_CHALLENGE
    scheme = call.core.url.partition("://")[0]
    realm = f"{scheme}://{call.request.host}/service/token"
    challenge = f'Bearer realm="{realm}",service="{SERVICE}"'
    return f'{challenge},scope="{scope}"' if scope else challenge


def _refuse(challenge: str, reason: str) -> web.Response:
    response = error_response(unauthorized(f"{reason}: {reason}"))
    response.headers.update({**API_VERSION_HEADER, "WWW-Authenticate": challenge})
    return response
