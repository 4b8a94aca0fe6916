"""How `export` is said."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, add_output
from harbor_operator.cli.harbor_options import HarborPrintOptions, add_harbor

FORMATS: Final = ("yaml", "json")
OBSERVE: Final = "Observe"
POLICIES: Final = (OBSERVE, "Full")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions(HarborPrintOptions):
    """What `export` is told.

    Attributes:
        project: The names of the projects in Harbor; all of them by default.
        namespace_per_project: Whether each project goes to a namespace of its own name.
        connection_ref: The ClusterHarborConnection that the manifests name.
        management_policy: That of the HarborProjects.
        all_settings: Whether to state also what is as in a new project.
        no_robots: Whether robots are left out.
        output_dir: The folder to write files into, None for standard output.
    """

    project: Sequence[str] = ()
    namespace_per_project: bool = False
    connection_ref: str | None = None
    management_policy: str = OBSERVE
    all_settings: bool = False
    no_robots: bool = False
    output_dir: str | None = None


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "--project",
        metavar="NAME",
        action="append",
        default=[],
        help="a project in Harbor; may be given again; all by default",
    )
    parser.add_argument(
        "--namespace-per-project",
        action="store_true",
        help="put each project into the namespace that its name begins with, up to the first dot",
    )
    parser.add_argument(
        "--connection-ref",
        metavar="NAME",
        help="the connection that the manifests name; that of --connection, or default",
    )
    parser.add_argument(
        "--management-policy",
        choices=POLICIES,
        default=OBSERVE,
        help="of the projects; with Full the operator takes them over once applied",
    )
    parser.add_argument(
        "--all-settings",
        action="store_true",
        help="state also what is as in a project that nobody has set",
    )
    parser.add_argument("--no-robots", action="store_true", help="leave the robots out")
    parser.add_argument(
        "--output-dir", metavar="PATH", help="write a file for each object below this folder"
    )
    add_output(parser, FORMATS)
    add_harbor(parser)


COMMAND: Final = Command(
    "export",
    ExportOptions,
    declare,
    "harbor_operator.cli.exporting.command",
)
