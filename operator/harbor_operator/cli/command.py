"""What a command of the plugin is, and the options that commands share.

Nothing here or in a room's `arguments` may import what takes time: help and completion read all.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

FORMATS: Final = ("table", "json", "yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What every command is told.

    Attributes:
        command: The command's name.
        namespace: The one that was named.
        context: A context of the kubeconfig instead of its current one.
        kubeconfig: A path instead of the usual ones.
    """

    command: str
    namespace: str | None = None
    context: str | None = None
    kubeconfig: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintOptions(Options):
    """What a command is told that prints a table or data.

    Attributes:
        output: One of `FORMATS`.
    """

    output: str = "table"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: how it is said, and where it is done.

    Attributes:
        name: The word for it.
        options: What it is told.
        declare: Adds its arguments to a parser; their names are the fields of `options`.
        program: The module whose coroutine `run(options)` returns the exit code.
        offered: What its first argument may begin with, such as `robot/`.
    """

    name: str
    options: type[Options]
    declare: Callable[[argparse.ArgumentParser], None]
    program: str
    offered: tuple[str, ...] = ()


class Collect(argparse.Action):
    """Keeps the values of an option that may be given several times, each once, as a tuple."""

    @override
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        before: tuple[str, ...] = getattr(namespace, self.dest) or ()
        setattr(namespace, self.dest, tuple(dict.fromkeys((*before, str(values)))))


def nothing(_: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def add_output(parser: argparse.ArgumentParser, formats: tuple[str, ...] = FORMATS) -> None:
    """Declare how to print."""
    parser.add_argument("-o", "--output", choices=formats, default=formats[0], help="how to print")
