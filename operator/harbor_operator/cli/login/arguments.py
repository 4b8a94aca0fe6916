"""How `login` is said."""

import argparse
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harbor_operator.cli.command import Collect, Command, PrintOptions, add_output


class Tool(StrEnum):
    """Whose credential file gets the login."""

    DOCKER = "docker"
    PODMAN = "podman"
    HELM = "helm"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginOptions(PrintOptions):
    """What `login` is told.

    Attributes:
        source: `robot/NAME` or `secret/NAME`; None for the namespace's only robot.
        tools: Whose files get the login, docker's if none is named.
        helper: Whether the tools shall ask for the login each time instead of keeping it.
        check: Whether the registry is asked first if it takes the login.
        ca_file: Certificates to trust for that.
    """

    source: str | None = None
    tools: tuple[str, ...] = ()
    helper: bool = False
    check: bool = True
    ca_file: str | None = None


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "source",
        nargs="?",
        metavar="robot/NAME",
        help="whose login, or secret/NAME for a pull secret; by default the only robot",
    )
    parser.add_argument(
        "--tool",
        dest="tools",
        action=Collect,
        default=(),
        choices=tuple(Tool),
        help="who is logged in; may be given several times, docker by default",
    )
    parser.add_argument(
        "--helper",
        action="store_true",
        help="have the tool ask docker-credential-harbor each time, which follows rotations",
    )
    parser.add_argument(
        "--no-check",
        dest="check",
        action="store_false",
        help="write the login without asking the registry whether it takes it",
    )
    parser.add_argument("--ca-file", metavar="PATH", help="certificates to trust for the check")
    add_output(parser)


COMMAND: Final = Command(
    "login",
    LoginOptions,
    declare,
    "harbor_operator.cli.login.command",
    offered=("robot/", "secret/"),
)
