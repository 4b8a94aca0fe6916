"""What is noted of a request to Harbor, whatever becomes of it."""

import logging

import pytest

from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry.requests import noting, telling
from harbor_operator.engine.telemetry.tracing import NO_TRACING
from harbor_operator.engine.telemetry.work import working_on
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.harbor.request import api_read
from tests.support.log_lines import heard

APP = ObjectId("HarborProject", "team", "app")
ASKED = api_read("/projects/{name}", {"name": "app"})
ANSWER = Exchange("GET", "/projects/{name}", 404, "req-1")


class Counter:
    """Keeps what it is told, without the durations."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str]] = []

    def __call__(self, method: str, route: str, code: str, seconds: float) -> None:
        assert 0 <= seconds < 5
        self.told.append((method, route, code))


async def test_an_answer_is_counted_by_its_status_and_its_id_is_kept() -> None:
    counter = Counter()

    with working_on(APP) as work, noting(counter, NO_TRACING)(ASKED) as answered:
        answered(ANSWER)

    assert counter.told == [("GET", "/projects/{name}", "404")]
    assert work.request_id == "req-1"


async def test_outside_of_any_work_an_answer_is_counted_too() -> None:
    counter = Counter()

    with noting(counter, NO_TRACING)(ASKED) as answered:
        answered(ANSWER)

    assert len(counter.told) == 1


async def test_a_failure_is_counted_by_its_name() -> None:
    counter = Counter()

    with pytest.raises(Unreachable), noting(counter, NO_TRACING)(ASKED):
        raise Unreachable("gone", ASKED.exchange)

    assert counter.told == [("GET", "/projects/{name}", "Unreachable")]


async def test_an_answer_is_a_line_at_debug() -> None:
    with heard(logging.DEBUG) as log_lines, noting(Counter(), NO_TRACING)(ASKED) as answered:
        answered(ANSWER)

    (line,) = log_lines.lines
    assert line["message"] == "GET /projects/{name} answered 404"
    assert line["harbor_request_id"] == "req-1"


def test_all_who_listen_are_told_of_a_call() -> None:
    first, second = Counter(), Counter()

    telling(first, second)("patch", "secrets", "200", 0.1)

    assert first.told == second.told == [("patch", "secrets", "200")]
