"""What a check says."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended, the worst first."""

    FAIL = "fail"
    """Something does not work."""
    WARN = "warn"
    """It works, and something may not for long or not for everybody."""
    UNKNOWN = "unknown"
    """It could not be looked at."""
    OK = "ok"
    """All is well."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What, such as `connection default: login`.
        state: How it is.
        found: What was seen.
        cure: What to do about it; empty where nothing is to be done.
    """

    name: str
    state: State
    found: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that `doctor` has to say.

    Attributes:
        checks: In the order in which they need each other.
        failed: How many fail.
        warned: How many warn.
        unknown: How many could not be looked at.
    """

    checks: tuple[Check, ...]
    failed: int
    warned: int
    unknown: int


def diagnosis_of(checks: Iterable[Check]) -> Diagnosis:
    """Count what was found."""
    all_ = tuple(checks)
    states = [check.state for check in all_]
    return Diagnosis(
        all_, states.count(State.FAIL), states.count(State.WARN), states.count(State.UNKNOWN)
    )


def ok(name: str, found: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, State.OK, found)


def fail(name: str, found: str, cure: str) -> Check:
    """A check that found what does not work."""
    return Check(name, State.FAIL, found, cure)


def warn(name: str, found: str, cure: str) -> Check:
    """A check that found what may not work for long, or not for everybody."""
    return Check(name, State.WARN, found, cure)


def unknown(name: str, found: str, cure: str = "") -> Check:
    """A check that could not be made."""
    return Check(name, State.UNKNOWN, found, cure)
