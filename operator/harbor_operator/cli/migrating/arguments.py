"""How `migrate` is said."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import FORMATS, Command, PrintOptions, add_output
from harbor_operator.cli.failures import CommandError, ExitCode

MANIFESTS: Final = "manifests"
"""The form that is the manifests alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateOptions(PrintOptions):
    """What `migrate` is told.

    Attributes:
        all_namespaces: Whether to look at all of them.
        host: Where registry clients find Harbor; those of the connections by default.
        output_dir: The folder to write the manifests into, None for none.
        apply: Whether to create what is not there yet.
    """

    all_namespaces: bool = False
    host: Sequence[str] = ()
    output_dir: str | None = None
    apply: bool = False

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.all_namespaces and self.namespace is not None:
            raise CommandError("give either -n or -A", ExitCode.USAGE)


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "-A", "--all-namespaces", action="store_true", help="look at all namespaces"
    )
    parser.add_argument(
        "--host",
        metavar="HOST",
        action="append",
        default=[],
        help="host and port by which images name Harbor; may be given again; those of the "
        "connections by default",
    )
    parser.add_argument(
        "--output-dir", metavar="PATH", help="write a file for each manifest below this folder"
    )
    parser.add_argument(
        "--apply",
        action="store_true",
        help="create the objects of the manifests that are not there; nothing else is changed",
    )
    add_output(parser, (*FORMATS, MANIFESTS))


COMMAND: Final = Command(
    "migrate",
    MigrateOptions,
    declare,
    "harbor_operator.cli.migrating.command",
)
