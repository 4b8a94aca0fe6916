"""Where the engine counts: looks by their result, and what it finds changed and puts right."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harbor_operator.api.conditions import Reason
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.plan import Verdict, blocked, ready, waiting
from harbor_operator.engine.faults import Blocked, Waiting
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.reconciler import Reconciler
from harbor_operator.engine.telemetry import metrics
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.kube.resources import SECRETS, JsonObject
from testbed.harbor import HarborSimulator
from tests.support.cluster import encoded
from tests.support.connection_bench import ConnectionBench
from tests.support.engine_world import READY_STATUS, custom_resource, no_jitter, ports_over
from tests.support.fake_cluster import FakeCluster
from tests.support.loop_clock import LoopClock
from tests.support.robot_bench import ADMIN_PASSWORD, TEAM, RobotBench
from tests.support.scraped import Scrape, counted_by
from tests.support.toy_kind import Ladder

MAINTENANCE = {"garbageCollection": {"schedule": "0 2 * * 0"}}


async def looked_at(ladder: Ladder, body: JsonObject) -> Scrape:
    """What is counted of one look at an object."""
    kube, kind = FakeCluster(), ladder.kind(PROJECTS)
    ports = ports_over(kube)
    stored = kube.put(kube_resource(PROJECTS), body)
    await Reconciler(ports, jitter=no_jitter).reconcile(kind, stored)
    return counted_by(ports.meters)


@pytest.mark.parametrize(
    ("error", "result"),
    [
        pytest.param(None, "success", id="nothing goes wrong"),
        pytest.param(Unreachable("gone", Exchange("GET", "/x")), "transient", id="Harbor is away"),
        pytest.param(Waiting(Reason.IN_USE, "Soon."), "waiting", id="something else comes first"),
        pytest.param(Blocked(Reason.INVALID_SPEC, "No."), "blocked", id="a person has to act"),
        pytest.param(KeyError("x"), "bug", id="a defect"),
    ],
)
async def test_a_look_is_counted_by_what_goes_wrong(error: Exception | None, result: str) -> None:
    ladder = Ladder()
    ladder.fail_on("observe", error)

    counted = await looked_at(ladder, custom_resource(PROJECTS, status=READY_STATUS))

    for metric in (metrics.RECONCILES, metrics.RECONCILE_SECONDS):
        [series] = counted.of(metric)
        assert dict(series.labels) == {"kind": PROJECTS.kind, "result": result}
        assert series.value == 1


@pytest.mark.parametrize(
    ("verdicts", "result"),
    [
        pytest.param(ready(Reason.SUCCEEDED, "Done."), "success", id="is well"),
        pytest.param(waiting(Reason.PROGRESSING, "Soon."), "waiting", id="waits"),
        pytest.param(blocked(Reason.INVALID_SPEC, "No."), "blocked", id="is blocked"),
    ],
)
async def test_a_look_is_counted_by_what_the_plan_says(
    verdicts: tuple[Verdict, ...], result: str
) -> None:
    counted = await looked_at(Ladder(verdicts=verdicts), custom_resource(PROJECTS))

    assert counted.value(metrics.RECONCILES, result=result) == 1


async def test_an_unreadable_object_is_counted() -> None:
    counted = await looked_at(Ladder(), custom_resource(PROJECTS, spec={"projectName": 7}))

    assert counted.value(metrics.RECONCILES, kind=PROJECTS.kind, result="blocked") == 1


@pytest.fixture
async def harbor() -> AsyncIterator[HarborSimulator]:
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as simulator:
        yield simulator


@pytest_asyncio.fixture
async def bench(
    harbor: HarborSimulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RobotBench]:
    made = RobotBench(harbor, LoopClock(monkeypatch))
    await made.begin()
    yield made
    await made.close()


def drift(counted: Scrape, kind: str) -> dict[str, tuple[float | None, float | None]]:
    """How often each block of a kind was found changed, and put right."""
    blocks = {dict(series.labels)["block"] for series in counted.of(metrics.DRIFT_DETECTED)}
    return {
        block: (
            counted.value(metrics.DRIFT_DETECTED, kind=kind, block=block),
            counted.value(metrics.DRIFT_CORRECTED, kind=kind, block=block),
        )
        for block in blocks
    }


async def test_a_changed_robot_and_its_secret_are_drift(bench: RobotBench) -> None:
    await bench.robot(disabled=False)
    bench.accounts[0].disabled = True
    bench.accounts[0].description += " "
    body = await bench.kube.get(SECRETS, "ci", namespace=TEAM)
    bench.kube.put(SECRETS, {**body, "data": {**body["data"], **encoded(password="edited")}})
    before = counted_by(bench.ports.meters)

    await bench.look()

    assert drift(before, ROBOTS.kind) == {}
    assert drift(counted_by(bench.ports.meters), ROBOTS.kind) == {
        "account": (1, 1),
        "disabled": (1, 1),
        "secret": (1, 1),
    }


async def test_a_changed_spec_of_a_robot_is_no_drift(bench: RobotBench) -> None:
    await bench.robot(disabled=False)
    await bench.change(disabled=True)
    await bench.look()

    assert bench.accounts[0].disabled
    assert drift(counted_by(bench.ports.meters), ROBOTS.kind) == {}


async def test_a_repair_that_fails_is_detected_and_not_corrected(bench: RobotBench) -> None:
    await bench.robot(disabled=False)
    bench.accounts[0].disabled = True
    bench.harbor.faults.add_status(500, "PUT", "*/robots/*", times=1)

    await bench.look()

    assert drift(counted_by(bench.ports.meters), ROBOTS.kind) == {"disabled": (1, None)}


async def test_a_rotation_is_counted_and_a_lost_answer_leaves_it_in_doubt(
    bench: RobotBench,
) -> None:
    await bench.robot()
    await bench.travel(61)
    await bench.annotate("rotate-requested-at", "once")
    bench.harbor.faults.add_drop("POST", "*/robots", times=1, after_effect=True)

    await bench.look()
    in_doubt = bench.ports.rotations.in_doubt()
    await bench.look()

    assert [robot.name for robot in in_doubt] == ["ci"]
    assert bench.ports.rotations.in_doubt() == ()
    counted = counted_by(bench.ports.meters)
    assert counted.value(metrics.ROTATIONS, strategy="Replace", result="Abandoned") == 1
    assert counted.value(metrics.ROTATIONS, strategy="Replace", result="Succeeded") == 1


async def test_a_changed_schedule_is_drift_of_the_connection(
    harbor: HarborSimulator,
) -> None:
    bench = ConnectionBench(harbor)
    await bench.reconcile(maintenance=MAINTENANCE)
    for row in harbor.state.schedules.values():
        row.cron = "0 0 0 * * *"
    await bench.reconcile()
    await bench.close()

    counted = counted_by(bench.ports.meters)
    assert drift(counted, CONNECTIONS.kind) == {"maintenance": (1, 1)}
