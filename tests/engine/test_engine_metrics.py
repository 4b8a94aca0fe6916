"""What each metric says, and that the table has them all."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry import metrics
from harbor_operator.engine.telemetry.facts import Facts, facts_of
from harbor_operator.engine.telemetry.gauges import Harbor, Moment, Process
from harbor_operator.engine.telemetry.meters import Meters
from harbor_operator.engine.telemetry.metrics import PREFIX, TABLE, Metric, MetricType
from tests.support.scraped import scrape_of

ROBOT = ObjectId(ROBOTS.kind, "team", "ci")
PULL = ObjectId(PULL_SECRETS.kind, "team", "pull")
HUB = ObjectId(CONNECTIONS.kind, "", "default")
QUIET = Process(leads=True, lag=0.0, silence=1.0)
NOON = "2026-03-01T12:00:00Z"
NOON_SECONDS = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()

Expected = list[tuple[dict[str, str], float]]


def moment(**fields: Any) -> Moment:  # noqa: ANN401 -- fields of a moment
    return Moment(**{"registry": Meters().registry, "process": QUIET, **fields})


def told(metric: Metric, seen: Moment) -> Expected:
    return [(dict(series.labels), series.value) for series in scrape_of(seen).of(metric)]


def test_names_follow_the_conventions() -> None:
    names = [metric.name for metric in TABLE]

    assert len(set(names)) == len(names)
    assert all(name.startswith(PREFIX) for name in names)
    for metric in TABLE:
        assert metric.name.endswith("_total") is (metric.type is MetricType.COUNTER), metric
        assert bool(metric.buckets) is (metric.type is MetricType.HISTOGRAM), metric
        assert metric.help.endswith("."), metric


def test_the_table_has_exactly_what_is_served() -> None:
    served = {
        (family.name, family.type, family.documentation)
        for family in moment().collect()
        if family.name.startswith(PREFIX)
    }

    # The library names a counter without its suffix.
    assert served == {(m.name.removesuffix("_total"), m.type.value, m.help) for m in TABLE}


ROWS: list[tuple[str, Metric, Moment, Expected]] = [
    ("who leads", metrics.LEASE_HELD, moment(), [({}, 1)]),
    (
        "who serves which shard",
        metrics.LEASE_HELD,
        moment(process=Process(leads=True, lag=0.0, silence=0.0, shards={0: True, 1: False})),
        [({"shard": "0"}, 1), ({"shard": "1"}, 0)],
    ),
    (
        "who stands by",
        metrics.LEASE_HELD,
        moment(process=Process(leads=False, lag=0.0, silence=0.0)),
        [({}, 0)],
    ),
    (
        "a late loop",
        metrics.LOOP_LAG,
        moment(process=Process(leads=True, lag=2.5, silence=0.0)),
        [({}, 2.5)],
    ),
    ("a silent watch", metrics.WATCH_SILENCE, moment(), [({}, 1)]),
    (
        "conditions as they are",
        metrics.RESOURCE_CONDITION,
        moment(objects=((ROBOT, Facts(conditions=(("Ready", "False"), ("Rotating", "True")))),)),
        [
            (
                {
                    "kind": "HarborRobot",
                    "namespace": "team",
                    "name": "ci",
                    "condition": condition,
                    "status": status,
                },
                1,
            )
            for condition, status in (("Ready", "False"), ("Rotating", "True"))
        ],
    ),
    (
        "a credential's making",
        metrics.CREDENTIAL_CREATED,
        moment(objects=((ROBOT, Facts(created=5.0)), (PULL, Facts(created=6.0)))),
        [({"namespace": "team", "name": "ci"}, 5)],
    ),
    (
        "a credential without an end",
        metrics.CREDENTIAL_EXPIRATION,
        moment(objects=((ROBOT, Facts(created=5.0)),)),
        [],
    ),
    (
        "a credential's end",
        metrics.CREDENTIAL_EXPIRATION,
        moment(objects=((ROBOT, Facts(expires=7.0)),)),
        [({"namespace": "team", "name": "ci"}, 7)],
    ),
    (
        "a planned rotation",
        metrics.CREDENTIAL_RENEWAL,
        moment(objects=((ROBOT, Facts(renews=6.0)),)),
        [({"namespace": "team", "name": "ci"}, 6)],
    ),
    (
        "a rotation in doubt",
        metrics.ROTATION_IN_DOUBT,
        moment(in_doubt=(ROBOT,)),
        [({"namespace": "team", "name": "ci"}, 1)],
    ),
    (
        "what is suspended",
        metrics.SUSPENDED,
        moment(objects=((ROBOT, Facts(suspended=True)), (PULL, Facts()))),
        [({"kind": "HarborRobot", "namespace": "team", "name": "ci"}, 1)],
    ),
    (
        "a deletion that lasts",
        metrics.DELETION,
        moment(objects=((HUB, Facts(deleting=9.0)), (ROBOT, Facts()))),
        [({"kind": "ClusterHarborConnection", "namespace": "", "name": "default"}, 9)],
    ),
    (
        "targets",
        metrics.SECRET_TARGETS,
        moment(objects=((PULL, Facts(targets=(("ready", 3), ("failed", 1)))),)),
        [
            ({"namespace": "team", "name": "pull", "state": "ready"}, 3),
            ({"namespace": "team", "name": "pull", "state": "failed"}, 1),
        ],
    ),
    (
        "a Harbor that is up",
        metrics.HARBOR_UP,
        moment(harbors={"default": Harbor(up=True), "other": Harbor(up=False)}),
        [({"connection": "default"}, 1), ({"connection": "other"}, 0)],
    ),
    (
        "its version",
        metrics.HARBOR_INFO,
        moment(objects=((HUB, Facts(version="v2.14.0")), (ROBOT, Facts()))),
        [({"connection": "default", "version": "v2.14.0"}, 1)],
    ),
    (
        "its clock",
        metrics.CLOCK_SKEW,
        moment(harbors={"default": Harbor(up=True, skew=-2.5), "other": Harbor(up=False)}),
        [({"connection": "default"}, -2.5)],
    ),
    (
        "robots that nobody has",
        metrics.ORPHANED_ROBOTS,
        moment(harbors={"default": Harbor(up=True, orphans=2)}),
        [({"connection": "default"}, 2)],
    ),
]

WAITS = {
    ObjectId(ROBOTS.kind, "team", "a"): 2.0,
    ObjectId(ROBOTS.kind, "team", "b"): 5.0,
    ObjectId(ROBOTS.kind, "team", "c"): -9.0,
    ObjectId(PROJECTS.kind, "team", "d"): -1.0,
}


@pytest.mark.parametrize(
    ("metric", "seen", "expected"),
    [pytest.param(metric, seen, expected, id=name) for name, metric, seen, expected in ROWS],
)
def test_a_gauge_tells(metric: Metric, seen: Moment, expected: Expected) -> None:
    assert told(metric, seen) == expected


@pytest.mark.parametrize(
    ("metric", "robots", "projects"),
    [
        pytest.param(metrics.QUEUE_DEPTH, 2, 0, id="how many are due"),
        pytest.param(metrics.QUEUE_AGE, 5, 0, id="since when"),
        pytest.param(metrics.QUEUE_SCHEDULED, 1, 1, id="how many come later"),
    ],
)
def test_the_queue_tells(metric: Metric, robots: float, projects: float) -> None:
    values = {labels["kind"]: value for labels, value in told(metric, moment(waits=WAITS))}

    assert values == {
        CONNECTIONS.kind: 0,
        PROJECTS.kind: projects,
        ROBOTS.kind: robots,
        PULL_SECRETS.kind: 0,
    }


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        pytest.param({}, None, Facts(), id="a new object"),
        pytest.param(
            {"deletionTimestamp": NOON}, {}, Facts(deleting=NOON_SECONDS), id="one that is to go"
        ),
        pytest.param(
            {},
            {"rotatedAt": NOON, "expiresAt": NOON, "nextRotationAt": NOON},
            Facts(created=NOON_SECONDS, expires=NOON_SECONDS, renews=NOON_SECONDS),
            id="a robot",
        ),
        pytest.param({}, {"expiresAt": "soon"}, Facts(), id="a time that is none"),
        pytest.param(
            {},
            {"targets": {"desired": 2, "ready": 1, "invented": 7}},
            Facts(targets=(("desired", 2), ("ready", 1))),
            id="targets",
        ),
        pytest.param(
            {},
            {
                "conditions": [
                    {"type": "Ready", "status": "True"},
                    {"type": "Invented", "status": "True"},
                    {"type": "Stalled", "status": "Invented"},
                ]
            },
            Facts(conditions=(("Ready", "True"),)),
            id="no series by somebody else's conditions",
        ),
        pytest.param({}, {"harborVersion": "v2.14.0"}, Facts(version="v2.14.0"), id="a connection"),
    ],
)
def test_what_is_read_of_an_object(
    metadata: dict[str, str], status: dict[str, Any] | None, expected: Facts
) -> None:
    body = {"metadata": metadata} if status is None else {"metadata": metadata, "status": status}

    assert facts_of(body) == expected


@pytest.mark.parametrize(
    ("spec", "suspended"),
    [
        ({"suspend": True}, True),
        ({"suspend": False}, False),
        ({"suspend": "yes"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_an_object_is_suspended_by_its_spec(spec: dict[str, object], *, suspended: bool) -> None:
    assert facts_of({"metadata": {}, "spec": spec}).suspended is suspended
