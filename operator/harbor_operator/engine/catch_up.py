"""After a downtime: whose overdue rotation begins when, drawn once for a whole connection."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from harbor_operator.api.resources import Resource
from harbor_operator.api.robot import ROBOTS, RobotSpec, RobotStatus
from harbor_operator.core.robot.catch_up import Waiting, spread
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.objects import kube_resource
from harbor_operator.kube.resources import JsonObject

OVERDUE = timedelta(minutes=1)
"""A rotation that is late by more has been missed; a due one begins within seconds."""


async def turn_of(
    ports: Ports, connection: Connection, robot: Resource[RobotSpec, RobotStatus], now: datetime
) -> datetime | None:
    """Before when a robot's missed rotation does not begin; None: nothing has been missed.

    Raises:
        KubeError: The robots cannot be listed.
    """
    due = robot.status.next_rotation_at
    if due is None or now - due < OVERDUE:
        return None
    if connection.turns is None:
        connection.turns = asyncio.ensure_future(_draw(ports, connection.name, now))
    drawn = connection.turns
    try:
        return (await asyncio.shield(drawn)).get(robot.metadata.uid)
    except Exception:
        connection.turns = None
        raise


async def _draw(ports: Ports, connection: str, now: datetime) -> Mapping[str, datetime]:
    listed = await ports.kube.list(
        kube_resource(ROBOTS), field_selector=f"spec.connectionRef.name={connection}"
    )
    robots = (_waiting(body) for body in listed.items)
    return spread((robot for robot in robots if robot is not None), now)


def _waiting(body: JsonObject) -> Waiting | None:
    status = ROBOTS.parse_status(body)
    if status.next_rotation_at is None:
        return None
    return Waiting(body["metadata"]["uid"], status.next_rotation_at, status.expires_at)
