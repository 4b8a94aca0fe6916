"""Telling somebody of each request to the API server, whoever sends it."""

import time
from asyncio import CancelledError
from collections.abc import Callable
from types import SimpleNamespace

import aiohttp

from harbor_operator.kube.gate import BeforeWrite, gate

OnCall = Callable[[str, str, str, float], None]
"""Is told of each attempt of each request: verb and resource as RBAC names them, the status code
or ``error``, and the seconds until the answer began. A watch is told of when it begins."""

_VERBS = {
    "GET": ("list", "get"),
    "DELETE": ("deletecollection", "delete"),
    "POST": ("create", "create"),
    "PUT": ("update", "update"),
    "PATCH": ("patch", "patch"),
}
"""By method, for a collection and for one object."""

NO_RESOURCE = "none"
"""What stands for the resource of a path that names none, such as /version."""


def observed(on_call: OnCall) -> aiohttp.TraceConfig:
    """Have a session tell of what it sends."""

    async def begin(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        _start: aiohttp.TraceRequestStartParams,
    ) -> None:
        context.begun = time.monotonic()

    async def answered(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        end: aiohttp.TraceRequestEndParams,
    ) -> None:
        verb, resource = operation_of(end.method, end.url.raw_path, end.url.query_string)
        on_call(verb, resource, str(end.response.status), time.monotonic() - context.begun)

    async def failed(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        end: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        if isinstance(end.exception, CancelledError):
            return
        verb, resource = operation_of(end.method, end.url.raw_path, end.url.query_string)
        on_call(verb, resource, "error", time.monotonic() - context.begun)

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(begin)
    tracing.on_request_end.append(answered)
    tracing.on_request_exception.append(failed)
    return tracing


def tracing(before_write: BeforeWrite | None, on_call: OnCall | None) -> list[aiohttp.TraceConfig]:
    """The traces of a session that asks before its writes and tells of its requests."""
    gates = [gate(before_write)] if before_write else []
    return [*gates, observed(on_call)] if on_call else gates


def operation_of(method: str, path: str, query: str) -> tuple[str, str]:
    """Verb and resource of a request, with its subresource behind a slash."""
    match path.strip("/").split("/"):
        case ["api", _, *rest] | ["apis", _, _, *rest]:
            resource, named = _resource(rest)
        case _:
            resource, named = NO_RESOURCE, True
    if not named and "watch=true" in query.split("&"):
        return "watch", resource
    return _VERBS.get(method, (method.lower(),) * 2)[named], resource


def _resource(parts: list[str]) -> tuple[str, bool]:
    """The resource behind a group's version, and whether one object of it is named."""
    match parts:
        case ["namespaces", _, resource, _, subresource] if resource not in _OF_NAMESPACES:
            return f"{resource}/{subresource}", True
        case ["namespaces", _, resource, *name] if resource not in _OF_NAMESPACES:
            return resource, bool(name)
        case [resource, _, subresource]:
            return f"{resource}/{subresource}", True
        case [resource, *name]:
            return resource, bool(name)
        case _:
            return NO_RESOURCE, True


_OF_NAMESPACES = frozenset({"status", "finalize"})
"""Subresources of a namespace, whose paths look like those of collections within it."""
