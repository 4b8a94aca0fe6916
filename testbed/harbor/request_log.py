"""Counting what clients ask for, to prove how few requests something needs."""

from collections import Counter, defaultdict
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
    by_agent: dict[str, Counter[RequestKind]] = field(default_factory=lambda: defaultdict(Counter))
    """The same for each User-Agent."""

    def add(self, method: str, template: str, status: int, *, agent: str = "") -> None:
        """Counts a request."""
        kind = RequestKind(method, template, status)
        self.counts[kind] += 1
        self.by_agent[agent][kind] += 1

    def reset(self) -> None:
        """Starts again from zero."""
        self.counts.clear()
        self.by_agent.clear()

    @property
    def reads(self) -> int:
        """How many requests only read."""
        return sum(n for kind, n in self.counts.items() if kind.method in _READING)

    @property
    def writes(self) -> int:
        """How many requests could have changed something."""
        return self.counts.total() - self.reads

    def written_by(self, agent: str) -> Counter[RequestKind]:
        """What those wrote, or tried to, whose User-Agent has this in it, logins included."""
        written: Counter[RequestKind] = Counter()
        for name, counts in self.by_agent.items():
            if agent in name:
                written.update({k: n for k, n in counts.items() if k.method not in _READING})
        return written

    def count(self, method: str, template: str) -> int:
        """How many requests of a method came for a route, whatever the answer."""
        return sum(
            n
            for kind, n in self.counts.items()
            if kind.method == method and kind.template == template
        )
