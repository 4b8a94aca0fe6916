"""How `why` is said."""

import argparse
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, PrintOptions, add_output
from harbor_operator.cli.why.workloads import WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyOptions(PrintOptions):
    """What `why` is told.

    Attributes:
        target: KIND/NAME of what cannot pull.
    """

    target: str


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "target", metavar="KIND/NAME", help=f"whose pull: KIND is {', '.join(WORDS.values())}"
    )
    add_output(parser)


COMMAND: Final = Command(
    "why",
    "explain a failed pull by what the cluster knows",
    WhyOptions,
    declare,
    "harbor_operator.cli.why.command",
    offered=tuple(f"{word}/" for word in WORDS.values()),
)
