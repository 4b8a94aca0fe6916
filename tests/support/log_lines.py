"""What is logged, as whoever collects the operator's output reads it."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from typing_extensions import override

from harbor_operator.engine.telemetry.logs import JsonFormatter
from tests.support.custom_resources import Json


class LogLines(logging.Handler):
    """Keeps every line, read back from its JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[Json] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))

    def of(self, level: str) -> list[Json]:
        """The lines of one level."""
        return [line for line in self.lines if line["level"] == level]

    def told(self) -> list[Json]:
        """The lines without what no test can know."""
        unknown = {"ts", "traceback"}
        return [{k: v for k, v in line.items() if k not in unknown} for line in self.lines]


@contextmanager
def heard(level: int = logging.INFO) -> Iterator[LogLines]:
    """Listen to the operator's loggers for the length of a block."""
    logger, lines = logging.getLogger("harbor_operator"), LogLines()
    before = logger.level
    logger.addHandler(lines)
    logger.setLevel(level)
    try:
        yield lines
    finally:
        logger.setLevel(before)
        logger.removeHandler(lines)
