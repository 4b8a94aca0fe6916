"""Completion: what may come next, and the scripts that ask.

kubectl runs `kubectl_complete-harbor` with the words so far and reads one candidate a line, and
last what the shell shall do with them. The scripts for the shells ask the same way.
"""

import argparse
from collections.abc import Iterable, Sequence
from typing import Final

from harbor_operator.cli.arguments import command_in, make_parser
from harbor_operator.cli.table import command_named

ASK: Final = "__complete"
"""The hidden command that the scripts run."""

_NO_FILES: Final = ":4"
_NO_SPACE_NO_FILES: Final = ":6"
_FILES: Final = ":0"
_PATHS: Final = frozenset({"PATH", "DIR", "FILE"})
"""Placeholders of options whose value is a file or a folder."""

_SCRIPTS: Final = {
    "bash": """\
_kubectl_harbor() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :6) compopt -o nospace ;;
      :*) ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(kubectl-harbor __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _kubectl_harbor kubectl-harbor
""",
    "zsh": """\
#compdef kubectl-harbor
_kubectl_harbor() {
  local -a answer
  answer=("${(@f)$(kubectl-harbor __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case "${answer[-1]}" in
    :6) compadd -S '' -- "${(@)answer[1,-2]}" ;;
    :0) _files ;;
    *) compadd -- "${(@)answer[1,-2]}" ;;
  esac
}
compdef _kubectl_harbor kubectl-harbor
""",
    "fish": """\
function __kubectl_harbor
  set -l said (commandline -opc) (commandline -ct)
  kubectl-harbor __complete $said[2..] 2>/dev/null | string match -v -r '^:'
end
complete -c kubectl-harbor -f -a '(__kubectl_harbor)'
""",
}


def script(shell: str) -> str:
    """The script that a shell reads to complete `kubectl-harbor`."""
    return _SCRIPTS[shell]


def candidates(words: Sequence[str]) -> list[str]:
    """What may stand where the last word begins, and at the end the directive for the shell.

    Args:
        words: All words behind the program's name; the last one may be empty.
    """
    *before, begun = words or [""]
    named = command_in(before)
    parser = make_parser({named} if named else ())
    command, pending = _walk(parser, before)
    if pending is not None:
        return _of_value(pending, begun)
    current = _subparsers(parser)[command] if command else parser
    if begun.startswith("-"):
        flags = {flag for action in current._actions for flag in action.option_strings}  # noqa: SLF001
        return _answer(flags, begun)
    if command is None:
        return _answer(_subparsers(parser), begun)
    if offered := command_named(command).offered:
        return [*_answer(offered, begun)[:-1], _NO_SPACE_NO_FILES]
    choices = next((a.choices for a in current._actions if not a.option_strings), None)  # noqa: SLF001
    return _answer(() if choices is None else choices, begun)


def _of_value(option: argparse.Action, begun: str) -> list[str]:
    if option.metavar in _PATHS:
        return [_FILES]
    return _answer(() if option.choices is None else option.choices, begun)


def _answer(words: Iterable[str], begun: str) -> list[str]:
    return [*sorted(word for word in words if word.startswith(begun)), _NO_FILES]


def _walk(
    parser: argparse.ArgumentParser, words: Iterable[str]
) -> tuple[str | None, argparse.Action | None]:
    """The command among some words, and the option that still waits for its value."""
    command: str | None = None
    pending: argparse.Action | None = None
    for word in words:
        if pending is not None:
            pending = None
        elif word.startswith("-"):
            current = _subparsers(parser)[command] if command else parser
            found = current._option_string_actions.get(word)  # noqa: SLF001
            pending = found if found is not None and found.nargs != 0 else None
        elif command is None and word in _subparsers(parser):
            command = word
    return command, pending


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return next(
        dict(action.choices)
        for action in parser._actions  # noqa: SLF001 -- argparse shows them nowhere else
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
    )
