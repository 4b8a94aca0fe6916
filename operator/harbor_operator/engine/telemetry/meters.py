"""What happens, counted while it happens; what is true now is read when it is asked for."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.process_collector import ProcessCollector

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.robot import RotationResult
from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry import metrics
from harbor_operator.engine.telemetry.metrics import Metric


class Meters:
    """The counters and histograms of one process, and the registry that they are served from."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        self._rotations = self._counter(metrics.ROTATIONS)
        self._rotation_seconds = self._histogram(metrics.ROTATION_SECONDS)
        self._verifications = self._counter(metrics.PULL_VERIFICATIONS)
        self._drift_detected = self._counter(metrics.DRIFT_DETECTED)
        self._drift_corrected = self._counter(metrics.DRIFT_CORRECTED)
        self._harbor_requests = self._counter(metrics.HARBOR_REQUESTS)
        self._harbor_seconds = self._histogram(metrics.HARBOR_REQUEST_SECONDS)
        self._kube_requests = self._counter(metrics.KUBE_REQUESTS)
        self._kube_seconds = self._histogram(metrics.KUBE_REQUEST_SECONDS)
        self._reconciles = self._counter(metrics.RECONCILES)
        self._reconcile_seconds = self._histogram(metrics.RECONCILE_SECONDS)

    def rotated(
        self, strategy: RotationStrategy, result: RotationResult, seconds: float | None
    ) -> None:
        """Count a rotation that has ended.

        Args:
            strategy: How the credential was to be replaced.
            result: What came of it.
            seconds: How long it took; None where this process has not seen its beginning.
        """
        self._rotations.labels(strategy.value, result.value).inc()
        if result is RotationResult.SUCCEEDED and seconds is not None:
            self._rotation_seconds.labels(strategy.value).observe(seconds)

    def verified(self, *, works: bool) -> None:
        """Count a trial of a credential that a pull secret delivers."""
        self._verifications.labels("Succeeded" if works else "Failed").inc()

    def drifted(self, kind: str, blocks: Iterable[str]) -> None:
        """Count parts of a spec that were found changed in Harbor or in a Secret."""
        for block in blocks:
            self._drift_detected.labels(kind, block).inc()

    def corrected(self, kind: str, blocks: Iterable[str]) -> None:
        """Count parts of a spec that were put right."""
        for block in blocks:
            self._drift_corrected.labels(kind, block).inc()

    def on_exchange(self, connection: str) -> Callable[[str, str, str, float], None]:
        """Who counts the requests of one connection's client."""

        def count(method: str, route: str, code: str, seconds: float) -> None:
            self._harbor_requests.labels(connection, method, route, code).inc()
            self._harbor_seconds.labels(connection, method).observe(seconds)

        return count

    def called(self, verb: str, resource: str, code: str, seconds: float) -> None:
        """Count a request to the API server."""
        self._kube_requests.labels(verb, resource, code).inc()
        self._kube_seconds.labels(verb).observe(seconds)

    def reconciled(self, kind: str, result: str, seconds: float) -> None:
        """Count a look at an object."""
        self._reconciles.labels(kind, result).inc()
        self._reconcile_seconds.labels(kind, result).observe(seconds)

    def forget(self, object_id: ObjectId) -> None:
        """Drop the series of an object that is gone."""
        if object_id.kind == CONNECTIONS.kind:
            labels = {"connection": object_id.name}
            self._harbor_requests.remove_by_labels(labels)
            self._harbor_seconds.remove_by_labels(labels)

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.help, metric.labels, registry=self.registry)

    def _histogram(self, metric: Metric) -> Histogram:
        return Histogram(
            metric.name,
            metric.help,
            metric.labels,
            buckets=metric.buckets,
            registry=self.registry,
        )
