"""How `status` is said."""

import argparse
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, PrintOptions, add_output
from harbor_operator.cli.failures import CommandError, ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions(PrintOptions):
    """What `status` is told.

    Attributes:
        all_namespaces: Whether all are meant.
    """

    all_namespaces: bool = False

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.namespace is not None and self.all_namespaces:
            raise CommandError("give either --namespace or --all-namespaces", ExitCode.USAGE)


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "-A", "--all-namespaces", action="store_true", help="look into all namespaces"
    )
    add_output(parser)


COMMAND: Final = Command(
    "status",
    StatusOptions,
    declare,
    "harbor_operator.cli.status.command",
)
