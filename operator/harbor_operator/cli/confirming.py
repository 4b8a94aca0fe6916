"""Asks before something is done that cannot be undone."""

from typing import Final, TextIO

from harbor_operator.cli.failures import CommandError, ExitCode

_YES: Final = frozenset({"y", "yes"})


def require_answerable(*, agreed: bool, ear: TextIO) -> None:
    """Refuse at once what would have to be asked and cannot be.

    Raises:
        CommandError: Nobody has agreed, and nobody listens.
    """
    if not agreed and not ear.isatty():
        raise CommandError("there is nobody to ask: add --yes if that is meant", ExitCode.USAGE)


def confirmed(question: str, *, agreed: bool, ear: TextIO, mouth: TextIO) -> bool:
    """Whether a person agrees.

    Args:
        question: What is asked, without the way to answer.
        agreed: Whether the command line says so already.
        ear: Standard input.
        mouth: Standard error, as the other one carries the result.
    """
    if agreed:
        return True
    mouth.write(f"{question} [y/N] ")
    mouth.flush()
    return ear.readline().strip().lower() in _YES
