"""The page of the plugin's commands: its parser, its exit codes, the causes of failed pulls."""

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Final

from harbor_operator.cli.arguments import PROGRAM, make_parser
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.why.causes import CAUSES
from harbor_operator.cli.why.spoken import Symptom
from testbed.docs.enums import docstrings
from testbed.docs.errors import UntoldError
from testbed.docs.markdown import code, escaped, paragraph, rows_below, table

_INTRODUCTION: Final = """\
# Commands of kubectl harbor

What each is for and how to read what it prints is in the [guide](../kubectl-harbor.md).

## Options of all commands

They may stand before the command or behind it.

"""
_CAUSES: Final = """\
## Causes of failed pulls

What `kubectl harbor why` names, the surest first. Those with a link are known by the
[text of the error](pull-errors.md) alone.

"""
_SAID: Final = frozenset(symptom.value for symptom in Symptom)


def commands_page(guide: str) -> str:
    """The page, given the text of docs/kubectl-harbor.md.

    Raises:
        UntoldError: A cause is not told there.
    """
    parser = make_parser()
    commands = _commands(parser)
    shared = {option for action in parser._actions for option in action.option_strings}  # noqa: SLF001
    sections = (_section(name, command, shared) for name, command in commands.items())
    codes = ((str(code.value), docstrings(ExitCode)[str(code.value)]) for code in ExitCode)
    return "".join(
        [
            _INTRODUCTION,
            table(("option", "meaning"), _options(parser)),
            *sections,
            "## Exit codes\n\n",
            table(("code", "meaning"), ((number, escaped(meaning)) for number, meaning in codes)),
            _CAUSES,
            table(("cause", "what was seen"), _causes(guide)).rstrip("\n"),
            "\n",
        ]
    )


def _commands(parser: ArgumentParser) -> Mapping[str, ArgumentParser]:
    [commands] = [
        action.choices
        for action in parser._actions  # noqa: SLF001 -- a parser does not tell otherwise
        if isinstance(action.choices, Mapping)
    ]
    return commands


def _options(parser: ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:  # noqa: SLF001 -- as above
        if action.option_strings:
            yield _spelled(action), escaped(action.help or "")


def _section(name: str, command: ArgumentParser, shared: set[str]) -> str:
    own = [action for action in command._actions if not shared & {*action.option_strings}]  # noqa: SLF001
    words = (_word(action) for action in own if not action.option_strings)
    usage = " ".join([PROGRAM, name, *words])
    rows = (
        (_spelled(each), _values(each), _default(each), escaped(each.help or "")) for each in own
    )
    return "".join(
        [
            f"## {name}\n\n",
            paragraph(f"`{usage}`: {escaped(command.description or '')}."),
            table(("argument", "values", "default", "meaning"), rows),
        ]
    )


def _word(action: Action) -> str:
    """How an argument without an option stands in the usage."""
    word = str(action.metavar or action.dest.upper())
    return {"?": f"[{word}]", "*": f"[{word} ...]"}.get(str(action.nargs), word)


def _spelled(action: Action) -> str:
    if not action.option_strings:
        return code(str(action.metavar or action.dest.upper()))
    takes_value = action.nargs != 0
    value = (
        f" {action.metavar or action.dest.upper()}" if takes_value and not action.choices else ""
    )
    *short, long = action.option_strings
    return ", ".join(map(code, (*short, f"{long}{value}")))


def _values(action: Action) -> str:
    return ", ".join(code(str(choice)) for choice in action.choices or ())


def _default(action: Action) -> str:
    """A default that is a word; what flags and numbers mean by default, their help says."""
    is_word = isinstance(action.default, str) and action.default != SUPPRESS
    return (
        "required"
        if action.required and action.option_strings
        else code(str(action.default) if is_word else "")
    )


def _causes(guide: str) -> Iterator[tuple[str, str]]:
    seen = dict(row for row in rows_below(guide, "Why a pull fails") if len(row) == 2)  # noqa: PLR2004
    if missing := [cause.name for cause in CAUSES if cause.name not in seen]:
        raise UntoldError(f"docs/kubectl-harbor.md: not a word on {', '.join(missing)}")
    for cause in CAUSES:
        link = f"[{cause.name}](pull-errors.md#{cause.name.lower()})"
        yield link if cause.name in _SAID else cause.name, seen[cause.name]
