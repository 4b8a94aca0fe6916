"""How `doctor` is said."""

import argparse
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, PrintOptions, add_output


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions(PrintOptions):
    """What `doctor` is told.

    Attributes:
        connection: The only ClusterHarborConnection to look at; None for all.
    """

    connection: str | None = None


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "--connection", metavar="NAME", help="a ClusterHarborConnection; all by default"
    )
    add_output(parser)


COMMAND: Final = Command(
    "doctor",
    DoctorOptions,
    declare,
    "harbor_operator.cli.doctor.command",
)
