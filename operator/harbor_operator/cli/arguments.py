"""The command line: what there is to say, and what was said."""

import argparse
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NoReturn

from typing_extensions import override

from harbor_operator.cli.command import Options
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.table import ROWS, Row, command_named

PROGRAM: Final = "kubectl harbor"
TAKING_VALUES: Final = frozenset({"-n", "--namespace", "--context", "--kubeconfig"})
"""The options that may stand before the command with a word of their own."""

_EPILOG = """exit codes:
  0    fine
  1    something is not ready, not pulled or left to do, or an action failed or was not done in time
  2    the command line is wrong
  3    no access: no kubeconfig, no answer, no valid login, not allowed
  4    no such object, or the kinds are not installed
  130  interrupted"""


class _Parser(argparse.ArgumentParser):
    """Refuses in one line, as every other failure is told."""

    @override
    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see {self.prog} --help)", ExitCode.USAGE)


class _ShowVersion(argparse.Action):
    """Asks the installed distribution, which only this option needs."""

    @override
    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        from importlib.metadata import version  # noqa: PLC0415 -- costs as much as all the rest

        sys.stdout.write(f"{PROGRAM} {version('harbor-operator')}\n")
        parser.exit()


def parse(words: Sequence[str]) -> Options:
    """Read the words behind the program's name.

    Raises:
        CommandError: They make no sense.
        SystemExit: Help or the version was asked for and has been printed.
    """
    named = command_in(words)
    told = vars(make_parser({named} if named else ()).parse_args(words))
    return command_named(told["command"]).options(**told)


def command_in(words: Iterable[str]) -> str | None:
    """The command among some words, None where none is said yet or there is no such one."""
    value = False
    for word in words:
        if value or word.startswith("-"):
            value = not value and word in TAKING_VALUES
        else:
            return word if any(word == row.name for row in ROWS) else None
    return None


def make_parser(declared: Collection[str] | None = None) -> argparse.ArgumentParser:
    """Make the parser of the whole command line.

    Args:
        declared: The commands whose own arguments it shall know; None for all.
    """
    shared = _shared_options()
    parser = _Parser(
        prog=PROGRAM,
        description="What people ask of Harbor's objects in the cluster, with their own rights.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action=_ShowVersion,
        nargs=0,
        default=argparse.SUPPRESS,
        help="print the version",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for row in ROWS:
        parser_of = _add(commands, row, shared)
        if declared is None or row.name in declared:
            command_named(row.name).declare(parser_of)
    return parser


def _add(
    commands: Any,  # noqa: ANN401 -- argparse's own class is private
    row: Row,
    shared: argparse.ArgumentParser,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        row.name,
        help=row.sentence,
        description=row.sentence,
        parents=[shared],
        allow_abbrev=False,
    )
    return parser


def _shared_options() -> argparse.ArgumentParser:
    """The options that kubectl has, too; they may stand before the command or behind it."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("-n", "--namespace", help="the namespace; the context's by default")
    shared.add_argument("--context", help="a context of the kubeconfig")
    shared.add_argument("--kubeconfig", metavar="PATH", help="the kubeconfig")
    return shared
