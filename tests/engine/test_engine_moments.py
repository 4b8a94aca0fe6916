"""What is seen of a running operator at the moment of a scrape."""

from datetime import timedelta

import pytest
from typing_extensions import override

from harbor_operator.engine.connections import Connection
from harbor_operator.engine.replicas.leadership import Leadership, Unopposed
from harbor_operator.engine.telemetry import metrics
from harbor_operator.engine.telemetry.loop_lag import LoopLag
from harbor_operator.engine.telemetry.moments import Moments
from tests.support.control_desk import CONNECTION, PROJECT, ROBOT, ControlDesk
from tests.support.engine_world import NOW, READY_STATUS
from tests.support.fake_harbor import FakeHarbor
from tests.support.loop_clock import LoopClock
from tests.support.scraped import Scrape, scrape_of


class Standby(Unopposed):
    """Another replica leads."""

    @property
    @override
    def leads(self) -> bool:
        return False


class Scene:
    """An operator with one connection that has never been looked at."""

    def __init__(self, desk: ControlDesk, leadership: Leadership) -> None:
        self.desk = desk
        lag = LoopLag(desk.clock.now)
        self.moments = Moments(desk.ports.meters, leadership, lag, silence=lambda: 7.0)

    def scrape(self) -> Scrape:
        """What is told now."""
        return scrape_of(self.moments.take())


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> ControlDesk:
    return ControlDesk(LoopClock(monkeypatch))


async def test_a_standby_tells_of_itself_alone(desk: ControlDesk) -> None:
    scene = Scene(desk, Standby())
    desk.see(PROJECT, status=READY_STATUS)

    told = scene.scrape()

    assert told.value(metrics.LEASE_HELD) == 0
    assert told.value(metrics.WATCH_SILENCE) == 7
    assert told.of(metrics.RESOURCE_CONDITION) == []


async def test_an_object_is_told_of_until_the_watch_shows_that_it_is_gone(
    desk: ControlDesk,
) -> None:
    scene = Scene(desk, Unopposed())
    scene.moments.show(desk.ports, desk.control, desk.queue)
    for object_id in (PROJECT, ROBOT):
        desk.see(object_id, status=READY_STATUS)
    both = scene.scrape()

    desk.see_gone(PROJECT)

    assert len(both.of(metrics.RESOURCE_CONDITION, status="True")) == 2
    assert [
        dict(series.labels)["name"] for series in scene.scrape().of(metrics.RESOURCE_CONDITION)
    ] == [ROBOT.name]


async def test_who_waits_is_told(desk: ControlDesk) -> None:
    scene = Scene(desk, Unopposed())
    scene.moments.show(desk.ports, desk.control, desk.queue)
    desk.control.wake(PROJECT)
    desk.control.wake(ROBOT, 60)
    desk.clock.pass_by(5)

    told = scene.scrape()

    assert told.value(metrics.QUEUE_DEPTH, kind=PROJECT.kind) == 1
    assert told.value(metrics.QUEUE_AGE, kind=PROJECT.kind) == pytest.approx(5, abs=0.5)
    assert told.value(metrics.QUEUE_SCHEDULED, kind=ROBOT.kind) == 1


async def test_a_harbor_is_up_from_the_first_good_answer_on(desk: ControlDesk) -> None:
    scene = Scene(desk, Unopposed())
    scene.moments.show(desk.ports, desk.control, desk.queue)
    desk.see(CONNECTION)
    before = scene.scrape()
    harbor = FakeHarbor(NOW + timedelta(seconds=30))
    connection = Connection(CONNECTION.name, harbor, fingerprint=1, orphans={1, 2})
    desk.ports.connections.put(connection)
    asked = scene.scrape()
    desk.ports.connections.set_ready(CONNECTION.name, ready=True)
    answered = scene.scrape()

    states = [told.value(metrics.HARBOR_UP) for told in (before, asked, answered)]
    assert states == [0, 0, 1]
    assert before.of(metrics.CLOCK_SKEW) == []
    assert answered.value(metrics.CLOCK_SKEW) == pytest.approx(-30, abs=1)
    assert answered.value(metrics.ORPHANED_ROBOTS) == 2


async def test_a_connection_that_is_gone_has_no_harbor(desk: ControlDesk) -> None:
    scene = Scene(desk, Unopposed())
    scene.moments.show(desk.ports, desk.control, desk.queue)
    desk.see(CONNECTION)
    desk.ports.meters.on_exchange(CONNECTION.name)("GET", "/projects", "200", 0.1)

    desk.see_gone(CONNECTION)

    assert scene.scrape().about(connection=CONNECTION.name) == []
