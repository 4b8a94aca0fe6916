"""How `audit` is said."""

import argparse
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from harbor_operator.cli.command import FORMATS, Command, add_output
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_options import HarborPrintOptions, add_harbor

CSV: Final = "csv"
DEFAULT_SINCE: Final = "30d"
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_LENGTH: Final = re.compile(r"(\d{1,5})([mhd])")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions(HarborPrintOptions):
    """What `audit` is told.

    Attributes:
        all_namespaces: Whether the HarborRobots of all namespaces are meant.
        accounts: Whether robot accounts in Harbor that no operator manages are meant, too.
        since: The period in which pulls and pushes are counted.
        unused_for: How long a robot may be unused; None for as long as it likes.
    """

    all_namespaces: bool = False
    accounts: bool = False
    since: timedelta
    unused_for: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.all_namespaces and self.namespace is not None and self.robot is None:
            raise CommandError("give either --namespace or --all-namespaces", ExitCode.USAGE)


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "-A", "--all-namespaces", action="store_true", help="the robots of all namespaces"
    )
    parser.add_argument(
        "--accounts",
        action="store_true",
        help="also robot accounts in Harbor that no operator manages",
    )
    parser.add_argument(
        "--since",
        type=length,
        default=length(DEFAULT_SINCE),
        metavar="LENGTH",
        help=f"the period in which use is counted, such as 12h; {DEFAULT_SINCE} by default",
    )
    parser.add_argument(
        "--unused-for",
        type=length,
        metavar="LENGTH",
        help="exit with 1 if one was not used for so long, such as 90d",
    )
    add_harbor(parser)
    add_output(parser, (*FORMATS, CSV))


def length(text: str) -> timedelta:
    """Read a length of time in minutes, hours or days.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    match = _LENGTH.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time such as 12h or 30d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


COMMAND: Final = Command(
    "audit",
    AuditOptions,
    declare,
    "harbor_operator.cli.audit.command",
)
