"""Missed rotations get their turns once, the one that expires first at first."""

from datetime import datetime, timedelta

import pytest

from harbor_operator.api.robot import ROBOTS
from harbor_operator.api.values import format_time
from harbor_operator.engine.catch_up import turn_of
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.objects import kube_resource
from harbor_operator.kube.errors import Operation, Unavailable
from harbor_operator.kube.resources import JsonObject
from tests.support.engine_world import NOW, custom_resource, ports_over
from tests.support.fake_cluster import FakeCluster
from tests.support.fake_harbor import FakeHarbor

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
SPEC = {"connectionRef": {"name": "default"}}


class Fleet:
    """Robots of one connection that has just come up."""

    def __init__(self) -> None:
        self.kube = FakeCluster()
        self.ports = ports_over(self.kube)
        self.connection = Connection("default", FakeHarbor(NOW), fingerprint=1)
        self.ports.connections.put(self.connection)
        self.ports.connections.set_ready("default", ready=True)

    def put(self, name: str, due: datetime, expires: datetime) -> JsonObject:
        """Put a robot into the cluster, by what its status reports."""
        status = {"nextRotationAt": format_time(due), "expiresAt": format_time(expires)}
        body = custom_resource(ROBOTS, name, spec=SPEC, status=status)
        return self.kube.put(kube_resource(ROBOTS), body)

    async def turn(self, body: JsonObject, now: datetime = NOW) -> datetime | None:
        """Ask for a robot's turn."""
        return await turn_of(self.ports, self.connection, ROBOTS.parse(body), now)

    @property
    def draws(self) -> int:
        """How often the robots have been listed."""
        return sum(request.verb == "list" for request in self.kube.requests)


@pytest.mark.parametrize("late", [-HOUR, timedelta(0), 59 * SECOND])
async def test_a_rotation_that_is_not_missed_needs_no_turn(late: timedelta) -> None:
    fleet = Fleet()
    robot = fleet.put("ci", due=NOW - late, expires=NOW + 24 * HOUR)

    assert await fleet.turn(robot) is None
    assert fleet.draws == 0


async def test_who_expires_first_goes_first_and_the_others_follow() -> None:
    fleet = Fleet()
    later = fleet.put("later", due=NOW - 3 * HOUR, expires=NOW + 48 * HOUR)
    sooner = fleet.put("sooner", due=NOW - 2 * HOUR, expires=NOW + 24 * HOUR)

    assert await fleet.turn(later) == NOW + SECOND
    assert await fleet.turn(sooner, NOW + HOUR) == NOW
    assert fleet.draws == 1


async def test_the_turns_are_drawn_again_after_the_next_downtime() -> None:
    fleet = Fleet()
    robot = fleet.put("ci", due=NOW - HOUR, expires=NOW + 24 * HOUR)
    await fleet.turn(robot)
    fleet.ports.connections.set_ready("default", ready=False)
    fleet.ports.connections.set_ready("default", ready=True)

    assert await fleet.turn(robot, NOW + HOUR) == NOW + HOUR


async def test_a_draw_that_fails_is_made_again() -> None:
    fleet = Fleet()
    robot = fleet.put("ci", due=NOW - HOUR, expires=NOW + 24 * HOUR)
    fleet.kube.fail_on("list", Unavailable(Operation("list"), "busy", reason="Busy"))

    with pytest.raises(Unavailable):
        await fleet.turn(robot)

    assert await fleet.turn(robot) == NOW
