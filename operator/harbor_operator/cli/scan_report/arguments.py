"""How `report` is said."""

import argparse
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import FORMATS, Command, add_output
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_options import HarborPrintOptions, add_harbor
from harbor_operator.cli.scan_report.model import Severity

REPORT_FORMATS: Final = (*FORMATS, "csv", "sarif", "vex", "html")
_SEVERITIES: Final = tuple(severity.value for severity in Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions(HarborPrintOptions):
    """What `report` is told.

    Attributes:
        target: project/NAME, namespace/NAME or an image; None for the running images of the
            namespace.
        harbor_project: A project by its name in Harbor, in place of a target.
        severity: The lowest to include, None for all.
        fixable: Whether only what can be fixed is wanted.
        fail_on: From which severity on the command fails, None for never.
        output_file: Where to write instead of standard output.
    """

    target: str | None = None
    harbor_project: str | None = None
    severity: str | None = None
    fixable: bool = False
    fail_on: str | None = None
    output_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.target is not None and self.harbor_project is not None:
            raise CommandError("give either a target or --harbor-project", ExitCode.USAGE)
        if self.severity is None or self.fail_on is None:
            return
        if not Severity(self.fail_on).reaches(Severity(self.severity)):
            raise CommandError(
                f"--severity {self.severity} leaves out what --fail-on {self.fail_on} looks for",
                ExitCode.USAGE,
            )


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="project/NAME (a HarborProject of the namespace), an image, all of a repository where "
        "it has no tag or digest, or namespace/NAME; without it, what runs in the namespace",
    )
    parser.add_argument(
        "--harbor-project", metavar="NAME", help="a project by its name in Harbor, as the target"
    )
    parser.add_argument(
        "--severity",
        type=str.capitalize,
        choices=_SEVERITIES,
        help="the lowest severity to include; all by default",
    )
    parser.add_argument("--fixable", action="store_true", help="only what has a fix")
    parser.add_argument(
        "--fail-on",
        type=str.capitalize,
        choices=_SEVERITIES,
        help="end with exit code 1 where something of this severity or worse is found, "
        "or where an image has no scan result",
    )
    add_output(parser, REPORT_FORMATS)
    parser.add_argument("--output-file", metavar="PATH", help="write there, not to the terminal")
    add_harbor(parser)


COMMAND: Final = Command(
    "report",
    ReportOptions,
    declare,
    "harbor_operator.cli.scan_report.command",
    offered=("project/", "namespace/"),
)
