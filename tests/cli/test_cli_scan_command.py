"""`kubectl harbor report` as a program, against the simulator, without a cluster."""

import asyncio
import csv
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harbor_operator.cli.arguments import parse
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.scan_report.arguments import ReportOptions
from harbor_operator.cli.scan_report.targets import subject_of
from tests.support.report_schemas import sarif_errors, vex_error
from tests.support.scanned_harbor import PROJECT, ScannedHarbor, a_scanned_harbor


@dataclass(frozen=True, slots=True)
class Done:
    """What the program returned and printed."""

    code: int
    out: str
    err: str


@pytest.fixture
async def harbor() -> AsyncIterator[ScannedHarbor]:
    async with a_scanned_harbor() as started:
        await started.furnish()
        yield started


async def report(harbor: ScannedHarbor, *words: str) -> Done:
    """Run the program with the administrator's login in its variables."""
    login = {
        "HARBOR_URL": harbor.simulator.url,
        "HARBOR_USERNAME": harbor.simulator.admin_username,
        "HARBOR_PASSWORD": harbor.simulator.admin_password,
    }
    program = (sys.executable, "-m", "harbor_operator.cli", "report")
    process = await asyncio.create_subprocess_exec(
        *program, *words, stdout=PIPE, stderr=PIPE, env={"PATH": os.environ["PATH"], **login}
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


async def test_a_project_is_shown_as_a_table(harbor: ScannedHarbor) -> None:
    done = await report(harbor, "--harbor-project", PROJECT)

    assert (done.code, done.err) == (ExitCode.FINE, "")
    assert "CVE-2023-0286" in done.out
    assert "no scan result for 4 artifacts of 7" in done.out
    assert harbor.simulator.admin_password not in done.out


async def test_documents_of_what_harbor_told_are_valid(harbor: ScannedHarbor) -> None:
    sarif = await report(harbor, "--harbor-project", PROJECT, "-o", "sarif")
    vex = await report(harbor, "--harbor-project", PROJECT, "-o", "vex")

    assert sarif_errors(json.loads(sarif.out)) == []
    assert vex_error(json.loads(vex.out)) is None


async def test_a_file_is_written_instead(harbor: ScannedHarbor, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"

    done = await report(
        harbor, f"{harbor.host}/ship/app:1.0", "-o", "csv", "--output-file", str(path)
    )

    assert (done.code, done.out, done.err) == (ExitCode.FINE, "", "")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["CVE-2023-0286", "CVE-2011-3374"]


async def test_a_file_that_cannot_be_written_is_told(harbor: ScannedHarbor) -> None:
    words = (f"{harbor.host}/ship/app:1.0", "--output-file", "/nowhere/report.html")

    done = await report(harbor, *words)

    assert done.code == ExitCode.USAGE
    assert done.err == "error: /nowhere/report.html: No such file or directory\n"


async def test_an_image_with_a_bad_finding_fails(harbor: ScannedHarbor) -> None:
    done = await report(harbor, f"{harbor.host}/ship/app:1.0", "--fail-on", "high")

    assert done.code == ExitCode.NOT_SO
    assert done.err == "failed: 1 finding of High or worse\n"


async def test_what_an_allowlist_tolerates_does_not_fail(harbor: ScannedHarbor) -> None:
    body = {"items": [{"cve_id": "CVE-2023-0286"}]}
    await harbor.admin("PUT", "/api/v2.0/system/CVEAllowlist", body)

    done = await report(harbor, f"{harbor.host}/ship/app:1.0", "--fail-on", "High")

    assert done.code == ExitCode.FINE, done.err
    assert "CVE-2023-0286 (allowlisted)" in done.out


@pytest.mark.parametrize(
    "words",
    [
        ["project/web", "--harbor-project", "web"],
        ["--severity", "Critical", "--fail-on", "High"],
        ["--severity", "Terrible"],
        ["-o", "pdf"],
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(CommandError) as told:
        parse(["report", *words])

    assert told.value.code is ExitCode.USAGE


async def test_a_target_of_no_form_is_refused() -> None:
    options = ReportOptions(command="report", target="nothing")

    with pytest.raises(CommandError, match="is not of the form") as told:
        await subject_of(options)

    assert told.value.code is ExitCode.USAGE
