"""What a cause is, and what is said of one that was found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from harbor_operator.cli.why.evidence import Evidence


class Told(NamedTuple):
    """One cause of one pull: a sentence that tells it, and one that tells the cure."""

    sentence: str
    cure: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One row of the table of causes.

    Attributes:
        name: The word for it, which is part of the interface.
        explain: What it means for a pull, None where it is not the cause.
    """

    name: str
    explain: Callable[[Evidence], Told | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause that was found."""

    cause: str
    sentence: str
    cure: str
