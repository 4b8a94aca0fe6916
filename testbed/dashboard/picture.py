"""The dashboard as one SVG picture: what Grafana would show of a stretch of time."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from testbed.dashboard.panels import Panel, Row, Shape, Unit
from testbed.dashboard.scale import minutes, spelled, ticks

_WIDTH = 1500.0
_MARGIN, _GAP = 20.0, 14.0
_HEAD, _HEADING = 72.0, 34.0
_TALL = {Shape.NUMBER: 96.0, Shape.LINES: 262.0}
_ACROSS = {Shape.NUMBER: 6, Shape.LINES: 3}
_PLOT_LEFT, _PLOT_TOP, _PLOT_RIGHT, _PLOT_BOTTOM = 64.0, 58.0, 16.0, 84.0
_NAME_LENGTH, _NAMES = 34, 6
_COLOURS = (
    "#2563eb",
    "#d97706",
    "#059669",
    "#dc2626",
    "#7c3aed",
    "#0891b2",
    "#be185d",
    "#65a30d",
    "#475569",
    "#ca8a04",
)
_STYLE = """
text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1e293b }
.head { font-size: 24px; font-weight: 600 }
.said { font-size: 13px; fill: #64748b }
.row { font-size: 15px; font-weight: 600; fill: #334155 }
.title { font-size: 14px; font-weight: 600 }
.tick { font-size: 11px; fill: #64748b }
.name { font-size: 11px; fill: #334155 }
.big { font-size: 28px; font-weight: 600; fill: #0f766e }
.card { fill: #ffffff; stroke: #e2e8f0 }
.grid { stroke: #e2e8f0; stroke-width: 1 }
.axis { stroke: #94a3b8; stroke-width: 1 }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round }
"""

_UNITS = {
    Unit.COUNT: "number",
    Unit.SECONDS: "time",
    Unit.PER_SECOND: "per second",
    Unit.SHARE: "share",
    Unit.BYTES: "memory",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its name, and its values by seconds since the beginning."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A place in the picture, in pixels."""

    x: float
    y: float
    width: float
    height: float


def picture(
    rows: Sequence[Row], lines: Mapping[str, Sequence[Line]], *, seconds: float, said: str
) -> str:
    """The text of the picture.

    Args:
        rows: What there is to show.
        lines: The series of each panel by its title.
        seconds: How long a time it is about.
        said: One line about where the values are from.
    """
    parts: list[str] = [
        _text(_MARGIN, 36, "head", "harbor-operator"),
        _text(_MARGIN, 58, "said", said),
    ]
    y = _HEAD
    for row in rows:
        parts.append(_text(_MARGIN, y + 22, "row", row.title))
        y += _HEADING
        for shape in Shape:
            panels = [panel for panel in row.panels if panel.shape is shape]
            for index, panel in enumerate(panels):
                box = _place(index, y, shape)
                parts += _panel(panel, lines.get(panel.title, ()), box, seconds)
            y += math.ceil(len(panels) / _ACROSS[shape]) * (_TALL[shape] + _GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {y:.0f}"'
        f' width="{_WIDTH:.0f}" height="{y:.0f}">\n<style>{_STYLE}</style>\n'
        f'<rect width="100%" height="100%" fill="#f1f5f9"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _place(index: int, y: float, shape: Shape) -> Box:
    across = _ACROSS[shape]
    width = (_WIDTH - 2 * _MARGIN - (across - 1) * _GAP) / across
    return Box(
        x=_MARGIN + index % across * (width + _GAP),
        y=y + index // across * (_TALL[shape] + _GAP),
        width=width,
        height=_TALL[shape],
    )


def _panel(panel: Panel, lines: Sequence[Line], box: Box, seconds: float) -> Iterator[str]:
    yield (
        f'<rect class="card" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}"'
        f' height="{box.height:.1f}" rx="8"/>'
    )
    yield _text(box.x + 14, box.y + 24, "title", panel.title)
    if panel.shape is Shape.NUMBER:
        yield from _number(panel, lines, box)
    else:
        yield from _chart(panel, lines, box, seconds)


def _number(panel: Panel, lines: Sequence[Line], box: Box) -> Iterator[str]:
    for line in lines[:1]:
        said = spelled(line.points[-1][1], panel.unit)
        yield _text(box.x + 14, box.y + 60, "big", said)
        yield _text(box.x + 14, box.y + 82, "name", line.name)


def _chart(panel: Panel, lines: Sequence[Line], box: Box, seconds: float) -> Iterator[str]:
    plot = Box(
        x=box.x + _PLOT_LEFT,
        y=box.y + _PLOT_TOP,
        width=box.width - _PLOT_LEFT - _PLOT_RIGHT,
        height=box.height - _PLOT_TOP - _PLOT_BOTTOM,
    )
    values = [value for line in lines for _, value in line.points] or [0.0, 1.0]
    lowest = min(0.0, *values) if _from_zero(values, panel.unit) else min(values)
    marks = ticks(lowest, max(values), panel.unit)
    low, high = marks[0], marks[-1]

    def at(time: float, value: float) -> tuple[float, float]:
        return (
            plot.x + time / seconds * plot.width,
            plot.y + plot.height * (1 - (value - low) / (high - low)),
        )

    yield _text(box.x + 14, box.y + 46, "tick", _UNITS[panel.unit])
    for mark in marks:
        _, y = at(0, mark)
        yield _rule("grid", plot.x, y, plot.x + plot.width, y)
        yield _text(plot.x - 8, y + 4, "tick", spelled(mark, panel.unit), anchor="end")
    bottom = plot.y + plot.height
    yield _rule("axis", plot.x, bottom, plot.x + plot.width, bottom)
    for time, name in minutes(seconds):
        x, _ = at(time, low)
        yield _rule("axis", x, bottom, x, bottom + 4)
        yield _text(x, bottom + 17, "tick", name, anchor="middle")
    yield _text(plot.x - 12, bottom + 17, "tick", "minute", anchor="end")
    for index, line in enumerate(lines):
        for run in _runs(line, seconds):
            yield _path([at(*point) for point in run], _colour(index))
    yield from _names(lines, Box(box.x + 14, bottom + 36, box.width - 28, 0))


def _from_zero(values: Sequence[float], unit: Unit) -> bool:
    """Whether zero belongs into the picture: not where all values are far from it."""
    return unit is not Unit.BYTES or min(values) < max(values) * 0.8


def _runs(line: Line, seconds: float) -> Iterator[list[tuple[float, float]]]:
    """The stretches of a line without a gap, each without points that lie between equal ones."""
    longest_gap = seconds / 25
    run: list[tuple[float, float]] = []
    for time, value in line.points:
        if run and time - run[-1][0] > longest_gap:
            yield run
            run = []
        if len(run) > 1 and run[-1][1] == run[-2][1] == value:
            run.pop()
        run.append((time, value))
    if run:
        yield run


def _names(lines: Sequence[Line], place: Box) -> Iterator[str]:
    """The legend: two to a line, and how many more there are."""
    shown = lines if len(lines) <= _NAMES else lines[: _NAMES - 1]
    for index, line in enumerate(shown):
        x = place.x + index % 2 * place.width / 2
        y = place.y + index // 2 * 16
        yield _rule("line", x, y - 4, x + 14, y - 4, colour=_colour(index))
        name = line.name
        if len(name) > _NAME_LENGTH:
            name = f"{name[: _NAME_LENGTH - 1]}…"
        yield _text(x + 20, y, "name", name)
    if len(lines) > len(shown):
        more = len(lines) - len(shown)
        x, y = place.x + place.width / 2, place.y + (_NAMES // 2 - 1) * 16
        yield _text(x + 20, y, "name", f"and {more} more")


def _colour(index: int) -> str:
    return _COLOURS[index % len(_COLOURS)]


def _path(points: Sequence[tuple[float, float]], colour: str) -> str:
    if len(points) == 1:
        [(x, y)] = points
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{colour}"/>'
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="line" stroke="{colour}" points="{drawn}"/>'


def _rule(kind: str, x1: float, y1: float, x2: float, y2: float, *, colour: str = "") -> str:
    stroke = f' stroke="{colour}"' if colour else ""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{stroke}/>'


def _text(x: float, y: float, kind: str, said: str, *, anchor: str = "start") -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'
    )
