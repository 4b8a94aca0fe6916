"""How `why` is said."""

import argparse
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, add_output
from harbor_operator.cli.harbor_options import HarborPrintOptions, add_harbor
from harbor_operator.cli.why.targets import WORDS

DEFAULT_ACCOUNT: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyOptions(HarborPrintOptions):
    """What `why` is told.

    Attributes:
        target: KIND/NAME of what cannot pull, or an image.
        serviceaccount: As which new pods would pull the image.
        no_try: Whether the image's host is left alone.
    """

    target: str
    serviceaccount: str = DEFAULT_ACCOUNT
    no_try: bool = False


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "target",
        metavar="KIND/NAME|IMAGE",
        help=f"whose pull: KIND is {', '.join(WORDS.values())}; or the image that is pulled",
    )
    parser.add_argument(
        "--serviceaccount",
        metavar="NAME",
        default=DEFAULT_ACCOUNT,
        help="with an image: whose pull secrets a new pod would have (default: %(default)s)",
    )
    parser.add_argument(
        "--no-try",
        action="store_true",
        help="do not try the pull from here with the pod's own login",
    )
    add_harbor(parser)
    add_output(parser)


COMMAND: Final = Command(
    "why",
    WhyOptions,
    declare,
    "harbor_operator.cli.why.command",
    offered=tuple(f"{word}/" for word in WORDS.values()),
)
