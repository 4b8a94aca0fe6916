"""Points at which the operator may die, and how it is told where to.

A point is one side of one call of a port: just before it is sent, or when its answer is there and
nothing has been made of it yet. Nobody lists them: an operator with `KillOrders` writes down every
point that it comes by, and dies at the one that it was given.
"""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class KillPoint:
    """One side of the n-th call of its sort within a step."""

    call: str
    """The port, the method and what it is about, without names that differ from run to run."""
    ordinal: int
    answered: bool

    @override
    def __str__(self) -> str:
        side = "answered" if self.answered else "before it is sent"
        return f"{self.call} #{self.ordinal}, {side}"

    def line(self) -> str:
        """The point as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, line: str) -> Self:
        """The point of a line."""
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class KillOrders:
    """A folder in which tests leave orders for an operator, and it leaves what it came by."""

    folder: Path

    def give(self, step: str, at: KillPoint | None = None) -> None:
        """Begin a step of a name that was never used before; in it the operator dies at a point."""
        fresh = self.folder / "orders.new"
        fresh.write_text(json.dumps({"step": step, "at": at.line() if at else None}))
        fresh.replace(self._orders)

    def start(self, run: int) -> None:
        """Have the operator run for the n-th time."""
        (self.folder / f"run-{run}").touch()

    def is_started(self, run: int) -> bool:
        """Whether the operator shall run for the n-th time."""
        return (self.folder / f"run-{run}").exists()

    def end(self, run: int, code: int) -> None:
        """Tell how a run of the operator has ended; negative for a signal."""
        fresh = self.folder / "ended.new"
        fresh.write_text(str(code))
        fresh.replace(self.folder / f"ended-{run}")

    def exit_code(self, run: int) -> int | None:
        """How a run of the operator has ended; None while it goes on."""
        path = self.folder / f"ended-{run}"
        return int(path.read_text()) if path.exists() else None

    def points(self, step: str) -> list[KillPoint]:
        """What the operator has come by in a step, in order."""
        path = self._passed(step)
        lines = path.read_text().splitlines() if path.exists() else []
        return [KillPoint.parse(line) for line in lines]

    def read(self) -> tuple[str, KillPoint | None]:
        """The present step, and where to die in it."""
        orders = json.loads(self._orders.read_text())
        at = orders["at"]
        return orders["step"], KillPoint.parse(at) if at else None

    def note(self, step: str, point: KillPoint) -> None:
        """Write down a point; what is written outlives the process."""
        with self._passed(step).open("a") as passed:
            passed.write(f"{point.line()}\n")

    @property
    def _orders(self) -> Path:
        return self.folder / "orders.json"

    def _passed(self, step: str) -> Path:
        return self.folder / f"passed-{step}.jsonl"


class Trap:
    """Counts the calls of a step, and ends the process where the orders say so."""

    def __init__(self, orders: KillOrders) -> None:
        self._orders = orders
        self._step = ""
        self._calls: Counter[str] = Counter()

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        """Both sides of one call; a call that is given up has no other side."""
        step, at = self._orders.read()
        if step != self._step:
            self._step = step
            self._calls.clear()
        self._calls[call] += 1
        point = KillPoint(call, self._calls[call], answered=False)
        self._come_by(step, point, at)
        try:
            yield
        except Exception:
            self._come_back(step, point)
            raise
        self._come_back(step, point)

    def _come_back(self, begun: str, sent: KillPoint) -> None:
        step, at = self._orders.read()
        if step == begun:
            self._come_by(step, KillPoint(sent.call, sent.ordinal, answered=True), at)

    def _come_by(self, step: str, point: KillPoint, at: KillPoint | None) -> None:
        self._orders.note(step, point)
        if point == at:
            os.kill(os.getpid(), signal.SIGKILL)
