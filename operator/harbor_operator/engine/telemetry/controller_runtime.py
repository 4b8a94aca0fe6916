"""A few series once more under the names of controller-runtime, which stock dashboards ask for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import Metric as Family
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from harbor_operator.engine.telemetry import metrics

_RESULTS: Mapping[str, str] = {"success": "success", "waiting": "requeue_after"}
"""What that library calls a result; everything else is an error."""

_ERROR = "error"


def translated(counted: Iterable[Family], depth: Mapping[str, float]) -> Iterator[Family]:
    """The series of controller-runtime.

    Args:
        counted: All that is counted under our names.
        depth: How many objects are due, by kind.
    """
    families = {family.name: family for family in counted}
    yield from _reconciles(families[metrics.RECONCILES.name.removesuffix("_total")])
    yield _seconds(families[metrics.RECONCILE_SECONDS.name])
    waiting = GaugeMetricFamily(
        "workqueue_depth", metrics.QUEUE_DEPTH.help, labels=("controller", "name")
    )
    for kind, objects in depth.items():
        waiting.add_metric((controller(kind), controller(kind)), objects)
    yield waiting


def controller(kind: str) -> str:
    """The name of what would be a controller there."""
    return kind.lower()


def _reconciles(family: Family) -> Iterator[Family]:
    """Looks by result, and the errors among them apart."""
    results: defaultdict[tuple[str, str], float] = defaultdict(float)
    errors: defaultdict[str, float] = defaultdict(float)
    for sample in family.samples:
        name = controller(sample.labels["kind"])
        result = _RESULTS.get(sample.labels["result"], _ERROR)
        results[name, result] += sample.value
        errors[name] += sample.value if result == _ERROR else 0.0
    total = CounterMetricFamily(
        "controller_runtime_reconcile", family.documentation, labels=("controller", "result")
    )
    for labels, value in results.items():
        total.add_metric(labels, value)
    failed = CounterMetricFamily(
        "controller_runtime_reconcile_errors",
        "Looks that have ended with an error.",
        labels=("controller",),
    )
    for name, value in errors.items():
        failed.add_metric((name,), value)
    yield from (total, failed)


def _seconds(family: Family) -> Family:
    """How long they took, whatever came of it."""
    buckets: defaultdict[str, dict[str, float]] = defaultdict(dict)
    sums: defaultdict[str, float] = defaultdict(float)
    for sample in family.samples:
        name = controller(sample.labels["kind"])
        if sample.name.endswith("_bucket"):
            bound = sample.labels["le"]
            buckets[name][bound] = buckets[name].get(bound, 0.0) + sample.value
        elif sample.name.endswith("_sum"):
            sums[name] += sample.value
    seconds = HistogramMetricFamily(
        "controller_runtime_reconcile_time_seconds", family.documentation, labels=("controller",)
    )
    for name, counts in buckets.items():
        seconds.add_metric((name,), list(counts.items()), sums[name])
    return seconds
