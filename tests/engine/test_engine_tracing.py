"""Spans, as a collector of traces receives them over HTTP."""

import asyncio
import builtins
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry import tracing as module
from harbor_operator.engine.telemetry.requests import noting
from harbor_operator.engine.telemetry.tracing import ENDPOINTS, NO_TRACING, Tracing, tracing
from harbor_operator.engine.telemetry.work import current_work, working_on
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.harbor.request import api_read, api_write
from tests.support.log_lines import LogLines
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.scripted_server import ScriptedServer

APP = ObjectId("HarborProject", "team", "app")
CANARY = "Canary-Password-8Zq"
CREATE = api_write("POST", "/robots", body={"secret": CANARY}, confidential=True)


def uncounted(method: str, route: str, code: str, seconds: float) -> None:
    """Nobody counts here."""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ENDPOINTS, "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def receiver(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OtlpReceiver]:
    async with OtlpReceiver() as listening:
        monkeypatch.setenv(ENDPOINTS[0], listening.url)
        yield listening


async def test_a_look_is_a_span_with_the_requests_made_in_it(receiver: OtlpReceiver) -> None:
    async with tracing(instance="pod-1") as spans:
        with working_on(APP, 3) as work, spans.look(work):
            work.done.append("CreateRobot")
            with noting(uncounted, spans)(CREATE) as answered:
                answered(Exchange("POST", "/robots", 201, "req-1"))
            spans.called("patch", "secrets", "200", 0.25)

    (look,) = receiver.named("reconcile HarborProject")
    assert look.attributes == {
        "harbor_operator.kind": "HarborProject",
        "harbor_operator.name": "app",
        "k8s.namespace.name": "team",
        "harbor_operator.generation": 3,
        "harbor_operator.action": "CreateRobot",
    }
    (post,), (patch,) = receiver.named("POST /robots"), receiver.named("patch secrets")
    assert post.attributes == {
        "http.request.method": "POST",
        "url.template": "/robots",
        "http.response.status_code": 201,
        "harbor_operator.harbor_request_id": "req-1",
    }
    assert patch.attributes == {
        "k8s.verb": "patch",
        "k8s.resource": "secrets",
        "http.response.status_code": 200,
    }
    assert {post.parent, patch.parent} == {look.id}
    assert CANARY not in receiver.text


async def test_the_service_is_named_and_may_be_named_otherwise(
    receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("", "other"):
        monkeypatch.setenv("OTEL_SERVICE_NAME", name)
        async with tracing(instance="pod-1") as spans:
            with spans.harbor(api_read("/projects")):
                pass

    assert [service["service.name"] for service in receiver.services] == [
        "harbor-operator",
        "other",
    ]
    assert {service["service.instance.id"] for service in receiver.services} == {"pod-1"}


async def test_a_failure_is_told_by_its_type_and_not_by_its_words(receiver: OtlpReceiver) -> None:
    async with tracing(instance="pod-1") as spans:
        for error in (Unreachable("gone", Exchange("GET", "/projects")), KeyError(CANARY)):
            with pytest.raises(type(error)), spans.harbor(api_read("/projects")):
                raise error

    assert [span.attributes["error.type"] for span in receiver.spans] == [
        "Unreachable",
        "KeyError",
    ]
    assert [(span.is_error, span.events) for span in receiver.spans] == [(True, 0)] * 2
    assert CANARY not in receiver.text


async def test_a_refusal_of_the_api_server_is_an_error_and_a_watch_is_no_span(
    receiver: OtlpReceiver,
) -> None:
    async with tracing(instance="pod-1") as spans:
        for verb, code in (("create", "409"), ("get", "error"), ("watch", "200")):
            spans.called(verb, "secrets", code, 0.1)

    assert [(span.name, span.attributes["error.type"]) for span in receiver.spans] == [
        ("create secrets", "409"),
        ("get secrets", "error"),
    ]
    assert all(span.is_error for span in receiver.spans)


async def test_without_an_endpoint_nothing_is_traced() -> None:
    async with tracing(instance="pod-1") as spans:
        assert spans is NO_TRACING


async def test_without_the_extra_nothing_is_traced_and_it_is_told(
    receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    real = builtins.__import__

    def lacking(name: str, *rest: Any, **named: Any) -> object:  # noqa: ANN401 -- as __import__
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", lacking)

    async with tracing(instance="pod-1") as spans:
        assert spans is NO_TRACING

    assert [line["level"] for line in log_lines.lines] == ["WARNING"]
    assert receiver.spans == []


@pytest.mark.parametrize("spans", [NO_TRACING, Tracing()], ids=["the one", "another"])
async def test_the_request_id_is_noted_with_or_without_traces(spans: Tracing) -> None:
    with working_on(APP), noting(uncounted, spans)(CREATE) as answered:
        answered(Exchange("POST", "/robots", 201, "req-1"))
        work = current_work()
        assert work is not None
        assert work.request_id == "req-1"


async def test_a_collector_that_is_away_holds_up_no_end(
    monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.2)
    enough = asyncio.Event()

    async def silent(_: web.BaseRequest) -> web.StreamResponse:
        await enough.wait()
        return web.Response()

    async with ScriptedServer(silent) as collector:
        monkeypatch.setenv(ENDPOINTS[0], collector.url)
        async with tracing(instance="pod-1") as spans:
            with spans.harbor(api_read("/projects")):
                pass
        enough.set()

    assert "were not taken" in log_lines.lines[-1]["message"]
