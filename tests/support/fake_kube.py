"""A scriptable API server for config maps: it can go silent, break and forget its history."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

Body = dict[str, Any]
Fault = Callable[[web.Request], web.Response | None]
"""Called instead of the next handler; None cuts the connection."""

Watch = asyncio.Queue[bytes | None]
"""Lines still to send; None ends the stream in good order."""

_CUT = b""


def status(code: int, reason: str, **headers: str) -> Fault:
    """Answer with a Kubernetes Status instead."""
    body = {"kind": "Status", "code": code, "reason": reason, "message": "as scripted"}
    return lambda _: web.json_response(body, status=code, headers=headers)


def cut(_: web.Request) -> None:
    """Close the connection without an answer."""


def page(_: web.Request) -> web.Response:
    """Answer with something that is not JSON, as a proxy might."""
    return web.Response(text="<html>bad gateway</html>", status=502)


@dataclass
class FakeKube:
    """Holds config maps of the namespace `default` and counts what is asked.

    Attributes:
        objects: Bodies by name.
        requests: What came in: the words list, watch, or an HTTP method.
        authorizations: The Authorization header of each request.
        faults: Answers to the next requests, by those words.
    """

    objects: dict[str, Body] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    faults: dict[str, deque[Fault | None]] = field(default_factory=dict)
    kubeconfig: str = ""
    _revision: int = 100
    _watches: dict[Watch, bool] = field(default_factory=dict)

    def fail_on(self, word: str, *faults: Fault | None) -> None:
        """Let the next requests of one sort meet these faults, one each; None spares one."""
        self.faults.setdefault(word, deque()).extend(faults)

    def put(self, name: str, value: str) -> None:
        """Create or change an object and tell the watches."""
        event = "MODIFIED" if name in self.objects else "ADDED"
        self.objects[name] = self._body(name, value)
        self._tell(event, self.objects[name])

    def remove(self, name: str) -> None:
        """Delete an object and tell the watches."""
        body = self.objects.pop(name)
        self._revision += 1
        body["metadata"]["resourceVersion"] = str(self._revision)
        self._tell("DELETED", body)

    def bookmark(self) -> None:
        """Send a bookmark to the watches that asked for them."""
        body = {"metadata": {"resourceVersion": str(self._revision)}}
        for watch, wants_bookmarks in self._watches.items():
            if wants_bookmarks:
                watch.put_nowait(_line("BOOKMARK", body))

    def expire_watches(self) -> None:
        """Tell the watches that history was compacted."""
        self._tell("ERROR", {"kind": "Status", "code": 410, "reason": "Expired"})

    def cut_watches(self, *, after: bytes = b"") -> None:
        """Break the connections of all watches, perhaps in the middle of an event."""
        for watch in self._take_watches():
            if after:
                watch.put_nowait(after)
            watch.put_nowait(_CUT)

    def end_watches(self) -> None:
        """End all watches in good order."""
        for watch in self._take_watches():
            watch.put_nowait(None)

    def forget_watches(self) -> None:
        """Leave the connections of all watches open, but never say anything on them again."""
        self._take_watches()

    def _take_watches(self) -> list[Watch]:
        watches, self._watches = list(self._watches), {}
        return watches

    def _tell(self, event: str, body: Body) -> None:
        for watch in self._watches:
            watch.put_nowait(_line(event, body))

    def _body(self, name: str, value: str) -> Body:
        self._revision += 1
        metadata = {
            "namespace": "default",
            "name": name,
            "resourceVersion": str(self._revision),
        }
        return {"metadata": metadata, "data": {"value": value}}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Handle one request."""
        word = _word_for(request)
        self.requests.append(word)
        self.authorizations.append(request.headers.get("Authorization"))
        faults = self.faults.get(word)
        if faults and (fault := faults.popleft()):
            return fault(request) or _cut_connection(request)
        if word == "watch":
            return await self._watch(request)
        if word == "list":
            return self._list(request)
        return web.json_response(await request.json(), status=201)

    def _list(self, request: web.Request) -> web.Response:
        start = int(request.query.get("continue", "0"))
        end = start + int(request.query.get("limit", "1000000"))
        wanted = request.query.get("fieldSelector", "").removeprefix("metadata.name=")
        names = sorted(name for name in self.objects if wanted in {"", name})
        metadata = {"resourceVersion": str(self._revision)}
        if end < len(names):
            metadata["continue"] = str(end)
        items = [self.objects[name] for name in names[start:end]]
        return web.json_response({"metadata": metadata, "items": items})

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        watch: Watch = asyncio.Queue()
        self._watches[watch] = request.query.get("allowWatchBookmarks") == "true"
        response = web.StreamResponse()
        await response.prepare(request)
        while (line := await watch.get()) is not None:
            if line == _CUT:
                return _cut_connection(request)
            await response.write(line)
        return response


def _line(event: str, body: Body) -> bytes:
    return json.dumps({"type": event, "object": body}).encode() + b"\n"


def _word_for(request: web.Request) -> str:
    if request.method != "GET":
        return request.method
    return "watch" if "watch" in request.query else "list"


def _cut_connection(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@asynccontextmanager
async def serve_fake_kube(folder: Path) -> AsyncIterator[FakeKube]:
    """Serve a fake API server on a loopback port, with a kubeconfig in a folder."""
    fake = FakeKube()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", fake.answer)
    server = TestServer(application, shutdown_timeout=0.1)
    async with server:
        url = str(server.make_url("/"))
        fake.kubeconfig = str(write_kubeconfig(folder, url, {"token": "first"}))
        yield fake


def write_kubeconfig(folder: Path, server: str, user: Body) -> Path:
    """Write a kubeconfig for one server and one user into a folder."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [
            {"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "team"}},
            {"name": "there", "context": {"cluster": "c", "user": "u", "namespace": "other"}},
        ],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    return path
