"""How `adopt` is said."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.acting.arguments import seconds
from harbor_operator.cli.command import Command, add_output
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_options import HarborPrintOptions, add_harbor

DEFAULT_TIMEOUT: Final = "2m"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptOptions(HarborPrintOptions):
    """What `adopt` is told.

    Attributes:
        project: The names of the projects in Harbor.
        all_unmanaged: Whether all projects are meant that nobody manages.
        connection_ref: The ClusterHarborConnection that the objects name.
        dry_run: Whether only to print the manifests.
        confirm: Whether the operator shall take over what is planned.
        timeout: For how many seconds to wait for each step.
    """

    project: Sequence[str] = ()
    all_unmanaged: bool = False
    connection_ref: str | None = None
    dry_run: bool = False
    confirm: bool = False
    timeout: float = 120.0

    def __post_init__(self) -> None:
        """Refuse what is not said, or contradicts itself."""
        if bool(self.project) == self.all_unmanaged:
            raise CommandError("give either --project or --all-unmanaged", ExitCode.USAGE)
        if self.dry_run and self.confirm:
            raise CommandError("--dry-run confirms nothing", ExitCode.USAGE)


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "--project",
        metavar="NAME",
        action="append",
        default=[],
        help="a project by its name in Harbor; may be given again",
    )
    parser.add_argument(
        "--all-unmanaged", action="store_true", help="all projects that nobody manages"
    )
    parser.add_argument(
        "--connection-ref",
        metavar="NAME",
        help="the connection that the objects name; that of --connection, or default",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print the manifests, and create nothing"
    )
    parser.add_argument(
        "--confirm", action="store_true", help="have the operator carry out the plan, and wait"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=seconds(DEFAULT_TIMEOUT),
        help=f"how long to wait for each step, such as 90s; {DEFAULT_TIMEOUT} by default",
    )
    add_output(parser)
    add_harbor(parser)


COMMAND: Final = Command(
    "adopt",
    AdoptOptions,
    declare,
    "harbor_operator.cli.adopting.command",
)
