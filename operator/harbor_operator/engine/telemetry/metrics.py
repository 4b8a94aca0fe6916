"""Every metric that the operator serves: a table, which docs/metrics.md repeats.

Times are Unix seconds, durations seconds. No label takes a value that somebody outside could
invent without an object for it: objects are named only while they exist, connections too, and a
route is the template of a path.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PREFIX: Final = "harbor_operator_"


class MetricType(StrEnum):
    """What a metric is to Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table."""

    name: str
    type: MetricType
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram, in seconds."""


QUICK: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds for what a request or a look at an object takes."""

SLOW: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0)
"""Bounds for what may have to wait for Harbor's return."""


def _counter(name: str, labels: tuple[str, ...], text: str) -> Metric:
    return Metric(PREFIX + name, MetricType.COUNTER, labels, text)


def _gauge(name: str, labels: tuple[str, ...], text: str) -> Metric:
    return Metric(PREFIX + name, MetricType.GAUGE, labels, text)


def _histogram(name: str, labels: tuple[str, ...], text: str, buckets: tuple[float, ...]) -> Metric:
    return Metric(PREFIX + name, MetricType.HISTOGRAM, labels, text, buckets)


_OBJECT = ("namespace", "name")
_ANY_OBJECT = ("kind", "namespace", "name")

