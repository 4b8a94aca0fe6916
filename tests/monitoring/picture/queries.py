"""The lines of a panel, from what Prometheus answers."""

import math
import re

from testbed.dashboard.panels import WINDOW, Panel, Query
from testbed.dashboard.picture import Line
from testbed.prometheus.server import Prometheus, Series

_WINDOW = "30s"
_POINTS = 120


async def lines_of(
    prometheus: Prometheus, panel: Panel, begun: float, end: float
) -> tuple[Line, ...]:
    """What a panel shows from one time to another, both in Unix seconds."""
    found: list[Line] = []
    for query in panel.queries:
        expression = query.expression.replace(WINDOW, _WINDOW)
        answer = await prometheus.query_range(expression, begun, end, (end - begun) / _POINTS)
        found += [_line(query, series, begun) for series in answer]
    return tuple(sorted((line for line in found if line.points), key=lambda line: line.name))


def _line(query: Query, series: Series, begun: float) -> Line:
    name = re.sub(r"\{\{(\w+)\}\}", lambda label: series.labels.get(label[1], ""), query.legend)
    points = ((time - begun, value) for time, value in series.points if math.isfinite(value))
    return Line(name, tuple(points))
