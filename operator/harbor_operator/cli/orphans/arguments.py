"""How `orphans` is said."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, add_output
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_options import HarborPrintOptions, add_harbor

OFFERED: Final = ("account/", "entry/", "mark/", "registry/", "secret/")
"""What the words for orphans begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphansOptions(HarborPrintOptions):
    """What `orphans` is told.

    Attributes:
        what: The orphans that are meant, as they are listed; empty for all.
        cluster_id: What the marks of this cluster say; None to find that out.
        delete: Whether to take them away.
        yes: Whether that needs no question.
    """

    what: Sequence[str] = ()
    cluster_id: str | None = None
    delete: bool = False
    yes: bool = False

    def __post_init__(self) -> None:
        """Refuse what would look as if it were respected."""
        if self.namespace is not None and self.robot is None:
            raise CommandError("orphans looks at the whole cluster", ExitCode.USAGE)
        if self.yes and not self.delete:
            raise CommandError("--yes goes with --delete", ExitCode.USAGE)
        for word in self.what:
            if not word.startswith(OFFERED):
                raise CommandError(f"{word!r} is no orphan as orphans lists them", ExitCode.USAGE)


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "what", metavar="ORPHAN", nargs="*", help="one as it is listed; all by default"
    )
    parser.add_argument(
        "--cluster-id",
        metavar="ID",
        help="what marks of this cluster say; by default what its operator was told",
    )
    parser.add_argument(
        "--delete", action="store_true", help="take away those that are this cluster's and orphaned"
    )
    parser.add_argument("--yes", action="store_true", help="with --delete: do not ask")
    add_harbor(parser)
    add_output(parser)


COMMAND: Final = Command(
    "orphans",
    OrphansOptions,
    declare,
    "harbor_operator.cli.orphans.command",
    offered=OFFERED,
)
