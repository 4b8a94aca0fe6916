"""Log lines, for people and for programs."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from typing_extensions import override

from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry.logs import JsonFormatter, TextFormatter, set_levels, set_up
from harbor_operator.engine.telemetry.work import working_on
from harbor_operator.harbor.errors import Exchange, Unreachable
from tests.support.custom_resources import Json

APP = ObjectId("HarborProject", "team", "app")
CONNECTION = ObjectId("ClusterHarborConnection", "", "default")
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"


def record(
    message: str, *arguments: object, error: BaseException | None = None, **extra: object
) -> logging.LogRecord:
    info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord(
        "harbor_operator.engine", logging.WARNING, "here.py", 7, message, arguments, info
    )
    made.created = 1772366400.5
    vars(made).update(extra)
    return made


def line_of(message: str = "hello", **fields: object) -> Json:
    line: Json = json.loads(JsonFormatter().format(record(message, **fields)))  # type: ignore[arg-type]
    return line


def raised(error: Exception) -> Exception:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


@pytest.fixture
def loggers() -> Iterator[None]:
    """Gives all loggers their handlers and levels back."""
    root, names = logging.getLogger(), ["kopf", "aiohttp", "harbor_operator", "harbor_operator.a"]
    before = root.handlers[:], root.level, {n: logging.getLogger(n).level for n in names}
    root.handlers = []
    yield
    root.handlers, root.level, levels = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_json_line_holds_time_level_logger_and_message() -> None:
    line = JsonFormatter().format(record("%s is %s", "app", "Ready"))

    assert json.loads(line) == {
        "ts": "2026-03-01T12:00:00.500Z",
        "level": "WARNING",
        "logger": "harbor_operator.engine",
        "message": "app is Ready",
    }


def test_a_json_line_is_one_line_whatever_the_message_holds() -> None:
    line = JsonFormatter().format(record('über\n"all"'))

    assert "\n" not in line
    assert json.loads(line)["message"] == 'über\n"all"'


def test_a_json_line_holds_the_traceback() -> None:
    line = JsonFormatter().format(record("failed", error=raised(ValueError("no"))))

    assert "\n" not in line
    assert json.loads(line)["traceback"].endswith("ValueError: no")


def test_a_line_names_the_object_that_is_worked_on() -> None:
    with working_on(APP, 7) as work:
        work.action = "CreateProject"
        line = line_of()

    about = {key: line[key] for key in ("kind", "namespace", "name", "generation", "action")}
    assert about == {
        "kind": "HarborProject",
        "namespace": "team",
        "name": "app",
        "generation": 7,
        "action": "CreateProject",
    }


def test_a_line_states_no_key_that_has_no_value() -> None:
    with working_on(CONNECTION):
        line = line_of()

    assert line.keys() == {"ts", "level", "logger", "message", "kind", "name"}


def test_outside_of_any_work_a_line_is_about_nothing() -> None:
    with working_on(APP):
        pass

    assert "kind" not in line_of()


async def test_two_tasks_do_not_take_each_other_s_object() -> None:
    async def work(object_id: ObjectId) -> str:
        with working_on(object_id):
            await asyncio.sleep(0)
            name: str = line_of()["name"]
            return name

    names = await asyncio.gather(work(APP), work(CONNECTION))

    assert [*names] == ["app", "default"]


def test_harbor_s_request_id_is_known_from_the_error() -> None:
    error = Unreachable("gone", Exchange("GET", "/projects", 502, "req-1"))

    assert line_of(error=raised(error))["harbor_request_id"] == "req-1"


def test_a_line_may_state_action_and_request_id_itself() -> None:
    with working_on(APP) as work:
        work.action = "Look"
        line = line_of(action="Look, CreateProject", harbor_request_id="req-2")

    assert (line["action"], line["harbor_request_id"]) == ("Look, CreateProject", "req-2")


@pytest.mark.parametrize("form", [JsonFormatter(), TextFormatter()], ids=["JSON", "text"])
def test_a_credential_in_a_message_or_a_traceback_is_taken_out(form: logging.Formatter) -> None:
    error = raised(ValueError(f"Authorization: Bearer {TOKEN}"))

    line = form.format(record("sent %s", f"bearer {TOKEN}", error=error))

    assert TOKEN not in line
    assert line.count("[redacted]") >= 2


def test_text_names_the_object_before_the_message() -> None:
    with working_on(APP):
        line = TextFormatter().format(record("hello"))

    assert line == "2026-03-01T12:00:00.500Z WARNING HarborProject team/app: hello"


def test_text_has_the_traceback_below_the_line() -> None:
    first, *rest = TextFormatter().format(record("no", error=raised(KeyError("x")))).splitlines()

    assert first.endswith("WARNING no")
    assert (rest[0], rest[-1]) == ("Traceback (most recent call last):", "KeyError: 'x'")


class Terminal(io.StringIO):
    """A standard error on which somebody looks."""

    @override
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("loggers")
@pytest.mark.parametrize(
    ("form", "stream", "is_json"),
    [
        pytest.param("auto", io.StringIO, True, id="by default into a file"),
        pytest.param("auto", Terminal, False, id="by default on a terminal"),
        pytest.param("json", Terminal, True, id="JSON on a terminal"),
        pytest.param("text", io.StringIO, False, id="text into a file"),
    ],
)
def test_the_form_follows_the_flag_and_the_terminal(
    monkeypatch: pytest.MonkeyPatch, form: str, stream: type[io.StringIO], *, is_json: bool
) -> None:
    written = stream()
    monkeypatch.setattr(sys, "stderr", written)
    set_up("INFO", form)

    logging.getLogger("harbor_operator.test").info("hello")
    logging.getLogger("harbor_operator.test").debug("too much")

    (line,) = written.getvalue().splitlines()
    assert line.startswith("{") is is_json
    assert "hello" in line


@pytest.mark.usefixtures("loggers")
@pytest.mark.parametrize(("level", "kopf"), [("DEBUG", logging.WARNING), ("ERROR", logging.ERROR)])
def test_libraries_are_heard_from_warning_on_at_most(level: str, kopf: int) -> None:
    set_up(level, "text")

    assert logging.getLogger("kopf").level == kopf


@pytest.mark.usefixtures("loggers")
def test_a_level_of_one_logger_holds_for_those_below_it_until_it_is_taken_back() -> None:
    below = logging.getLogger("harbor_operator.a.b")
    set_up("INFO", "text")

    set_levels("INFO", {"harbor_operator.a": "DEBUG"})
    during = below.isEnabledFor(logging.DEBUG), logging.getLogger("harbor_operator").level
    set_levels("INFO")

    assert during == (True, logging.NOTSET)
    assert not below.isEnabledFor(logging.DEBUG)
