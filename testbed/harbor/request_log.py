"""Counting what clients ask for, to prove how few requests something needs."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestKind(NamedTuple):
    """What requests are counted by."""

    method: str
    template: str
    status: int


@dataclass(slots=True)
class RequestLog:
    """How many requests came, by method, route template and status (0: dropped unanswered)."""

    counts: Counter[RequestKind] = field(default_factory=Counter)

    def add(self, method: str, template: str, status: int) -> None:
        """Counts a request."""
        self.counts[RequestKind(method, template, status)] += 1

    def reset(self) -> None:
        """Starts again from zero."""
        self.counts.clear()

    @property
    def reads(self) -> int:
        """How many requests only read."""
        return sum(n for kind, n in self.counts.items() if kind.method in _READING)

    @property
    def writes(self) -> int:
        """How many requests could have changed something."""
        return self.counts.total() - self.reads

    def count(self, method: str, template: str) -> int:
        """How many requests of a method came for a route, whatever the answer."""
        return sum(
            n
            for kind, n in self.counts.items()
            if kind.method == method and kind.template == template
        )
