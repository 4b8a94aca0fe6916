"""How `plan` is said."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import FORMATS, Command, add_output
from harbor_operator.cli.harbor_options import HarborPrintOptions, add_harbor

MARKDOWN: Final = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions(HarborPrintOptions):
    """What `plan` is told.

    Attributes:
        filename: Files and folders, `-` for standard input.
        plan_for: The ClusterHarborConnection whose objects are planned.
        offline: Whether the cluster is left alone.
        exit_zero: Whether changes are no reason to fail.
    """

    filename: Sequence[str]
    plan_for: str | None = None
    offline: bool = False
    exit_zero: bool = False


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "-f",
        "--filename",
        metavar="PATH",
        action="extend",
        nargs=1,
        required=True,
        help="a file, a folder with all below it, or - for standard input; may be given again",
    )
    parser.add_argument(
        "--plan-for",
        metavar="NAME",
        help="the ClusterHarborConnection whose objects are planned, where there are several",
    )
    parser.add_argument(
        "--offline", action="store_true", help="ask Harbor alone, and no cluster about the objects"
    )
    parser.add_argument(
        "--exit-zero", action="store_true", help="end with 0 also where something would change"
    )
    add_output(parser, (*FORMATS, MARKDOWN))
    add_harbor(parser)


COMMAND: Final = Command(
    "plan",
    PlanOptions,
    declare,
    "harbor_operator.cli.planning.command",
)
