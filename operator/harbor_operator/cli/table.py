"""The commands of the plugin: a room each, and a row each here."""

from typing import Final

from harbor_operator.cli import completion_arguments
from harbor_operator.cli.acting import arguments as acting
from harbor_operator.cli.adopting import arguments as adopting
from harbor_operator.cli.audit import arguments as audit
from harbor_operator.cli.ci import arguments as ci
from harbor_operator.cli.command import Command
from harbor_operator.cli.doctor import arguments as doctor
from harbor_operator.cli.exporting import arguments as exporting
from harbor_operator.cli.login import arguments as login
from harbor_operator.cli.migrating import arguments as migrating
from harbor_operator.cli.orphans import arguments as orphans
from harbor_operator.cli.planning import arguments as planning
from harbor_operator.cli.promoting import arguments as promoting
from harbor_operator.cli.radius import arguments as radius
from harbor_operator.cli.removal import arguments as removal
from harbor_operator.cli.scan_report import arguments as scan_report
from harbor_operator.cli.status import arguments as status
from harbor_operator.cli.why import arguments as why

COMMANDS: Final[tuple[Command, ...]] = (
    status.COMMAND,
    why.COMMAND,
    *acting.COMMANDS,
    radius.COMMAND,
    planning.COMMAND,
    exporting.COMMAND,
    adopting.COMMAND,
    migrating.COMMAND,
    login.COMMAND,
    ci.COMMAND,
    scan_report.COMMAND,
    audit.COMMAND,
    doctor.COMMAND,
    promoting.COMMAND,
    removal.COMMAND,
    orphans.COMMAND,
    completion_arguments.COMMAND,
)
"""In the order in which help lists them."""


def command_named(name: str) -> Command:
    """The row of a command that there is."""
    return next(command for command in COMMANDS if command.name == name)
