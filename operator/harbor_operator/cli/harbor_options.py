"""How commands are told which Harbor to ask, and as whom."""

import argparse
from dataclasses import dataclass

from harbor_operator.cli.command import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class HarborOptions(Options):
    """What a command is told that asks Harbor.

    Attributes:
        harbor_url: Harbor's address, with the login of the variables.
        connection: The ClusterHarborConnection whose login is used.
        robot: The HarborRobot of the namespace whose Secret is used.
        ca_file: Certificates to trust instead of the connection's or the system's.
    """

    harbor_url: str | None = None
    connection: str | None = None
    robot: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HarborPrintOptions(HarborOptions):
    """What a command is told that asks Harbor and prints a table or data.

    Attributes:
        output: A way to print.
    """

    output: str = "table"


def add_harbor(parser: argparse.ArgumentParser) -> None:
    """Declare which Harbor to ask, and as whom."""
    group = parser.add_argument_group(
        "Harbor",
        "The login is that of --robot or --connection; without these, of the variables HARBOR_URL, "
        "HARBOR_USERNAME and HARBOR_PASSWORD; without these, of connection default.",
    )
    chosen = group.add_mutually_exclusive_group()
    chosen.add_argument(
        "--harbor-url", metavar="URL", help="the address, with HARBOR_USERNAME and HARBOR_PASSWORD"
    )
    chosen.add_argument(
        "--connection", metavar="NAME", help="a ClusterHarborConnection, whose Secret you may read"
    )
    chosen.add_argument(
        "--robot", metavar="NAME", help="a HarborRobot of the namespace, whose Secret you may read"
    )
    group.add_argument("--ca-file", metavar="PATH", help="certificates to trust for Harbor")
