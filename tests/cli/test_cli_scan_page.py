"""The page on scan reports says what the command does."""

import re

from harbor_operator.cli.completion import candidates
from harbor_operator.cli.scan_report.arguments import REPORT_FORMATS
from harbor_operator.cli.scan_report.model import ScanReport, ScanState, Severity
from harbor_operator.cli.scan_report.plain import plain
from tests.support.deployed import ROOT
from tests.support.scan_reports import CREATED, REGISTRY

PAGE = (ROOT / "docs" / "scan-reports.md").read_text(encoding="utf-8")
OF_ALL_COMMANDS = {"-h", "--help", "-n", "--namespace", "--context", "--kubeconfig", "--output"}
OF_HARBOR = {"--harbor-url", "--ca-file"}
"""They are told where every command's login is."""


def first_cells(heading: str) -> list[str]:
    """The first column of the table below a heading."""
    _, _, rest = PAGE.partition(f"\n## {heading}\n")
    _, *cells = re.findall(r"^\| ([^|]+) \|", rest.partition("\n## ")[0], re.MULTILINE)
    return cells


def test_every_state_is_told() -> None:
    assert {*first_cells("What has no result")} == {*ScanState}


def test_every_form_is_told() -> None:
    told = re.findall(r"`(\w+)`", " ".join(first_cells("Forms")))

    assert {*told} == {*REPORT_FORMATS}


def test_every_field_is_told() -> None:
    report = plain(ScanReport("namespace x", REGISTRY, CREATED))

    assert all(f"`{name}`" in PAGE for name in report)


def test_every_severity_and_every_option_is_told() -> None:
    offered = {*candidates(["report", "-"])} - {":4"} - OF_ALL_COMMANDS - OF_HARBOR

    assert all(severity in PAGE for severity in Severity)
    assert all(option in PAGE for option in offered), offered
