"""Levels of loggers from a file, which may be changed while the operator runs.

A file mounted from a ConfigMap needs no port that somebody could reach and no right in the
cluster, is the same for all replicas, and is still so after a restart.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from harbor_operator.engine.telemetry.logs import is_own, set_levels

_LOG = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks at the file. The kubelet takes up to a minute to bring a ConfigMap up to date,
so that sooner would not be noticed; a look is one read of a small file."""

_LONGEST = 64 * 1024
"""Characters of the file that are read: many times what naming every logger takes."""

_LINE = re.compile(r"(?P<logger>[\w.]+)\s*[=:]\s*(?P<level>DEBUG|INFO|WARNING|ERROR)")


class InvalidLevelsError(ValueError):
    """A line of the file says no level of a logger of ours."""


def parse_levels(text: str) -> dict[str, str]:
    """The levels by logger.

    Args:
        text: Lines of ``logger=LEVEL``; empty ones, and those that begin with ``#``, say nothing.

    Raises:
        InvalidLevelsError: A line says something else, or is about somebody else's logger.
    """
    levels = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None or not is_own(found["logger"]):
            raise InvalidLevelsError(f"line {number} is not harbor_operator...=LEVEL")
        levels[found["logger"]] = found["level"]
    return levels


@asynccontextmanager
async def following(file: Path | None, *, level: str) -> AsyncIterator[None]:
    """Have the levels follow a file for the length of a block.

    Args:
        file: Where they are; it need not exist. None: nowhere.
        level: Of all loggers that the file does not name.
    """
    if file is None:
        yield
        return
    running = asyncio.create_task(_follow(file, level))
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _follow(file: Path, level: str) -> None:
    known = ""
    while True:
        text = _read(file)
        if text != known:
            known = text
            _apply(text, level)
        await asyncio.sleep(LOOK_SECONDS)


def _read(file: Path) -> str:
    """What the file says; nothing where it cannot be read."""
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(_LONGEST)
    except OSError:
        return ""


def _apply(text: str, level: str) -> None:
    """Change all levels, or none where the file makes no sense."""
    try:
        levels = parse_levels(text)
    except InvalidLevelsError as error:
        _LOG.warning("The levels stay as they are, as the file of levels makes no sense: %s", error)
        return
    set_levels(level, levels)
    told = ", ".join(f"{name}={value}" for name, value in sorted(levels.items()))
    _LOG.info("Levels: %s", told or f"{level} for all")
