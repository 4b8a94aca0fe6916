"""Robot accounts: Harbor's rows as the core knows them, and grants in Harbor's words."""

from collections.abc import Iterable

from harbor_operator.core.grants import SYSTEM, Level, PlacedGrant, by_place
from harbor_operator.core.robot.facts import HarborRobot
from harbor_operator.harbor.models import Access, Permission, Robot


def seen_in(robot: Robot) -> HarborRobot | None:
    """A robot as the core sees it; None where Harbor does not say when it was made."""
    if robot.creation_time is None:
        return None
    return HarborRobot(
        id=robot.id,
        name=robot.name,
        description=robot.description,
        created_at=robot.creation_time,
        expires_at=robot.expiry,
        disabled=robot.disable,
        grants=grants_in(robot),
        lifetime_days=robot.duration,
        level=Level(robot.level),
    )


def grants_in(robot: Robot) -> frozenset[PlacedGrant]:
    """What a robot may do, and where."""
    return frozenset(
        (permission.namespace, access.resource, access.action)
        for permission in robot.permissions
        for access in permission.access
    )


def permissions_of(grants: Iterable[PlacedGrant]) -> tuple[Permission, ...]:
    """Grants in Harbor's words."""
    return tuple(
        Permission(
            kind="system" if place == SYSTEM else "project",
            namespace=place,
            access=frozenset(Access(resource=r, action=a) for r, a in granted),
        )
        for place, granted in by_place(grants).items()
    )
