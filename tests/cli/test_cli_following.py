"""An order given to an object, and followed to its end."""

import asyncio
import io

import pytest

from harbor_operator.cli.acting.actions import Order, Outcome
from harbor_operator.cli.acting.following import Voice, carry_out
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import ROBOT, Action, Target
from harbor_operator.kube.errors import Conflict, Forbidden, NotFound, Operation
from testbed.tools.waiting import until
from tests.support.custom_resources import Json
from tests.support.fake_cluster import FakeCluster
from tests.support.plugin import READY, an_object, condition_of

ORDER = Order(Action.ROTATE, Target(ROBOT, "ci"), "now")
ROTATING = condition_of("Rotating", "True", "Progressing", "A new one is tried.")
DONE = {"lastHandledRotateAt": "now", "credentialRevision": "8"}
LONG = 20.0


@pytest.fixture
def cluster() -> FakeCluster:
    made = FakeCluster()
    made.put(ROBOT.resource, an_object(ROBOT, "ci"))
    made.put(ROBOT.resource, an_object(ROBOT, "other"))
    return made


class Scene:
    """An order that is being followed."""

    def __init__(self, cluster: FakeCluster, seconds: float | None = LONG) -> None:
        self.cluster = cluster
        self.said = io.StringIO()
        self.course = asyncio.create_task(
            carry_out(cluster, ORDER, "payments", seconds, Voice(self.said))
        )

    async def watched(self) -> None:
        """Wait until the object is watched."""

        async def is_watched() -> bool:
            return self.cluster.watches(ROBOT.resource) > 0

        await until(is_watched, within=LONG)

    def report(self, *conditions: Json, name: str = "ci", **status: object) -> None:
        """Let the operator write a status."""
        body = an_object(ROBOT, name, *conditions)
        body["status"] |= status
        self.cluster.put(ROBOT.resource, body)


async def test_progress_is_told_until_the_end(cluster: FakeCluster) -> None:
    scene = Scene(cluster)
    await scene.watched()
    scene.report(READY, ROTATING)
    scene.report(**DONE, name="other")
    scene.report(**DONE)

    body, outcome = await scene.course

    assert outcome == Outcome(succeeded=True, sentence="rotated: credential 8 serves")
    assert body["status"]["credentialRevision"] == "8"
    assert scene.said.getvalue().splitlines() == [
        "Rotating=True Progressing: A new one is tried.",
        "Rotating is over",
    ]
    assert not cluster.watches(ROBOT.resource)


async def test_without_waiting_the_order_is_all(cluster: FakeCluster) -> None:
    body, outcome = await Scene(cluster, None).course

    assert outcome == Outcome(succeeded=True, sentence="rotate requested")
    assert body["metadata"]["annotations"] == {"harbor-operator.dev/rotate-requested-at": "now"}
    assert len(cluster.writes(ROBOT.resource)) == 1


async def test_a_watch_that_ends_early_is_no_end(cluster: FakeCluster) -> None:
    scene = Scene(cluster)
    await scene.watched()
    cluster.cut_watches()
    scene.report(**DONE)

    _, outcome = await scene.course

    assert outcome.succeeded


async def test_time_runs_out_with_what_the_object_says(cluster: FakeCluster) -> None:
    scene = Scene(cluster, 0.2)
    await scene.watched()
    scene.report(READY, ROTATING)

    _, outcome = await scene.course

    assert outcome == Outcome(
        succeeded=False,
        sentence="not done within 0.2 s; it says Rotating=True Progressing: A new one is tried.",
    )


async def test_an_object_that_goes_ends_the_wait(cluster: FakeCluster) -> None:
    scene = Scene(cluster)
    await scene.watched()
    cluster.remove(ROBOT.resource, "ci", "payments")

    with pytest.raises(CommandError, match="deleted meanwhile"):
        await scene.course


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (None, "there is no robot/ci in namespace payments"),
        (
            NotFound(Operation("list"), "unknown", reason="NotFound", status=404),
            "the cluster does not know harborrobots: is harbor-operator installed?",
        ),
        (
            Forbidden(Operation("list"), "no", reason="Forbidden", status=403),
            "there is no robot/ci in namespace payments",
        ),
    ],
)
async def test_what_is_not_there_is_told_apart(
    cluster: FakeCluster, refusal: Exception | None, sentence: str
) -> None:
    cluster.remove(ROBOT.resource, "ci", "payments")
    cluster.fail_on("list", refusal)

    with pytest.raises(CommandError) as caught:
        await Scene(cluster).course

    assert (str(caught.value), caught.value.code) == (sentence, ExitCode.NOT_FOUND)


async def test_a_refused_write_is_passed_on(cluster: FakeCluster) -> None:
    cluster.fail_on("patch", Conflict(Operation("patch"), "no", reason="Conflict", status=409))

    with pytest.raises(Conflict):
        await Scene(cluster).course
