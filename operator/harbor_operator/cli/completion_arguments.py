"""How `completion` is said."""

import argparse
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, Options

SHELLS: Final = ("bash", "zsh", "fish")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionOptions(Options):
    """What `completion` is told.

    Attributes:
        shell: Whose script is asked for.
    """

    shell: str


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument("shell", choices=SHELLS, help="the shell")


COMMAND: Final = Command(
    "completion",
    CompletionOptions,
    declare,
    "harbor_operator.cli.completion",
)
