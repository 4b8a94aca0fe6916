"""How `blast-radius` is said."""

import argparse
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, PrintOptions, add_output
from harbor_operator.cli.kinds import HOLDERS, add_target


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusOptions(PrintOptions):
    """What `blast-radius` is told.

    Attributes:
        target: KIND/NAME of what has the credential.
    """

    target: str


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    add_target(parser, HOLDERS)
    add_output(parser)


COMMAND: Final = Command(
    "blast-radius",
    RadiusOptions,
    declare,
    "harbor_operator.cli.radius.command",
    offered=tuple(f"{kind.word}/" for kind in HOLDERS),
)