CREDENTIAL_CREATED: Final = _gauge(
    "credential_created_timestamp_seconds",
    _OBJECT,
    "When the credential that a HarborRobot serves was made.",
)
CREDENTIAL_EXPIRATION: Final = _gauge(
    "credential_expiration_timestamp_seconds",
    _OBJECT,
    "When the credential that a HarborRobot serves expires; absent where it never does.",
)
CREDENTIAL_RENEWAL: Final = _gauge(
    "credential_renewal_timestamp_seconds",
    _OBJECT,
    "When the next planned rotation of a HarborRobot is due; absent where none is planned.",
)
ROTATIONS: Final = _counter(
    "rotation_total",
    ("strategy", "result"),
    "Rotations that have ended, by strategy (Replace, Refresh) and result (Succeeded, Failed,"
    " Abandoned). A robot's first credential is no rotation.",
)
ROTATION_SECONDS: Final = _histogram(
    "rotation_duration_seconds",
    ("strategy",),
    "Time from the beginning of a rotation until the new credential serves, as far as this"
    " process has seen it.",
    SLOW,
)
ROTATION_IN_DOUBT: Final = _gauge(
    "rotation_in_doubt",
    _OBJECT,
    "1 while a HarborRobot's new credential has been begun and neither serves nor is given up.",
)
RESOURCE_CONDITION: Final = _gauge(
    "resource_condition",
    (*_ANY_OBJECT, "condition", "status"),
    "1 for the status (True, False, Unknown) that each condition of each object has.",
)
SUSPENDED: Final = _gauge(
    "resource_suspended",
    _ANY_OBJECT,
    "1 while `spec.suspend` of an object is true, so that it is left as it is.",
)
DELETION: Final = _gauge(
    "deletion_timestamp_seconds",
    _ANY_OBJECT,
    "When the deletion of an object was asked for that is still there.",
)
SECRET_TARGETS: Final = _gauge(
    "secret_targets",
    (*_OBJECT, "state"),
    "Namespaces of a HarborPullSecret by state (desired, ready, failed, denied).",
)
PULL_VERIFICATIONS: Final = _counter(
    "pull_verify_total",
    ("result",),
    "Trials of credentials that pull secrets deliver, by result (Succeeded, Failed).",
)
DRIFT_DETECTED: Final = _counter(
    "drift_detected_total",
    ("kind", "block"),
    "Differences found in what was as the spec says before, by the part of the spec.",
)
DRIFT_CORRECTED: Final = _counter(
    "drift_corrected_total",
    ("kind", "block"),
    "Such differences that were put right, by the part of the spec.",
)
ORPHANED_ROBOTS: Final = _gauge(
    "orphaned_robots",
    ("connection",),
    "Robot accounts whose object is gone, which the last drift pass found and could not delete.",
)
HARBOR_UP: Final = _gauge(
    "harbor_up",
    ("connection",),
    "1 while Harbor answers and accepts the connection's login, 0 otherwise.",
)
HARBOR_INFO: Final = _gauge(
    "harbor_info",
    ("connection", "version"),
    "1 with the version that Harbor last told.",
)
HARBOR_REQUESTS: Final = _counter(
    "harbor_requests_total",
    ("connection", "method", "route", "code"),
    "Requests to Harbor, by the template of their path and by status code; without an answer the"
    " code says why (such as TimedOut or Unreachable).",
)
HARBOR_REQUEST_SECONDS: Final = _histogram(
    "harbor_request_duration_seconds",
    ("connection", "method"),
    "Time until a request to Harbor is answered or has failed, without the wait for its turn.",
    QUICK,
)
CLOCK_SKEW: Final = _gauge(
    "clock_skew_seconds",
    ("connection",),
    "How far the operator's clock is ahead of Harbor's; Harbor tells whole seconds.",
)
KUBE_REQUESTS: Final = _counter(
    "kube_requests_total",
    ("verb", "resource", "code"),
    "Requests to the API server, by verb, resource and status code; code 'error' without an"
    " answer. Watches count when they begin.",
)
KUBE_REQUEST_SECONDS: Final = _histogram(
    "kube_request_duration_seconds",
    ("verb",),
    "Time until the API server begins to answer or the request has failed.",
    QUICK,
)
RECONCILES: Final = _counter(
    "reconcile_total",
    ("kind", "result"),
    "Looks at objects that have ended, by result: success, waiting (for something else),"
    " transient (it may succeed later), blocked (a person has to act), bug (a defect here).",
)
RECONCILE_SECONDS: Final = _histogram(
    "reconcile_duration_seconds",
    ("kind", "result"),
    "Time that such a look took.",
    QUICK,
)
QUEUE_DEPTH: Final = _gauge(
    "queue_depth",
    ("kind",),
    "Objects that are due and wait for a worker.",
)
QUEUE_AGE: Final = _gauge(
    "queue_oldest_age_seconds",
    ("kind",),
    "How long the object that waits longest has been due; 0 while none waits.",
)
QUEUE_SCHEDULED: Final = _gauge(
    "queue_scheduled",
    ("kind",),
    "Objects that are to be looked at later.",
)
WATCH_SILENCE: Final = _gauge(
    "watch_silence_seconds",
    (),
    "Time since the most silent watch gave a sign of life.",
)
LOOP_LAG: Final = _gauge(
    "event_loop_lag_seconds",
    (),
    "The longest delay of the event loop within the last minute.",
)
LEASE_HELD: Final = _gauge(
    "lease_held",
    (),
    "1 in the replica that leads, 0 in those that stand by; 1 without leader election. With shards"
    " there is one for each of them, with the label shard.",
)
BUILD_INFO: Final = _gauge(
    "build_info",
    ("version", "python_version"),
    "1 with the version of the operator and of Python.",
)

TABLE: Final = (
    CREDENTIAL_CREATED,
    CREDENTIAL_EXPIRATION,
    CREDENTIAL_RENEWAL,
    ROTATIONS,
    ROTATION_SECONDS,
    ROTATION_IN_DOUBT,
    RESOURCE_CONDITION,
    SUSPENDED,
    DELETION,
    SECRET_TARGETS,
    PULL_VERIFICATIONS,
    DRIFT_DETECTED,
    DRIFT_CORRECTED,
    ORPHANED_ROBOTS,
    HARBOR_UP,
    HARBOR_INFO,
    HARBOR_REQUESTS,
    HARBOR_REQUEST_SECONDS,
    CLOCK_SKEW,
    KUBE_REQUESTS,
    KUBE_REQUEST_SECONDS,
    RECONCILES,
    RECONCILE_SECONDS,
    QUEUE_DEPTH,
    QUEUE_AGE,
    QUEUE_SCHEDULED,
    WATCH_SILENCE,
    LOOP_LAG,
    LEASE_HELD,
    BUILD_INFO,
)
"""All of them, in the order in which they are documented."""
