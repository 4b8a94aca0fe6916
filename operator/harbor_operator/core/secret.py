"""A text that never shows itself."""

from dataclasses import dataclass
from typing import final

from typing_extensions import override


@final
@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A password or token: equal by value, hidden in every print, log and traceback.

    Python cannot wipe strings from memory; this type only keeps them out of sight.
    """

    _text: str

    def reveal(self) -> str:
        """The text itself, for the one place that must send or store it."""
        return self._text

    @override
    def __repr__(self) -> str:
        return "Secret(...)"

    @override
    def __str__(self) -> str:
        return "(hidden)"

    def __bool__(self) -> bool:
        return bool(self._text)
