"""Log lines, for people and for programs."""

import json
import logging
from collections.abc import Iterator

import pytest

from harbor_operator.engine.logs import JsonFormatter, set_up


def record(
    message: str, *arguments: object, error: BaseException | None = None
) -> logging.LogRecord:
    info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord(
        "harbor_operator.engine", logging.WARNING, "here.py", 7, message, arguments, info
    )
    made.created = 1772366400.5
    return made


def defect() -> ValueError:
    with pytest.raises(ValueError, match="no") as caught:
        raise ValueError("no")
    return caught.value


@pytest.fixture
def loggers() -> Iterator[None]:
    """Gives the root logger its handlers and levels back."""
    root, kopf = logging.getLogger(), logging.getLogger("kopf")
    before = (root.handlers[:], root.level, kopf.level)
    root.handlers = []
    yield
    root.handlers, root.level, kopf.level = before


def test_a_json_line_holds_time_level_logger_and_message() -> None:
    line = JsonFormatter().format(record("%s is %s", "app", "Ready"))

    assert json.loads(line) == {
        "time": "2026-03-01T12:00:00Z",
        "level": "WARNING",
        "logger": "harbor_operator.engine",
        "message": "app is Ready",
    }


def test_a_json_line_is_one_line_whatever_the_message_holds() -> None:
    line = JsonFormatter().format(record('über\n"all"'))

    assert "\n" not in line
    assert json.loads(line)["message"] == 'über\n"all"'


def test_a_json_line_holds_the_traceback() -> None:
    line = JsonFormatter().format(record("failed", error=defect()))

    assert "\n" not in line
    assert json.loads(line)["traceback"].endswith("ValueError: no")


@pytest.mark.usefixtures("loggers")
def test_json_goes_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up("INFO", as_json=True)

    logging.getLogger("harbor_operator.test").info("hello")
    logging.getLogger("harbor_operator.test").debug("too much")

    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert printed.out == ""
    assert json.loads(line)["message"] == "hello"


@pytest.mark.usefixtures("loggers")
def test_text_is_the_same_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("WARNING", as_json=False)

    logging.getLogger("harbor_operator.test").warning("hello")
    logging.getLogger("harbor_operator.test").info("too much")

    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING hello")


@pytest.mark.usefixtures("loggers")
@pytest.mark.parametrize(("level", "kopf"), [("DEBUG", logging.WARNING), ("ERROR", logging.ERROR)])
def test_libraries_are_heard_from_warning_on_at_most(level: str, kopf: int) -> None:
    set_up(level, as_json=False)

    assert logging.getLogger("kopf").level == kopf
