"""The alerts, as Prometheus' own tool tests them."""

import asyncio
import re
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from tests.support.monitoring import ALERTS, RULE_TESTS

pytestmark = pytest.mark.timeout(600)


async def run(promtool: Path, *arguments: str | Path) -> tuple[int | None, str]:
    """The status and the output of the tool."""
    running = await asyncio.create_subprocess_exec(promtool, *arguments, stdout=PIPE, stderr=STDOUT)
    output, _ = await running.communicate()
    return running.returncode, output.decode()


async def test_the_rules_are_well_formed(promtool: Path) -> None:
    status, said = await run(promtool, "check", "rules", "--lint=all", "--lint-fatal", ALERTS)

    assert status == 0, said


@pytest.mark.parametrize("file", RULE_TESTS, ids=lambda path: path.stem)
async def test_alerts_fire_when_they_should_and_only_then(promtool: Path, file: Path) -> None:
    status, said = await run(promtool, "test", "rules", file)

    assert status == 0, said


@pytest.mark.parametrize("file", RULE_TESTS, ids=lambda path: path.stem)
async def test_alerts_without_patience_are_noticed(
    promtool: Path, file: Path, tmp_path: Path
) -> None:
    status, said = await run(promtool, "test", "rules", about_impatient_alerts(file, tmp_path))

    assert status != 0
    assert "FAILED" in said


def about_impatient_alerts(file: Path, folder: Path) -> Path:
    """A copy of a file of tests, about alerts that fire at once."""
    impatient, copy = folder / "alerts.yaml", folder / file.name
    lines = ALERTS.read_text(encoding="utf-8").splitlines(keepends=True)
    impatient.write_text("".join(line for line in lines if "  for: " not in line))
    tests = file.read_text(encoding="utf-8")
    copy.write_text(
        re.sub(r"^rule_files:.*$", f"rule_files: [{impatient}]", tests, flags=re.MULTILINE)
    )
    return copy
