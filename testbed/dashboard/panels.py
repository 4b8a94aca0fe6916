"""What the dashboard shows, row by row.

`$__rate_interval` in a query is Grafana's word for a window of four scrapes or more.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WINDOW: Final = "$__rate_interval"


class Unit(StrEnum):
    """What a panel's values are, as Grafana spells it."""

    COUNT = "short"
    SECONDS = "s"
    PER_SECOND = "reqps"
    SHARE = "percentunit"
    BYTES = "bytes"


class Shape(StrEnum):
    """How a panel shows its values, as Grafana spells it."""

    NUMBER = "stat"
    LINES = "timeseries"


@dataclass(frozen=True, slots=True)
class Query:
    """One query, and what each of its series is called."""

    expression: str
    legend: str = ""
    """With labels as `{{label}}`."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture."""

    title: str
    meaning: str
    unit: Unit
    queries: tuple[Query, ...]
    shape: Shape = Shape.LINES


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side, below a heading."""

    title: str
    panels: tuple[Panel, ...]


def lines(title: str, meaning: str, unit: Unit, *queries: tuple[str, str]) -> Panel:
    """A panel of lines over time, from pairs of query and legend."""
    return Panel(title, meaning, unit, tuple(Query(*query) for query in queries))


def number(title: str, meaning: str, unit: Unit, expression: str, legend: str = "") -> Panel:
    """A panel of present values."""
    return Panel(title, meaning, unit, (Query(expression, legend),), Shape.NUMBER)


def quantiles(of: str, by: str = "") -> tuple[tuple[str, str], ...]:
    """Queries for the half and the slowest hundredth of a histogram, by further labels."""
    group = f"{by}, le" if by else "le"
    name = f"{{{{{by}}}}} " if by else ""
    return tuple(
        (
            f"histogram_quantile({q}, sum by ({group}) (rate({of}_bucket[{WINDOW}])))",
            f"{name}{title}",
        )
        for q, title in (("0.5", "p50"), ("0.99", "p99"))
    )


def each_object(metric: str, *more: str) -> str:
    """A gauge of objects, once each: two replicas may tell of one while a leader changes."""
    return f"max by ({', '.join(('namespace', 'name', *more))}) ({metric})"


_READY = 'harbor_operator_resource_condition{condition="Ready"}'
_NOT_READY = 'harbor_operator_resource_condition{condition="Ready", status!="True"}'
_PASSING = "Stalled|Reconciling|Rotating|DriftFight|RolloutPaused|RemovalHeld"
_TROUBLE = f'harbor_operator_resource_condition{{condition=~"{_PASSING}", status="True"}}'
_EXPIRY = each_object("harbor_operator_credential_expiration_timestamp_seconds")
_RENEWAL = each_object("harbor_operator_credential_renewal_timestamp_seconds")
_CREATED = each_object("harbor_operator_credential_created_timestamp_seconds")
_SUSPENDED = each_object("harbor_operator_resource_suspended", "kind")
_DELETED = each_object("harbor_operator_deletion_timestamp_seconds", "kind")
_REQUESTS = "harbor_operator_harbor_requests_total"
_FAILED = f'{_REQUESTS}{{code=~"5..|429|[A-Z].*"}}'
_ATTEMPTS = f"sum by (connection) (rate({_REQUESTS}[{WINDOW}]))"
_FAILURES = f"sum by (connection) (rate({_FAILED}[{WINDOW}]))"
_RUNNING = "and on (instance) harbor_operator_build_info"
_OBJECT = "{{namespace}}/{{name}}"

GLANCE: Final = Row(
    "At a glance",
    (
        number(
            "Leading replicas",
            "One, or one of each shard.",
            Unit.COUNT,
            "sum(harbor_operator_lease_held)",
        ),
        number(
            "Harbor up",
            "1 while the connection can be used.",
            Unit.COUNT,
            "min by (connection) (harbor_operator_harbor_up)",
            "{{connection}}",
        ),
        number(
            "Harbor's version",
            "As Harbor last told it.",
            Unit.COUNT,
            "max by (connection, version) (harbor_operator_harbor_info)",
            "{{connection}} {{version}}",
        ),
        number(
            "Operator's version",
            "How many replicas have which version.",
            Unit.COUNT,
            "count by (version) (harbor_operator_build_info)",
            "{{version}}",
        ),
        number(
            "Objects not Ready",
            "Of all kinds.",
            Unit.COUNT,
            f"count({each_object(_NOT_READY, 'kind')}) or vector(0)",
        ),
        number(
            "Next credential to expire",
            "Time that is left of it.",
            Unit.SECONDS,
            f"min({_EXPIRY}) - time()",
        ),
    ),
)

CREDENTIALS: Final = Row(
    "Credentials",
    (
        lines(
            "Left until expiry",
            "The ten that expire first.",
            Unit.SECONDS,
            (f"bottomk(10, {_EXPIRY} - time())", _OBJECT),
        ),
        lines(
            "Left until renewal",
            "The ten that are renewed first; below zero they are overdue.",
            Unit.SECONDS,
            (f"bottomk(10, {_RENEWAL} - time())", _OBJECT),
        ),
        lines(
            "Age",
            "The ten oldest.",
            Unit.SECONDS,
            (f"topk(10, time() - {_CREATED})", _OBJECT),
        ),
        lines(
            "Rotations",
            "Those that have ended, by strategy and result; those that are under way.",
            Unit.COUNT,
            (
                f"sum by (strategy, result) (increase(harbor_operator_rotation_total[{WINDOW}]))",
                "{{strategy}} {{result}}",
            ),
            ("sum(harbor_operator_rotation_in_doubt) or vector(0)", "in doubt"),
        ),
        lines(
            "Rotation time",
            "From its beginning until the new credential serves.",
            Unit.SECONDS,
            *quantiles("harbor_operator_rotation_duration_seconds"),
        ),
    ),
)

OBJECTS: Final = Row(
    "Objects",
    (
        lines(
            "Objects by Ready",
            "How many objects have which status of Ready.",
            Unit.COUNT,
            (f"sum by (status) ({each_object(_READY, 'kind', 'status')})", "{{status}}"),
        ),
        lines(
            "Objects by kind",
            "All that have been looked at.",
            Unit.COUNT,
            (f"count by (kind) ({each_object(_READY, 'kind')})", "{{kind}}"),
        ),
        lines(
            "What keeps them busy",
            "Conditions that pass; objects that are suspended or being deleted.",
            Unit.COUNT,
            (
                f"count by (condition) ({each_object(_TROUBLE, 'kind', 'condition')})",
                "{{condition}}",
            ),
            (
                f"count({_SUSPENDED}) or vector(0)",
                "suspended",
            ),
            (
                f"count({_DELETED}) or vector(0)",
                "being deleted",
            ),
        ),
        lines(
            "Pull secrets: namespaces",
            "Targets of all pull secrets by state.",
            Unit.COUNT,
            (
                f"sum by (state) ({each_object('harbor_operator_secret_targets', 'state')})",
                "{{state}}",
            ),
        ),
        lines(
            "Pull secrets: trials",
            "Trials of delivered credentials by result.",
            Unit.COUNT,
            (
                f"sum by (result) (increase(harbor_operator_pull_verify_total[{WINDOW}]))",
                "{{result}}",
            ),
        ),
        lines(
            "Drift",
            "Differences found and put right, by the part of the spec.",
            Unit.COUNT,
            (
                f"sum by (kind, block) (increase(harbor_operator_drift_detected_total[{WINDOW}]))",
                "{{kind}} {{block}} found",
            ),
            (
                f"sum by (kind, block) (increase(harbor_operator_drift_corrected_total[{WINDOW}]))",
                "{{kind}} {{block}} put right",
            ),
        ),
    ),
)

HARBOR: Final = Row(
    "Harbor",
    (
        lines(
            "Harbor: requests by code",
            "Every attempt; without an answer the code is a word.",
            Unit.PER_SECOND,
            (f"sum by (connection, code) (rate({_REQUESTS}[{WINDOW}]))", "{{connection}} {{code}}"),
        ),
        lines(
            "Harbor: requests by route",
            "The ten most frequent.",
            Unit.PER_SECOND,
            (
                f"topk(10, sum by (method, route) (rate({_REQUESTS}[{WINDOW}])))",
                "{{method}} {{route}}",
            ),
        ),
        lines(
            "Harbor: errors",
            "Requests without an answer, with a server error or with a request to slow down.",
            Unit.SHARE,
            (
                f"({_FAILURES} or 0 * {_ATTEMPTS}) / {_ATTEMPTS}",
                "{{connection}}",
            ),
        ),
        lines(
            "Harbor: time to answer",
            "Without the wait for a request's turn.",
            Unit.SECONDS,
            *quantiles("harbor_operator_harbor_request_duration_seconds", "connection"),
        ),
        lines(
            "Harbor: clock",
            "How far the operator's clock is ahead.",
            Unit.SECONDS,
            ("max by (connection) (harbor_operator_clock_skew_seconds)", "{{connection}}"),
        ),
        lines(
            "Harbor: orphaned robots",
            "Accounts without an object that could not be deleted.",
            Unit.COUNT,
            ("max by (connection) (harbor_operator_orphaned_robots)", "{{connection}}"),
        ),
    ),
)

OPERATOR: Final = Row(
    "Operator",
    (
        lines(
            "Lease held",
            "1 in the replica that leads.",
            Unit.COUNT,
            ("harbor_operator_lease_held", "{{instance}}"),
        ),
        lines(
            "Looks at objects",
            "By result.",
            Unit.PER_SECOND,
            (f"sum by (result) (rate(harbor_operator_reconcile_total[{WINDOW}]))", "{{result}}"),
        ),
        lines(
            "Time of a look",
            "By kind.",
            Unit.SECONDS,
            *quantiles("harbor_operator_reconcile_duration_seconds", "kind")[1:],
        ),
        lines(
            "Queue",
            "Objects that are due, and those that are due later.",
            Unit.COUNT,
            ("sum by (kind) (harbor_operator_queue_depth)", "{{kind}} due"),
            ("sum by (kind) (harbor_operator_queue_scheduled)", "{{kind}} later"),
        ),
        lines(
            "Queue: longest wait",
            "How long the object that waits longest has been due.",
            Unit.SECONDS,
            ("max by (kind) (harbor_operator_queue_oldest_age_seconds)", "{{kind}}"),
        ),
        lines(
            "API server: requests by code",
            "Watches count when they begin.",
            Unit.PER_SECOND,
            (
                f"sum by (verb, code) (rate(harbor_operator_kube_requests_total[{WINDOW}]))",
                "{{verb}} {{code}}",
            ),
        ),
        lines(
            "API server: time to answer",
            "By verb, the slowest hundredth.",
            Unit.SECONDS,
            *quantiles("harbor_operator_kube_request_duration_seconds", "verb")[1:],
        ),
        lines(
            "Event loop and watches",
            "The longest delay of the event loop within a minute, and the most silent watch.",
            Unit.SECONDS,
            ("harbor_operator_event_loop_lag_seconds", "loop {{instance}}"),
            ("harbor_operator_watch_silence_seconds", "silence {{instance}}"),
        ),
        lines(
            "Processor",
            "Share of one processor that each replica keeps busy.",
            Unit.SHARE,
            (
                f"rate(process_cpu_seconds_total[{WINDOW}]) {_RUNNING}",
                "{{instance}}",
            ),
        ),
        lines(
            "Memory",
            "Resident memory of each replica.",
            Unit.BYTES,
            (
                f"process_resident_memory_bytes {_RUNNING}",
                "{{instance}}",
            ),
        ),
    ),
)

ROWS: Final = (GLANCE, CREDENTIALS, OBJECTS, HARBOR, OPERATOR)
