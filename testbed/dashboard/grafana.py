"""The dashboard as Grafana imports it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from testbed.dashboard.panels import Panel, Row, Shape

Json = dict[str, Any]

_SCHEMA_VERSION: Final = 39
"""That of Grafana 11; later ones migrate it."""
_COLUMNS: Final = 24
_WIDTHS: Final = {Shape.NUMBER: 4, Shape.LINES: 8}
_HEIGHTS: Final = {Shape.NUMBER: 4, Shape.LINES: 8}
_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


def dashboard(rows: Sequence[Row]) -> Json:
    """The whole dashboard."""
    return {
        "uid": "harbor-operator",
        "title": "harbor-operator",
        "description": "Harbor's credentials, and the operator that keeps them.",
        "tags": ["harbor-operator"],
        "schemaVersion": _SCHEMA_VERSION,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "panels": list(_panels(rows)),
    }


def text(rows: Sequence[Row]) -> str:
    """The file of it."""
    return json.dumps(dashboard(rows), indent=1) + "\n"


def _panels(rows: Sequence[Row]) -> Iterator[Json]:
    """Rows and panels with numbers, each panel at its place."""
    y, number = 0, 0
    for row in rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": y, "w": _COLUMNS, "h": 1},
            "panels": [],
        }
        y, x = y + 1, 0
        for panel in row.panels:
            number += 1
            width, height = _WIDTHS[panel.shape], _HEIGHTS[panel.shape]
            if x + width > _COLUMNS:
                x, y = 0, y + height
            yield _panel(panel, number, {"x": x, "y": y, "w": width, "h": height})
            x += width
        y += height


def _panel(panel: Panel, number: int, place: Json) -> Json:
    return {
        "id": number,
        "type": panel.shape.value,
        "title": panel.title,
        "description": panel.meaning,
        "datasource": _DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit.value}, "overrides": []},
        "options": _OPTIONS[panel.shape],
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _DATASOURCE,
                "expr": query.expression,
                "legendFormat": query.legend,
            }
            for index, query in enumerate(panel.queries)
        ],
    }


_OPTIONS: Final = {
    Shape.NUMBER: {
        "reduceOptions": {"calcs": ["lastNotNull"], "values": False},
        "textMode": "value_and_name",
    },
    Shape.LINES: {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
}
