"""Asks Harbor by the login of a connection."""

from datetime import datetime, timedelta

from harbor_operator.bridge.robots import grants_in
from harbor_operator.cli.doctor.answers import Answers
from harbor_operator.core.grants import PlacedGrant
from harbor_operator.harbor import HarborClient, IdentityKind
from harbor_operator.harbor.errors import ClockUnknown, PermissionDenied


async def ask(client: HarborClient, username: str, now: datetime) -> Answers:
    """What Harbor says of itself and of a login.

    Args:
        client: Logged in.
        username: The login's name.
        now: The time on this machine.

    Raises:
        HarborError: Harbor failed.
    """
    system = client.system
    identity = await system.probe()
    if identity.kind is IdentityKind.ANONYMOUS:
        return Answers(identity.kind, username)
    info = await system.info()
    configuration = await system.configuration()
    minutes = configuration.token_minutes
    health = await system.health()
    is_robot = identity.kind is IdentityKind.ROBOT
    return Answers(
        identity=identity.kind,
        username=username,
        version=info.harbor_version,
        administrator=configuration.robot_prefix is not None,
        read_only=info.read_only,
        prefix=configuration.robot_prefix,
        token_lifetime=None if minutes is None else timedelta(minutes=minutes),
        ahead=_ahead(client, now),
        unhealthy=health.unhealthy,
        grants=await _grants(client, username) if is_robot else None,
    )


def _ahead(client: HarborClient, now: datetime) -> timedelta | None:
    try:
        return -client.clock.skew(now)
    except ClockUnknown:
        return None


async def _grants(client: HarborClient, username: str) -> frozenset[PlacedGrant] | None:
    """What a robot may do, if it may look itself up."""
    try:
        listed = await client.robots.list_system()
    except PermissionDenied:
        return None
    return next((grants_in(robot) for robot in listed if robot.name == username), None)
