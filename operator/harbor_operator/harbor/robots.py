"""Robot accounts and their secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr, TypeAdapter

from .answers import parsed
from .clock import HarborClock
from .errors import NotFound
from .models import Permission, Robot, RobotAnswer, RobotLevel, expiry_of
from .names import containing, exact, robot_name_part
from .pages import read_list
from .request import api_read, api_write
from .transport import Transport

_ROBOT = TypeAdapter(Robot)
_ROBOTS = TypeAdapter(list[Robot])
_CREATED = TypeAdapter(RobotAnswer)


@dataclass(frozen=True, slots=True)
class NewRobot:
    """A robot to be made.

    `name` is without Harbor's prefix and without the project. `duration` is in days, or
    NEVER_EXPIRES. A project robot has exactly one permission, of kind `project` with the
    project's name as its namespace.
    """

    name: str
    level: RobotLevel
    duration: int
    description: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class CreatedRobot:
    """A robot that was just made, with the secret that Harbor never shows again.

    `name` is the full name to log in with; `answered_at` is Harbor's time of the answer.
    """

    id: int
    name: str
    secret: SecretStr
    creation_time: datetime | None
    expires_at: datetime | None
    answered_at: datetime


class Robots:
    """Harbor's robots. There is no list over all projects."""

    def __init__(self, transport: Transport, clock: HarborClock) -> None:
        self._transport = transport
        self._clock = clock

    async def get(self, robot_id: int) -> Robot | None:
        """The robot with this id, or None."""
        try:
            answer = await self._transport.send(api_read("/robots/{id}", {"id": robot_id}))
        except NotFound:
            return None
        return parsed(answer, _ROBOT)

    async def list_project(
        self, project_id: int, *, stored_name: str | None = None, name_contains: str | None = None
    ) -> list[Robot]:
        """The robots of one project.

        Args:
            project_id: The project's id; an unknown one has no robots.
            stored_name: Only the robot `<project>+<name>`, spelled without Harbor's prefix.
            name_contains: Only robots whose stored name has this part, in any case.
        """
        conditions = [
            exact(Level=RobotLevel.PROJECT.value, ProjectID=project_id),
            *_name_conditions(stored_name, name_contains),
        ]
        return await self._read(RobotLevel.PROJECT, conditions)

    async def list_system(
        self, *, stored_name: str | None = None, name_contains: str | None = None
    ) -> list[Robot]:
        """The robots of the system; arguments as for those of a project."""
        return await self._read(RobotLevel.SYSTEM, _name_conditions(stored_name, name_contains))

    async def create(self, robot: NewRobot) -> CreatedRobot:
        """Make a robot; Harbor chooses its secret.

        Raises:
            Conflict: The name is taken.
            InvalidRequest: Harbor does not accept a value, and `reason` says which.
            PermissionDenied: The client is a robot that holds less than it wants to give.
            OutcomeUnknown: It may exist now, with a secret that nobody has.
        """
        body = {
            "name": robot.name,
            "level": robot.level.value,
            "duration": robot.duration,
            "description": robot.description,
            "permissions": _sorted_permissions(robot.permissions),
        }
        answer = await self._transport.send(api_write("POST", "/robots", body=body))
        created = parsed(answer, _CREATED)
        return CreatedRobot(
            created.id,
            created.name,
            created.secret,
            creation_time=created.creation_time,
            expires_at=expiry_of(created.expires_at),
            answered_at=self._clock.now(),
        )

    async def update(
        self,
        robot: Robot,
        *,
        description: str | None = None,
        disable: bool | None = None,
        duration: int | None = None,
        permissions: Iterable[Permission] | None = None,
    ) -> None:
        """Replace what is given and repeat the rest of a robot as it was read.

        Harbor replaces the whole robot, and deletes and re-inserts its permissions: call it for a
        real difference only. The expiry moves only with a changed duration, and counts from
        the creation.

        Raises:
            NotFound: It is gone.
            PermissionDenied: The client is a robot, which may update nobody.
        """
        body = {
            "id": robot.id,
            "name": robot.name,
            "level": robot.level,
            "description": robot.description if description is None else description,
            "disable": robot.disable if disable is None else disable,
            "duration": robot.duration if duration is None else duration,
            "permissions": _sorted_permissions(
                robot.permissions if permissions is None else permissions
            ),
        }
        await self._transport.send(api_write("PUT", "/robots/{id}", {"id": robot.id}, body=body))

    async def refresh_secret(self, robot_id: int, secret: SecretStr) -> None:
        """Set a robot's secret; the old one stops working at once, issued tokens do not.

        Raises:
            InvalidRequest: Not 8 to 128 characters with a capital, a small letter and a digit.
            NotFound: It is gone.
            PermissionDenied: The client may not update robots.
        """
        request = api_write(
            "PATCH",
            "/robots/{id}",
            {"id": robot_id},
            body={"secret": secret.get_secret_value()},
            confidential=True,
        )
        await self._transport.send(request)

    async def delete(self, robot_id: int) -> None:
        """Remove a robot; its secret stops working at once.

        Raises:
            NotFound: It is gone already.
        """
        await self._transport.send(api_write("DELETE", "/robots/{id}", {"id": robot_id}))

    async def _read(self, level: RobotLevel, conditions: list[str]) -> list[Robot]:
        query = [("q", ",".join(conditions))] if conditions else []
        rows = await read_list(self._transport, "/robots", _ROBOTS, query=query)
        # Harbor drops conditions that it does not know, so the level is checked again.
        return [row for row in rows if row.level == level.value]


def _name_conditions(stored_name: str | None, part: str | None) -> list[str]:
    conditions = []
    if stored_name is not None:
        conditions.append(exact(name=robot_name_part(stored_name)))
    if part is not None:
        conditions.append(containing("name", robot_name_part(part)))
    return conditions


def _sorted_permissions(permissions: Iterable[Permission]) -> list[dict[str, object]]:
    """Permissions in one order always: Harbor locks their shared rows as it meets them."""
    rows = sorted(permissions, key=lambda permission: (permission.kind, permission.namespace))
    return [
        {
            "kind": row.kind,
            "namespace": row.namespace,
            "access": [
                access.model_dump(exclude_defaults=True)
                for access in sorted(row.access, key=lambda access: access.key)
            ],
        }
        for row in rows
    ]
