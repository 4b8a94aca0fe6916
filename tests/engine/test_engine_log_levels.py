"""Levels that follow a file."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from harbor_operator.engine.telemetry.log_levels import (
    LOOK_SECONDS,
    InvalidLevelsError,
    following,
    parse_levels,
)
from tests.support.log_lines import LogLines
from tests.support.loop_clock import LoopClock

NAME = "harbor_operator.engine.telemetry.requests"


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    """Gives the loggers their levels back."""
    names = ["", "harbor_operator", NAME, "kopf", "aiohttp", "httpx", "asyncio"]
    before = {name: logging.getLogger(name).level for name in names}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> LoopClock:
    return LoopClock(monkeypatch)


def test_a_file_names_loggers_and_levels() -> None:
    text = f"# all requests\n{NAME}=DEBUG\n\n  harbor_operator.kube : ERROR\n"

    assert parse_levels(text) == {NAME: "DEBUG", "harbor_operator.kube": "ERROR"}


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("kopf=DEBUG", id="a library, which may print whole objects"),
        pytest.param("harbor_operators=DEBUG", id="a name that begins alike"),
        pytest.param(f"{NAME}=TRACE", id="an unknown level"),
        pytest.param(NAME, id="no level"),
        pytest.param(f"{NAME}=DEBUG ERROR", id="two levels"),
    ],
)
def test_what_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises(InvalidLevelsError, match="line 2"):
        parse_levels(f"# first\n{line}")


async def test_a_change_of_the_file_changes_the_levels(tmp_path: Path, clock: LoopClock) -> None:
    file, logger = tmp_path / "levels", logging.getLogger(NAME)

    async def heard_from() -> int:
        await clock.skip(LOOK_SECONDS + 0.1)
        await asyncio.sleep(0)
        return logger.getEffectiveLevel()

    async with following(file, level="WARNING"):
        before = await heard_from()
        file.write_text(f"{NAME}=DEBUG")
        during = await heard_from()
        file.unlink()
        after = await heard_from()

    assert during == logging.DEBUG
    assert before == after == logging.getLogger().level


async def test_a_file_that_makes_no_sense_changes_nothing_and_is_told_once(
    tmp_path: Path, clock: LoopClock, log_lines: LogLines
) -> None:
    file = tmp_path / "levels"
    file.write_text(f"{NAME}=DEBUG\nkopf=DEBUG")

    async with following(file, level="INFO"):
        for _ in range(3):
            await clock.skip(LOOK_SECONDS + 0.1)

    assert logging.getLogger(NAME).level == logging.NOTSET
    assert [line["level"] for line in log_lines.lines] == ["WARNING"]


async def test_without_a_file_nothing_is_followed() -> None:
    before = len(asyncio.all_tasks())

    async with following(None, level="INFO"):
        assert len(asyncio.all_tasks()) == before
