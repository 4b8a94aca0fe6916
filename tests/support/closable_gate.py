"""A gate before the writes of a client, which a test closes at the moment of its choice."""

from dataclasses import dataclass


class GateClosedError(Exception):
    """What a closed gate raises."""


@dataclass
class ClosableGate:
    """Lets writes pass until it is closed.

    Attributes:
        closed: Whether writes are refused now.
        asked: How often the gate was asked.
        closes_after: Close by itself after having been asked so often; None means never.
    """

    closed: bool = False
    asked: int = 0
    closes_after: int | None = None

    def __call__(self) -> None:
        """Pass, or raise GateClosedError."""
        self.asked += 1
        if self.closed or (self.closes_after is not None and self.asked > self.closes_after):
            raise GateClosedError
