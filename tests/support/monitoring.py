"""What the operator is watched with: the alerts, the dashboard, and the queries of both."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harbor_operator.engine.telemetry.metrics import TABLE
from testbed.dashboard.panels import ROWS, WINDOW
from tests.support.deployed import ROOT
from tests.support.kubectl import Json, read_manifests

ALERTS = ROOT / "deploy" / "monitoring" / "alerts.yaml"
RULE_TESTS = sorted((ROOT / "tests" / "monitoring" / "rules").glob("*.yaml"))
RUNBOOKS = ROOT / "docs" / "runbooks"
OF_TARGETS = frozenset({"instance", "job", "pod", "node", "namespace"})
"""Labels that Prometheus, not the operator, puts on series."""
OF_PROCESSES = frozenset({"process_cpu_seconds_total", "process_resident_memory_bytes"})
"""Metrics that every program has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One query, and where it is from."""

    source: str
    expression: str
    shown: frozenset[str]
    """The labels that are shown of its series."""

    def within(self, window: str) -> str:
        """The query with a window where Grafana would put one."""
        return self.expression.replace(WINDOW, window)


def rules() -> list[Json]:
    """Every alert; two severities of one are two."""
    [file] = read_manifests(ALERTS)
    return [rule for group in file["groups"] for rule in group["rules"]]


def of_alerts() -> Iterator[Asked]:
    """The queries of the alerts."""
    for rule in rules():
        text = "".join(rule["annotations"].values())
        shown = frozenset(re.findall(r"\$labels\.(\w+)", text))
        yield Asked(f"{rule['alert']} ({rule['labels']['severity']})", rule["expr"], shown)


def of_dashboard() -> Iterator[Asked]:
    """The queries of the dashboard."""
    for row in ROWS:
        for panel in row.panels:
            for query in panel.queries:
                shown = frozenset(re.findall(r"\{\{(\w+)\}\}", query.legend))
                yield Asked(f"{panel.title}: {query.legend}", query.expression, shown)


def labels_by_series() -> dict[str, frozenset[str]]:
    """The operator's own labels by the names that its series have in Prometheus."""
    known: dict[str, frozenset[str]] = {}
    for metric in TABLE:
        labels = frozenset(metric.labels)
        if metric.buckets:
            known[f"{metric.name}_bucket"] = labels | {"le"}
            known[f"{metric.name}_sum"] = known[f"{metric.name}_count"] = labels
        else:
            known[metric.name] = labels
    return known
