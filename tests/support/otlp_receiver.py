"""A collector of traces: takes OTLP over HTTP and keeps the spans."""

import gzip
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.support.scripted_server import ScriptedServer


@dataclass(frozen=True, slots=True)
class Told:
    """One span, as the collector was told of it."""

    name: str
    id: bytes
    parent: bytes
    attributes: dict[str, str | int]
    is_error: bool
    events: int


@dataclass(slots=True)
class OtlpReceiver:
    """Listens on a free loopback port; an asynchronous context manager."""

    spans: list[Told] = field(default_factory=list)
    services: list[dict[str, str]] = field(default_factory=list)
    text: str = ""
    """Everything that was sent, as protobuf prints it."""
    _server: ScriptedServer | None = None

    async def __aenter__(self) -> Self:
        self._server = await ScriptedServer(self._take).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            await self._server.__aexit__()

    @property
    def url(self) -> str:
        """Where exporters send to."""
        assert self._server is not None
        return self._server.url

    def named(self, name: str) -> list[Told]:
        """The spans of one name."""
        return [span for span in self.spans if span.name == name]

    async def _take(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.path == "/v1/traces"
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        sent = ExportTraceServiceRequest.FromString(body)
        self.text += str(sent)
        for resource in sent.resource_spans:
            about = resource.resource.attributes
            self.services.append({entry.key: entry.value.string_value for entry in about})
            for scope in resource.scope_spans:
                self.spans += [_told(span) for span in scope.spans]
        done = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=done, content_type="application/x-protobuf")


def _told(span: "ExportTraceServiceRequest") -> Told:
    values = {
        entry.key: getattr(entry.value, entry.value.WhichOneof("value"))
        for entry in span.attributes
    }
    is_error = span.status.code == span.status.STATUS_CODE_ERROR
    return Told(span.name, span.span_id, span.parent_span_id, values, is_error, len(span.events))
