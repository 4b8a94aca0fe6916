"""How `ci` is said."""

import argparse
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harbor_operator.cli.command import Command, PrintOptions, add_output


class System(StrEnum):
    """Who runs the builds."""

    GITLAB = "gitlab"
    GITHUB = "github"
    TEKTON = "tekton"
    JENKINS = "jenkins"


@dataclass(frozen=True, slots=True, kw_only=True)
class CIOptions(PrintOptions):
    """What `ci` is told.

    Attributes:
        system: Who runs the builds.
        source: `robot/NAME`; None for the namespace's only robot.
        store_in: The project of GitLab, the repository of GitHub or the folder of Jenkins whose
            variables are set; None to print them.
        url: The system's address where it is not the usual one.
        show_secret: Whether the password is printed.
    """

    system: str
    source: str | None = None
    store_in: str | None = None
    url: str | None = None
    show_secret: bool = False


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument("system", choices=tuple(System), help="who runs the builds")
    parser.add_argument(
        "source", nargs="?", metavar="robot/NAME", help="whose login; by default the only robot"
    )
    parser.add_argument(
        "--store-in",
        metavar="PROJECT",
        help="set the variables there: of gitlab by GITLAB_TOKEN a project such as group/app, of "
        "github by GITHUB_TOKEN a repository such as owner/app, of jenkins by JENKINS_USER and "
        "JENKINS_TOKEN a credential such as harbor or folder/harbor",
    )
    parser.add_argument("--url", metavar="URL", help="the system's address, if it is another one")
    parser.add_argument("--show-secret", action="store_true", help="print the password as well")
    add_output(parser)


COMMAND: Final = Command(
    "ci",
    CIOptions,
    declare,
    "harbor_operator.cli.ci.command",
    offered=tuple(System),
)
