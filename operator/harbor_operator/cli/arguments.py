"""The command line: what there is to say, and what was said."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from typing_extensions import override

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import BLAST_RADIUS, UNINSTALL_CHECK, Action, kinds_for
from harbor_operator.cli.workloads import WORDS

PROGRAM: Final = "kubectl harbor"
DEFAULT_TIMEOUT: Final = "5m"
FORMATS: Final = ("table", "json", "yaml")
SHELLS: Final = ("bash", "zsh", "fish")
ACTION_HELP: Final = {
    Action.RECONCILE: "have an object looked at now",
    Action.ROTATE: "replace a robot's credential; the old one works on for its overlap",
    Action.REVOKE: "replace a credential at once and end the old one",
    Action.SUSPEND: "have the operator leave an object alone",
    Action.RESUME: "have the operator look after a suspended object again",
}

_EPILOG = """exit codes:
  0    fine
  1    something is not ready, not pulled or left to do, or an action failed or was not done in time
  2    the command line is wrong
  3    no access: no kubeconfig, no answer, no valid login, not allowed
  4    no such object, or the kinds are not installed
  130  interrupted"""
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}
_DURATION: Final = re.compile(r"(?:\d+[smh])+")


@dataclass(frozen=True, slots=True)
class Options:
    """What was said on the command line.

    Attributes:
        command: Its first word.
        namespace: The one that was named.
        all_namespaces: Whether all are meant.
        context: A context of the kubeconfig instead of its current one.
        kubeconfig: A path instead of the usual ones.
        output: One of `FORMATS`.
        target: KIND/NAME of an action, or of what a question is about.
        wait: Whether to wait for an action's end.
        timeout: For how many seconds.
        all_robots: Whether a revoke of all robots of a connection is meant.
        shell: Whose completion script is asked for.
    """

    command: str
    namespace: str | None = None
    all_namespaces: bool = False
    context: str | None = None
    kubeconfig: str | None = None
    output: str = "table"
    target: str = ""
    wait: bool = False
    timeout: float = 300.0
    all_robots: bool = False
    shell: str = ""


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
    options = Options(**vars(make_parser().parse_args(words)))
    if options.command == UNINSTALL_CHECK and options.namespace is not None:
        raise CommandError(f"{UNINSTALL_CHECK} looks at the whole cluster", ExitCode.USAGE)
    if options.namespace is not None and options.all_namespaces:
        raise CommandError("give either --namespace or --all-namespaces", ExitCode.USAGE)
    return options


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the whole command line."""
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
    status = _command(commands, "status", "show on one screen what is not ready, and why", shared)
    status.add_argument(
        "-A", "--all-namespaces", action="store_true", help="look into all namespaces"
    )
    _add_output(status)
    why = _command(commands, "why", "explain a failed pull by what the cluster knows", shared)
    why.add_argument(
        "target", metavar="KIND/NAME", help=f"whose pull: KIND is {', '.join(WORDS.values())}"
    )
    _add_output(why)
    for action in Action:
        _add_action(commands, action, shared)
    sentence = "show which namespaces, ServiceAccounts, pods and images depend on a credential"
    radius = _command(commands, BLAST_RADIUS, sentence, shared)
    _add_target(radius, BLAST_RADIUS)
    _add_output(radius)
    sentence = "show what to do, and in which order, before the operator is removed"
    _add_output(_command(commands, UNINSTALL_CHECK, sentence, shared))
    completion = _command(commands, "completion", "print a shell's completion script", shared)
    completion.add_argument("shell", choices=SHELLS, help="the shell")
    return parser


def _command(
    commands: Any,  # noqa: ANN401 -- argparse's own class is private
    name: str,
    sentence: str,
    shared: argparse.ArgumentParser,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=sentence, description=sentence, parents=[shared], allow_abbrev=False
    )
    return parser


def _shared_options() -> argparse.ArgumentParser:
    """The options that kubectl has, too; they may stand before the command or behind it."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("-n", "--namespace", help="the namespace; the context's by default")
    shared.add_argument("--context", help="a context of the kubeconfig")
    shared.add_argument("--kubeconfig", metavar="PATH", help="the kubeconfig")
    return shared


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=FORMATS, default="table", help="how to print")


def _add_target(parser: argparse.ArgumentParser, command: str) -> None:
    kinds = ", ".join(kind.word for kind in kinds_for(command))
    parser.add_argument("target", metavar="KIND/NAME", help=f"the object: KIND is {kinds}")


def _add_action(
    commands: Any,  # noqa: ANN401 -- as above
    action: Action,
    shared: argparse.ArgumentParser,
) -> None:
    parser = _command(commands, action.value, ACTION_HELP[action], shared)
    _add_target(parser, action)
    parser.add_argument(
        "--wait", action="store_true", help="wait for the end, and tell how it goes meanwhile"
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=_seconds(DEFAULT_TIMEOUT),
        help=f"how long to wait, such as 90s or 1h30m; {DEFAULT_TIMEOUT} by default",
    )
    if action is Action.REVOKE:
        parser.add_argument(
            "--all-robots",
            action="store_true",
            help="of a connection: yes, the credentials of all its robots",
        )
    _add_output(parser)


def _seconds(text: str) -> float:
    """Read a length of time as kubectl spells it."""
    if not _DURATION.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time such as 90s or 1h30m")
    parts = re.findall(r"(\d+)([smh])", text)
    return float(sum(int(number) * _UNITS[unit] for number, unit in parts))
