"""The commands of the plugin: a row each here, and a room each.

A row is all that help needs. A room is opened only for what is said or completed: twenty of them
take longer to read than everything else.
"""

from importlib import import_module
from typing import Final, NamedTuple

from harbor_operator.cli.command import Command


class Row(NamedTuple):
    """A command as help lists it.

    Attributes:
        name: The word for it.
        sentence: What it is for.
        arguments: The module below `harbor_operator.cli` that declares what it is told.
    """

    name: str
    sentence: str
    arguments: str


ROWS: Final = (
    Row(
        "status",
        "show on one screen what is not ready, and why",
        "status.arguments",
    ),
    Row(
        "why",
        "explain a failed pull by the cluster, a trial and Harbor",
        "why.arguments",
    ),
    Row(
        "reconcile",
        "have an object looked at now",
        "acting.arguments",
    ),
    Row(
        "rotate",
        "replace a robot's credential; the old one works on for its overlap",
        "acting.arguments",
    ),
    Row(
        "revoke",
        "replace a credential at once and end the old one",
        "acting.arguments",
    ),
    Row(
        "suspend",
        "have the operator leave an object alone",
        "acting.arguments",
    ),
    Row(
        "resume",
        "have the operator look after a suspended object again",
        "acting.arguments",
    ),
    Row(
        "blast-radius",
        "show which namespaces, ServiceAccounts, pods and images depend on a credential",
        "radius.arguments",
    ),
    Row(
        "plan",
        "show what manifests would change in Harbor, and what would be refused",
        "planning.arguments",
    ),
    Row(
        "export",
        "write manifests for what is in Harbor: projects with all settings, robots without secrets",
        "exporting.arguments",
    ),
    Row(
        "adopt",
        "bring existing projects under management: look first, and take over once confirmed",
        "adopting.arguments",
    ),
    Row(
        "migrate",
        "show how to get from pull secrets of others to the operator's, step by step without a gap",
        "migrating.arguments",
    ),
    Row(
        "login",
        "log docker, podman or helm in with a robot's credential",
        "login.arguments",
    ),
    Row(
        "ci",
        "give a build pipeline a robot's credential, and show what to write into it",
        "ci.arguments",
    ),
    Row(
        "report",
        "show what scanners found in a project, an image, or what runs in a namespace",
        "scan_report.arguments",
    ),
    Row(
        "audit",
        "show when robots were used last, by Harbor's audit log",
        "audit.arguments",
    ),
    Row(
        "doctor",
        "check the operator, its rights, and the way to Harbor",
        "doctor.arguments",
    ),
    Row(
        "promote",
        "copy an image by digest to another project, once its scan and its signature allow it",
        "promoting.arguments",
    ),
    Row(
        "uninstall-check",
        "show what to do, and in which order, before the operator is removed",
        "removal.arguments",
    ),
    Row(
        "orphans",
        "show what is marked as the operator's and belongs to nobody",
        "orphans.arguments",
    ),
    Row(
        "completion",
        "print a shell's completion script",
        "completion_arguments",
    ),
)
"""In the order in which help lists them."""


def command_named(name: str) -> Command:
    """A command that there is."""
    row = next(row for row in ROWS if row.name == name)
    room = import_module(f"harbor_operator.cli.{row.arguments}")
    commands: tuple[Command, ...] = getattr(room, "COMMANDS", None) or (room.COMMAND,)
    return next(command for command in commands if command.name == name)


def all_commands() -> tuple[Command, ...]:
    """Every command, from its room."""
    return tuple(command_named(row.name) for row in ROWS)
