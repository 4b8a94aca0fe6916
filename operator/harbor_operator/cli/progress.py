"""How far a long command has got, told on a terminal only."""

from typing import Final, Self, TextIO

_BACK: Final = "\r\x1b[K"
"""To the beginning of the line, which is cleared."""


class Progress:
    """One line that counts up and is gone at the end; nothing where nobody watches.

    A context manager.
    """

    def __init__(self, stream: TextIO, what: str, total: int | None = None) -> None:
        """Prepare to count.

        Args:
            stream: Standard error, as the other one carries the result.
            what: What is counted, in plural.
            total: How many there are, None where that is not known.
        """
        self._stream = stream
        self._what = what
        self._total = total
        self._done = 0
        self._shown = stream.isatty()

    def __enter__(self) -> Self:
        """Show the beginning."""
        self._show()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write(_BACK)
            self._stream.flush()

    def step(self) -> None:
        """Count one more."""
        self._done += 1
        self._show()

    def _show(self) -> None:
        if self._shown:
            of = "" if self._total is None else f" of {self._total}"
            self._stream.write(f"{_BACK}{self._done}{of} {self._what}")
            self._stream.flush()
