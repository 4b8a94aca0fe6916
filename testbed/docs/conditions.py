"""The page of conditions and Events: their enumerations, and the advice of troubleshooting.md."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.engine.events import EventReason
from testbed.docs.enums import docstrings
from testbed.docs.errors import UntoldError
from testbed.docs.markdown import code, escaped, rows_below, table

_INTRODUCTION: Final = """\
# Conditions and Events

Types and reasons are part of the API: a reason has one meaning on all kinds. Messages are for
people and may change. How to go about it is in [troubleshooting](../troubleshooting.md).

## Conditions

"""
_REASONS: Final = """\
## Reasons

On which kinds a reason appears, with the condition behind it where that is not Ready.

"""
_EVENTS: Final = """\
## Events

Beside these, one is posted when Ready changes its mind, with its reason. Events about a connection
are in namespace `default`.

"""
_LINK: Final = re.compile(r"\]\((?!#)")


def conditions_page(troubleshooting: str) -> str:
    """The page, given the text of docs/troubleshooting.md.

    Raises:
        UntoldError: A reason has no advice there.
    """
    advice = dict(advice_of(troubleshooting))
    if missing := [reason.value for reason in Reason if reason not in advice]:
        raise UntoldError(f"docs/troubleshooting.md: no advice on {', '.join(missing)}")
    return "".join(
        [
            _INTRODUCTION,
            table(("type", "meaning"), _meanings(ConditionType)),
            "Each is one of ",
            ", ".join(code(status) for status in ConditionStatus),
            ".\n\n",
            _REASONS,
            table(
                ("reason", "meaning", "on", "what to do"),
                ((*meaning, *advice[meaning[0].strip("`")]) for meaning in _meanings(Reason)),
            ),
            _EVENTS,
            table(("reason", "meaning"), _meanings(EventReason)).rstrip("\n"),
            "\n",
        ]
    )


def advice_of(troubleshooting: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each reason with the kinds that have it and what to do, from the table of reasons."""
    _, *rows = rows_below(troubleshooting, "Reasons")
    for reason, kinds, advice in rows:
        # The page is one folder deeper than troubleshooting.md.
        yield reason, (kinds, _LINK.sub("](../", advice))


def _meanings(enumeration: type[StrEnum]) -> Iterator[tuple[str, str]]:
    for value, meaning in docstrings(enumeration).items():
        yield code(value), escaped(meaning)
