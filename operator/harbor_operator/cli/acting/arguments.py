"""How actions on objects are said."""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from harbor_operator.cli.command import Command, PrintOptions, add_output
from harbor_operator.cli.kinds import Action, add_target, kinds_with

DEFAULT_TIMEOUT: Final = "5m"
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}
_DURATION: Final = re.compile(r"(?:\d+[smh])+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOptions(PrintOptions):
    """What an action is told.

    Attributes:
        target: KIND/NAME of the object.
        wait: Whether to wait for the end.
        timeout: For how many seconds.
        all_robots: Whether a revoke of all robots of a connection is meant.
    """

    target: str
    wait: bool = False
    timeout: float = 300.0
    all_robots: bool = False


def declare(parser: argparse.ArgumentParser, action: Action) -> None:
    """Add the arguments of an action."""
    add_target(parser, kinds_with(action))
    parser.add_argument(
        "--wait", action="store_true", help="wait for the end, and tell how it goes meanwhile"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=seconds(DEFAULT_TIMEOUT),
        help=f"how long to wait, such as 90s or 1h30m; {DEFAULT_TIMEOUT} by default",
    )
    if action is Action.REVOKE:
        parser.add_argument(
            "--all-robots",
            action="store_true",
            help="of a connection: yes, the credentials of all its robots",
        )
    add_output(parser)


def seconds(text: str) -> float:
    """Read a length of time as kubectl spells it.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    if not _DURATION.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time such as 90s or 1h30m")
    parts = re.findall(r"(\d+)([smh])", text)
    return float(sum(int(number) * _UNITS[unit] for number, unit in parts))


def _command(action: Action) -> Command:
    add: Callable[[argparse.ArgumentParser], None] = partial(declare, action=action)
    return Command(
        action.value,
        ActOptions,
        add,
        "harbor_operator.cli.acting.command",
        offered=tuple(f"{kind.word}/" for kind in kinds_with(action)),
    )


COMMANDS: Final = tuple(_command(action) for action in Action)
