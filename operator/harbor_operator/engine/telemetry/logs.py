"""Log lines, for people or as JSON, with the object that they are about."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from harbor_operator.engine.telemetry.scrubbing import scrubbed
from harbor_operator.engine.telemetry.work import current_work
from harbor_operator.harbor.errors import HarborError

OWN = "harbor_operator"
_QUIET = ("aiohttp", "asyncio", "httpcore", "httpx", "kopf", "kubernetes", "opentelemetry")
"""Libraries that are heard from WARNING on; below it some print headers and bodies."""

ACTION, REQUEST_ID = "action", "harbor_request_id"
"""Keys that a line may state itself, as `extra`, where the present work does not know them."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line; the keys are named in docs/logs.md."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line = {
            "ts": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
            **_about(record),
        }
        if record.exc_info:
            line["traceback"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Time, level, object and message, for a terminal."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Give the line, with the traceback below it."""
        work = current_work()
        place = f"{work.object_id}: " if work else ""
        line = f"{_time(record)} {record.levelname:7} {place}{record.getMessage()}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return scrubbed(line)


def set_up(level: str, form: str) -> None:
    """Send the log to standard error.

    Args:
        level: From which level on.
        form: ``json``, ``text``, or ``auto`` for text on a terminal and JSON elsewhere.
    """
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(TextFormatter() if as_text else JsonFormatter())
    logging.basicConfig(handlers=[handler], force=True)
    set_levels(level)


def set_levels(level: str, exceptions: Mapping[str, str] | None = None) -> None:
    """Say from which level on loggers are heard.

    Args:
        level: Of all that no exception is about.
        exceptions: Levels of loggers of the operator itself, by name.
    """
    root = logging.getLogger()
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    own = (name for name in [*logging.root.manager.loggerDict] if is_own(name))
    for name in {OWN, *own, *(exceptions or ())}:
        logging.getLogger(name).setLevel((exceptions or {}).get(name, logging.NOTSET))


def is_own(logger: str) -> bool:
    """Whether a logger is the operator's own."""
    return logger == OWN or logger.startswith(f"{OWN}.")


def _time(record: logging.LogRecord) -> str:
    """When it was said, as RFC 3339 in UTC with milliseconds."""
    said = datetime.fromtimestamp(record.created, UTC)
    return said.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _about(record: logging.LogRecord) -> dict[str, Any]:
    """What the line is about, as far as it is about any object."""
    work = current_work()
    keys: dict[str, Any] = {}
    if work is not None:
        keys = {**work.object_id._asdict(), "generation": work.generation, ACTION: work.action}
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HarborError):
        keys[REQUEST_ID] = error.request_id
    for key in (ACTION, REQUEST_ID):
        keys[key] = getattr(record, key, None) or keys.get(key)
    return {key: value for key, value in keys.items() if value not in (None, "")}
