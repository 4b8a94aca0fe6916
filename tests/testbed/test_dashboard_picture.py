"""The picture of the dashboard: axes with round values, every panel, and lines where data is."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testbed.dashboard.panels import ROWS, Shape, Unit
from testbed.dashboard.picture import Line, picture
from testbed.dashboard.scale import minutes, spelled, ticks

PANELS = [panel for row in ROWS for panel in row.panels]
CHART = next(panel for panel in PANELS if panel.shape is Shape.LINES)


def drawn(*lines: Line) -> ET.Element:
    """The picture with lines on one panel, and nothing on the others."""
    text = picture(ROWS, {CHART.title: lines}, seconds=600.0, said="made <up>")
    return ET.fromstring(text)  # noqa: S314 -- our own


def texts(svg: ET.Element) -> list[str]:
    """Everything that is written in the picture."""
    return [element.text or "" for element in svg.iter("{http://www.w3.org/2000/svg}text")]


def paths(svg: ET.Element) -> list[list[tuple[float, float]]]:
    """The points of each line that is drawn."""
    found = svg.iter("{http://www.w3.org/2000/svg}polyline")
    return [
        [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", line.attrib["points"])]
        for line in found
    ]


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.0, Unit.SECONDS, "0"),
        (0.005, Unit.SECONDS, "5 ms"),
        (90.0, Unit.SECONDS, "1.5 min"),
        (-7200.0, Unit.SECONDS, "-2 h"),
        (86400.0 * 30, Unit.SECONDS, "30 d"),
        (0.05, Unit.SHARE, "5 %"),
        (2.0**20 * 64, Unit.BYTES, "64 MiB"),
        (1234.0, Unit.COUNT, "1,234"),
        (2.5, Unit.PER_SECOND, "2.5/s"),
    ],
)
def test_a_value_is_spelled_shortly(value: float, unit: Unit, said: str) -> None:
    assert spelled(value, unit) == said


@pytest.mark.parametrize(
    ("low", "high", "unit", "expected"),
    [
        (0.0, 4.0, Unit.COUNT, [0, 1, 2, 3, 4]),
        (0.0, 0.0, Unit.COUNT, [0, 1]),
        (0.0, 600.0, Unit.SECONDS, [0, 120, 240, 360, 480, 600]),
        (0.0, 2.0**26, Unit.BYTES, [0, 2**20 * 20, 2**20 * 40, 2**20 * 60, 2**20 * 80]),
    ],
)
def test_ticks_are_round(low: float, high: float, unit: Unit, expected: list[float]) -> None:
    assert ticks(low, high, unit) == pytest.approx(expected)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.sampled_from(Unit))
def test_ticks_enclose_any_range(low: float, span: float, unit: Unit) -> None:
    marks = ticks(low, low + span, unit)

    steps = [after - before for before, after in pairwise(marks)]
    slack = (abs(low) + span) * 1e-6 + 1e-9
    assert 2 <= len(marks) <= 8
    assert min(steps) > 0
    assert marks[0] <= low + slack
    assert marks[-1] >= low + span - slack


@pytest.mark.parametrize("seconds", [90.0, 360.0, 3600.0, 6 * 3600.0])
def test_a_time_axis_has_a_handful_of_marks(seconds: float) -> None:
    marks = list(minutes(seconds))

    assert 2 <= len(marks) <= 9
    assert all(time <= seconds and float(name) * 60 == time for time, name in marks)


def test_every_panel_is_in_the_picture() -> None:
    said = texts(drawn())

    assert {panel.title for panel in PANELS} <= set(said)
    assert "made <up>" in said


def test_a_line_rises_with_its_values_and_breaks_where_there_are_none() -> None:
    before = tuple((float(t), float(t)) for t in range(0, 100, 10))
    after = tuple((float(t), float(t)) for t in range(500, 600, 10))

    first, second = paths(drawn(Line("rising", before + after)))

    assert [y for _, y in first] == sorted((y for _, y in first), reverse=True)
    assert first[-1][1] > second[0][1]
    assert second[0][0] - first[-1][0] > first[-1][0] - first[0][0]


def test_a_line_that_stays_needs_two_points() -> None:
    [line] = paths(drawn(Line("still", tuple((float(t), 5.0) for t in range(0, 600, 5)))))

    assert len(line) == 2


def test_a_legend_names_the_first_and_counts_the_rest() -> None:
    lines = [Line(f"line {n}", ((0.0, 1.0), (10.0, 2.0))) for n in range(9)]

    said = texts(drawn(*lines))

    assert [text for text in said if text.startswith("line ")] == [f"line {n}" for n in range(5)]
    assert "and 4 more" in said
