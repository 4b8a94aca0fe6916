"""Figures that a test has measured, for whoever reads the end of a run."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Announce = Callable[[str], None]
"""Has a line printed below the results of the run, in whatever process the test runs."""

PROPERTY = "announced"
"""Test reports carry the lines as a property, from the workers of a run with several, too."""


def announced(terminalreporter: pytest.TerminalReporter) -> Iterator[str]:
    """What all tests of a run have announced."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            yield from _of(report)


def _of(report: Any) -> Iterator[str]:  # noqa: ANN401 -- pytest's lists hold reports of any sort
    if getattr(report, "when", None) == "call":
        yield from (str(value) for name, value in report.user_properties if name == PROPERTY)
