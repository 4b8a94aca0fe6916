"""Ticks of an axis, and how values are spelled."""

import math
from collections.abc import Iterator

from testbed.dashboard.panels import Unit

_SECONDS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))
_BYTES = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B"))
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS = 5


def ticks(lowest: float, highest: float, unit: Unit) -> list[float]:
    """Round values that enclose a range: at least two, at most eight; whole ones of counts."""
    if highest - lowest < _smallest(unit, highest):
        highest = lowest + _smallest(unit, highest)
    scale = _scale(highest - lowest, unit)
    step = _step((highest - lowest) / scale / _MOST_TICKS) * scale
    if unit is Unit.COUNT:
        step = max(1.0, round(step))
    first = math.floor(lowest / step) * step
    count = math.ceil((highest - first) / step - 1e-9)
    return [first + index * step for index in range(count + 1)]


def spelled(value: float, unit: Unit) -> str:
    """A value with its unit, as short as can be."""
    match unit:
        case Unit.SHARE:
            return f"{_short(value * 100)} %"
        case Unit.PER_SECOND:
            return f"{_short(value)}/s"
        case Unit.SECONDS:
            return _with_name(value, _SECONDS)
        case Unit.BYTES:
            return _with_name(value, _BYTES)
        case Unit.COUNT:
            return _short(value)


def _smallest(unit: Unit, highest: float) -> float:
    """The least range that is drawn: a line that hardly moves shall look like one."""
    return {Unit.COUNT: 1.0, Unit.SHARE: 0.1}.get(unit, abs(highest) / 10 or 1.0)


def _scale(span: float, unit: Unit) -> float:
    """What a step is a round number of: minutes, hours, powers of two."""
    names = {Unit.SECONDS: _SECONDS, Unit.BYTES: _BYTES}.get(unit, ())
    return next((size for size, _ in names if span >= 2 * size and size > 1), 1.0)


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in _STEPS if factor * power >= least * (1 - 1e-9))


def _with_name(value: float, names: tuple[tuple[float, str], ...]) -> str:
    if not value:
        return "0"
    size, name = next(((s, n) for s, n in names if abs(value) >= s * (1 - 1e-9)), names[-1])
    return f"{_short(value / size)} {name}"


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 -- digits


def minutes(seconds: float) -> Iterator[tuple[float, str]]:
    """Marks on a time axis of that length, in seconds, and their names in minutes."""
    step = next(
        step for step in (60, 120, 300, 600, 1800, 3600) if seconds / step <= _MOST_TICKS + 3
    )
    for mark in range(0, int(seconds) + 1, step):
        yield float(mark), str(mark // 60)
