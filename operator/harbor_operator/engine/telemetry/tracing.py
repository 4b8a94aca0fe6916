"""Traces by OpenTelemetry: a span for each look at an object, and for each request within it.

Attributes are names, numbers and route templates. No path, query, header, body or message of an
error gets into a span, and no exception is recorded: its text is not ours.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

from harbor_operator.engine.telemetry.work import Work
from harbor_operator.harbor.errors import Exchange
from harbor_operator.harbor.request import Request

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

_LOG = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Variables of OpenTelemetry that say where spans go; without them nothing is traced."""

FLUSH_SECONDS = 5.0
"""How long the end of the process waits for the last spans to be taken."""

Attributes = Mapping[str, str | int]


class Span(Protocol):
    """What a span is told while it is open."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """State something more."""


class _Nowhere:
    """The span of a process that traces nothing."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Forget it."""


_NOWHERE = _Nowhere()


class Tracing:
    """Opens spans; without a tracer it opens none."""

    def __init__(self, tracer: "Tracer | None" = None) -> None:
        self._tracer = tracer

    @contextmanager
    def look(self, work: Work) -> Iterator[None]:
        """Trace one look at one object, with all that happens in it."""
        kind, namespace, name = work.object_id
        attributes: dict[str, str | int] = {
            "harbor_operator.kind": kind,
            "harbor_operator.name": name,
            "k8s.namespace.name": namespace,
            "harbor_operator.generation": work.generation or 0,
        }
        with self._span(f"reconcile {kind}", attributes, client=False) as span:
            yield
            span.set_attribute("harbor_operator.action", ", ".join(work.done))

    @contextmanager
    def harbor(self, request: Request) -> Iterator[Callable[[Exchange], None]]:
        """Trace one attempt of one request to Harbor."""
        attributes = {"http.request.method": request.method, "url.template": request.route}
        with self._span(f"{request.method} {request.route}", attributes) as span:

            def answered(exchange: Exchange) -> None:
                span.set_attribute("http.response.status_code", exchange.status or 0)
                span.set_attribute("harbor_operator.harbor_request_id", exchange.request_id or "")

            yield answered

    def called(self, verb: str, resource: str, code: str, seconds: float) -> None:
        """Trace one attempt of one request to the API server, which has just been answered.

        A watch is none: it belongs to nobody, and is told of when it begins.
        """
        if self._tracer is None or verb == "watch":
            return
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 -- an optional package

        now = time.time_ns()
        span = self._tracer.start_span(
            f"{verb} {resource}",
            kind=SpanKind.CLIENT,
            attributes={"k8s.verb": verb, "k8s.resource": resource},
            start_time=now - round(seconds * 1e9),
        )
        if code.isdecimal():
            span.set_attribute("http.response.status_code", int(code))
        if not code.isdecimal() or int(code) >= HTTPStatus.BAD_REQUEST:
            span.set_attribute("error.type", code)
            span.set_status(StatusCode.ERROR)
        span.end(now)

    @contextmanager
    def _span(self, name: str, attributes: Attributes, *, client: bool = True) -> Iterator[Span]:
        if self._tracer is None:
            yield _NOWHERE
            return
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 -- an optional package

        with self._tracer.start_as_current_span(
            name,
            kind=SpanKind.CLIENT if client else SpanKind.INTERNAL,
            attributes={key: value for key, value in attributes.items() if value},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise


NO_TRACING = Tracing()


@asynccontextmanager
async def tracing(*, instance: str) -> AsyncIterator[Tracing]:
    """Trace for the length of a block, if OpenTelemetry's variables say where to.

    Args:
        instance: Which process of the operator it is.
    """
    if not any(os.environ.get(name) for name in ENDPOINTS):
        yield NO_TRACING
        return
    try:
        provider = _provider(instance)
    except ImportError:
        _LOG.warning("Nothing is traced: install harbor-operator[otel].")
        yield NO_TRACING
        return
    try:
        yield Tracing(provider.get_tracer("harbor_operator", version("harbor-operator")))
    finally:
        await _shut_down(provider)


def _provider(instance: str) -> "TracerProvider":
    """The official SDK with its exporter over HTTP, both told the rest by their own variables.

    Raises:
        ImportError: The extra is not installed.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 -- optional
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    own = Resource(
        {
            "service.name": "harbor-operator",
            "service.version": version("harbor-operator"),
            "service.instance.id": instance,
        }
    )
    resource = own.merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


async def _shut_down(provider: "TracerProvider") -> None:
    """Send what is left, in a thread that the end of the process does not wait for."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def shut_down() -> None:
        provider.shutdown()
        with suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(over.set)

    threading.Thread(target=shut_down, daemon=True).start()
    try:
        async with asyncio.timeout(FLUSH_SECONDS):
            await over.wait()
    except TimeoutError:
        _LOG.warning("The last spans were not taken in %.0f s.", FLUSH_SECONDS)
