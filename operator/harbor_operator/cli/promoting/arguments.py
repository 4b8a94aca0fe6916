"""How `promote` is said."""

import argparse
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.acting.arguments import seconds
from harbor_operator.cli.command import FORMATS, Command, add_output
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_options import HarborPrintOptions, add_harbor
from harbor_operator.cli.scan_report.model import Severity

NAME: Final = "name"
"""The form that is the pinned reference alone."""
NO_LIMIT: Final = "None"
DEFAULT_TIMEOUT: Final = "10m"
_SEVERITIES: Final = (*(severity.value for severity in Severity), NO_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteOptions(HarborPrintOptions):
    """What `promote` is told.

    Attributes:
        image: The image, with or without host and project.
        source: The project to copy from, `project/NAME` for a HarborProject; None where the image
            names it.
        to: The project to copy to, in the same words.
        tag: The tag in the target, None for that of the image.
        max_severity: From which severity on a finding stops it, None for the target's own limit.
        scan: Whether to scan what has no result, and wait for it.
        timeout: For how many seconds.
        allow_unscanned: Whether an image without a result passes.
        require_signature: Whether a signature is asked for where the target does not.
        force: Whether tags in the target may leave the image that has them.
        dry_run: Whether only to tell what stands against it.
    """

    image: str
    source: str | None = None
    to: str
    tag: str | None = None
    max_severity: str | None = None
    scan: bool = False
    timeout: float = 600.0
    allow_unscanned: bool = False
    require_signature: bool = False
    force: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.scan and self.dry_run:
            raise CommandError("--dry-run starts no scan: leave out --scan", ExitCode.USAGE)


def declare(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.add_argument(
        "image",
        metavar="IMAGE",
        help="REPOSITORY:TAG or REPOSITORY@DIGEST; project or host and project may stand before it",
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="PROJECT",
        help="a project by its name in Harbor, or project/NAME for a HarborProject of the "
        "namespace; not needed where IMAGE begins with host and project",
    )
    parser.add_argument("--to", metavar="PROJECT", required=True, help="the same, to copy to")
    parser.add_argument("--tag", metavar="NAME", help="its tag there; that of IMAGE by default")
    _declare_gates(parser)
    parser.add_argument(
        "--force", action="store_true", help="let tags in the target leave other images"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="tell what stands against it, and change nothing"
    )
    add_output(parser, (*FORMATS, NAME))
    add_harbor(parser)


def _declare_gates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-severity",
        type=str.capitalize,
        choices=_SEVERITIES,
        help="a finding of this severity or worse stops it; by default what the target blocks, "
        f"and where it blocks nothing, {Severity.HIGH}",
    )
    parser.add_argument(
        "--scan", action="store_true", help="scan an image that has no result, and wait for it"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=seconds(DEFAULT_TIMEOUT),
        help=f"how long to wait for a scan, such as 90s; {DEFAULT_TIMEOUT} by default",
    )
    parser.add_argument(
        "--allow-unscanned", action="store_true", help="let an image pass that has no result"
    )
    parser.add_argument(
        "--require-signature",
        action="store_true",
        help="ask for a signature also where the target does not",
    )


COMMAND: Final = Command(
    "promote",
    PromoteOptions,
    declare,
    "harbor_operator.cli.promoting.command",
)
