"""Figures side by side: the operator's, the floor's, and how they compare with a goal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_BAR_CELLS = 60
_RATIO_DIGITS = {False: 1, True: 2}
"""A ratio below 1 needs two decimals to be told from its goal."""
_COLUMNS = ("figure", "operator", "floor", "ratio", "goal", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row."""

    name: str
    """With its unit."""
    operator: float
    floor: float | None = None
    """None where the floor has no such figure."""
    most_times: float | None = None
    """The goal as a multiple of the floor."""
    least_times: float | None = None
    """The goal as a part of the floor, where more is better."""
    most: float | None = None
    """The goal as a value of its own."""

    @property
    def ratio(self) -> float | None:
        """How many times the floor it is, None without a floor."""
        return self.operator / self.floor if self.floor else None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached, None where there is none."""
        if self.most_times is not None and self.ratio is not None:
            return self.ratio <= self.most_times
        if self.least_times is not None and self.ratio is not None:
            return self.ratio >= self.least_times
        return None if self.most is None else self.operator <= self.most

    def cells(self) -> tuple[str, ...]:
        """The row's texts, one a column."""
        ratio = "" if self.ratio is None else f"{self.ratio:.{_RATIO_DIGITS[self.ratio < 1]}f} x"
        verdict = {True: "ok", False: "missed", None: ""}[self.reached]
        floor = _number(self.floor)
        return (self.name, _number(self.operator), floor, ratio, self._goal(), verdict)

    def _goal(self) -> str:
        if self.least_times is not None:
            return f">= {self.least_times:g} x"
        if self.most_times is not None:
            return f"<= {self.most_times:g} x"
        return "" if self.most is None else f"<= {_number(self.most)}"


def table(figures: Iterable[Figure]) -> str:
    """All figures, aligned."""
    rows = [_COLUMNS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(_line(row, widths) for row in rows)


def bars(values: Mapping[str, int]) -> str:
    """A bar for each value, the longest over the whole width."""
    width = max(len(name) for name in values)
    cell = max(values.values()) / _BAR_CELLS
    return "\n".join(
        f"{name.ljust(width)}  {'█' * round(value / cell) or '▏'} {value}"
        for name, value in values.items()
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *cells = row
    *numbers, verdict = cells
    aligned = [text.rjust(width) for text, width in zip(numbers, widths[1:], strict=False)]
    return "  ".join([name.ljust(widths[0]), *aligned, verdict]).rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.2f}"
