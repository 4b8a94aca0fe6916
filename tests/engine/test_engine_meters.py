"""What is counted, and when."""

import pytest

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS, RotationResult
from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.core.robot.ledger import Attempt, Cause, Credential, Ledger
from harbor_operator.core.secret import Secret
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry import metrics
from harbor_operator.engine.telemetry.gauges import Moment, Process
from harbor_operator.engine.telemetry.meters import Meters
from harbor_operator.engine.telemetry.rotations import Rotations
from tests.support.engine_world import NOW
from tests.support.scraped import counted_by, scrape_of

ROBOT = ObjectId(ROBOTS.kind, "team", "ci")
HUB = ObjectId(CONNECTIONS.kind, "", "default")


def credential(n: int, edition: int = 1) -> Credential:
    return Credential(n, 70 + n, f"robot$ci-{n}", Secret("made-up"), NOW, edition=edition)


ONE, TWO = credential(1), credential(2)
DUE, FIRST = Attempt(2, Cause.DUE), Attempt(1, Cause.CREATED)
SERVING = Ledger(live=ONE)
BEGUN = SERVING.begin(DUE)
STORED = BEGUN.store(TWO)
REFRESHING = SERVING.refresh(Attempt(1, Cause.DUE), Secret("other"), NOW)


@pytest.mark.parametrize(
    ("before", "after", "ended", "in_doubt"),
    [
        pytest.param(SERVING, BEGUN, None, True, id="one begins"),
        pytest.param(BEGUN, STORED, None, True, id="Harbor has answered"),
        pytest.param(STORED, STORED.promote(), ("Replace", "Succeeded"), False, id="it serves"),
        pytest.param(
            STORED, STORED.begin(Attempt(3, Cause.DUE)), ("Replace", "Failed"), True, id="it fails"
        ),
        pytest.param(
            BEGUN,
            BEGUN.fence(Attempt(3, Cause.DUE)),
            ("Replace", "Abandoned"),
            True,
            id="the answer is lost",
        ),
        pytest.param(SERVING, REFRESHING, None, True, id="a refresh begins"),
        pytest.param(
            REFRESHING, REFRESHING.promote(), ("Refresh", "Succeeded"), False, id="it has worked"
        ),
        pytest.param(
            REFRESHING, REFRESHING.drop(), ("Refresh", "Abandoned"), False, id="it is given up"
        ),
        pytest.param(Ledger(), Ledger().begin(FIRST), None, True, id="the first one begins"),
        pytest.param(
            Ledger().begin(FIRST), Ledger().begin(FIRST).store(ONE), None, False, id="it serves too"
        ),
        pytest.param(
            Ledger().begin(Attempt(2, Cause.LEDGER_LOST)),
            Ledger().begin(Attempt(2, Cause.LEDGER_LOST)).store(TWO),
            ("Replace", "Succeeded"),
            False,
            id="one after the ledger was lost",
        ),
        pytest.param(SERVING, SERVING.renamed("other$ci-1"), None, False, id="another prefix"),
    ],
)
def test_what_a_write_of_the_ledger_means(
    before: Ledger, after: Ledger, ended: tuple[str, str] | None, *, in_doubt: bool
) -> None:
    meters, seconds = Meters(), iter((10.0, 14.0, 20.0))
    rotations = Rotations(meters, clock=lambda: next(seconds))
    rotations.read(ROBOT, before)
    rotations.written(ROBOT, before, after, NOW)

    counted = counted_by(meters)
    assert rotations.in_doubt() == ((ROBOT,) if in_doubt else ())
    assert [
        (dict(s.labels)["strategy"], dict(s.labels)["result"], s.value)
        for s in counted.of(metrics.ROTATIONS)
    ] == ([] if ended is None else [(*ended, 1)])
    succeeded = ended is not None and ended[1] == RotationResult.SUCCEEDED
    name = f"{metrics.ROTATION_SECONDS.name}_sum"
    assert [s.value for s in counted.series if s.name == name] == ([4.0] if succeeded else [])


def test_a_robot_that_is_gone_is_in_no_doubt() -> None:
    rotations = Rotations(Meters())
    rotations.read(ROBOT, BEGUN)

    rotations.forget(ROBOT)

    assert rotations.in_doubt() == ()


def test_a_rotation_whose_beginning_was_not_seen_has_no_duration() -> None:
    meters = Meters()
    meters.rotated(RotationStrategy.REPLACE, RotationResult.SUCCEEDED, None)

    assert counted_by(meters).value(metrics.ROTATIONS) == 1
    assert counted_by(meters).of(metrics.ROTATION_SECONDS) == []


def test_a_connection_that_is_gone_leaves_no_series() -> None:
    meters = Meters()
    for connection in ("default", "other"):
        meters.on_exchange(connection)("GET", "/projects", "200", 0.1)

    meters.forget(ObjectId(PROJECTS.kind, "team", "other"))
    meters.forget(HUB)

    counted = counted_by(meters)
    assert counted.about(connection="default") == []
    assert counted.value(metrics.HARBOR_REQUESTS, connection="other", code="200") == 1
    assert counted.value(metrics.HARBOR_REQUEST_SECONDS, connection="other") == 1


def test_times_of_creation_do_not_double_the_series() -> None:
    meters = Meters()
    meters.reconciled(ROBOTS.kind, "success", 0.1)

    assert not [s for s in counted_by(meters).series if s.name.endswith("_created")]


def test_dashboards_of_controller_runtime_find_what_they_ask_for() -> None:
    meters = Meters()
    for result, seconds in (("success", 0.02), ("waiting", 0.02), ("transient", 3.0), ("bug", 0.3)):
        meters.reconciled(ROBOTS.kind, result, seconds)
    due = {ROBOT: 1.0, HUB: -1.0}
    process = Process(leads=True, lag=0.0, silence=0.0)

    told = {
        (series.name, frozenset(dict(series.labels).values())): series.value
        for series in scrape_of(Moment(meters.registry, process, waits=due)).about(
            controller="harborrobot"
        )
    }

    total = "controller_runtime_reconcile_total"
    seconds_ = "controller_runtime_reconcile_time_seconds"
    assert told[total, frozenset({"harborrobot", "success"})] == 1
    assert told[total, frozenset({"harborrobot", "requeue_after"})] == 1
    assert told[total, frozenset({"harborrobot", "error"})] == 2
    assert told["controller_runtime_reconcile_errors_total", frozenset({"harborrobot"})] == 2
    assert told[f"{seconds_}_count", frozenset({"harborrobot"})] == 4
    assert told[f"{seconds_}_sum", frozenset({"harborrobot"})] == pytest.approx(3.34)
    assert told[f"{seconds_}_bucket", frozenset({"harborrobot", "0.025"})] == 2
    assert told[f"{seconds_}_bucket", frozenset({"harborrobot", "0.5"})] == 3
    assert told["workqueue_depth", frozenset({"harborrobot"})] == 1
