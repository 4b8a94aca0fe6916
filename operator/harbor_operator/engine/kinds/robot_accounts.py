"""The robot accounts of one object in Harbor: where they are, and the writes to them."""

from collections.abc import Iterable, Mapping

from harbor_operator.api.conditions import Reason
from harbor_operator.api.robot import RobotStatus
from harbor_operator.bridge.robots import permissions_of, seen_in
from harbor_operator.core.connection.facts import (
    ROBOTS_MAKE_ROBOTS_SINCE,
    Identity,
    lets_robots_make_robots,
)
from harbor_operator.core.grants import SYSTEM, Level, PlacedGrant, places_of
from harbor_operator.core.ownership import Mark
from harbor_operator.core.robot.actions import Mint
from harbor_operator.core.robot.facts import HarborRobot, RobotName
from harbor_operator.core.robot.ledger import Credential
from harbor_operator.core.secret import Secret
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.faults import Blocked, Outdated
from harbor_operator.harbor.errors import Conflict, NotFound, PermissionDenied
from harbor_operator.harbor.models import Robot, RobotLevel
from harbor_operator.harbor.robots import NewRobot

_LEVELS: Mapping[Level, RobotLevel] = {
    Level.PROJECT: RobotLevel.PROJECT,
    Level.SYSTEM: RobotLevel.SYSTEM,
}
"""The levels of the core in Harbor's words."""

Place = str
"""A project's name, or `SYSTEM`: where Harbor lists a robot."""


class RobotAccounts:
    """Reads and writes the robot accounts of one object.

    Harbor has no list of all robots: they are looked for where the spec wants them, and where
    those are that the ledger, the status or a drift pass knows of.
    """

    def __init__(self, connection: Connection, own: Mark, base: str) -> None:
        self._connection = connection
        self._harbor = connection.client
        self._own = own
        self._base = base
        self._deleted: set[int] = set()
        """The ids of those that this reconcile has deleted, which the status still names."""

    async def read(
        self, home: Place | None, known: Iterable[int], *, ids: Mapping[str, int]
    ) -> tuple[HarborRobot, ...]:
        """Every robot of the base at home, and at the places of those that are known.

        Args:
            home: Where the spec wants them; None while that is not known.
            known: The ids of robots that are, or once were, the object's.
            ids: The projects' ids as far as known, by name.
        """
        found: dict[int, Robot] = {}
        if home is not None:
            found |= await self._list(home, ids)
        elsewhere: set[Place] = set()
        for robot_id in sorted({*known} - found.keys() - self._deleted):
            robot = await self._harbor.robots.get(robot_id)
            if robot is not None:
                found[robot.id] = robot
                elsewhere |= self._place_of(robot)
        for place in sorted(elsewhere - {home}):
            found |= await self._list(place, ids)
        return tuple(seen(robot) for robot in found.values())

    def _place_of(self, robot: Robot) -> set[Place]:
        """Where a robot of ours is listed; nobody else's place is looked through."""
        if not seen(robot).marked_by(self._own):
            return set()
        if robot.level == RobotLevel.SYSTEM:
            return {SYSTEM}
        return {permission.namespace for permission in robot.permissions}

    async def _list(self, place: Place, ids: Mapping[str, int]) -> dict[int, Robot]:
        robots = self._harbor.robots
        if place == SYSTEM:
            listed = await robots.list_system(name_contains=f"{self._base}-")
        else:
            id_ = ids.get(place) or await self._project_id(place)
            if id_ is None:
                return {}
            listed = await robots.list_project(id_, name_contains=f"{place}+{self._base}-")
        name = RobotName(None if place == SYSTEM else place, self._base)
        ours = {robot.id: robot for robot in listed if name.number(robot.name) is not None}
        for robot in ours.values():
            self.learn_prefix(name, robot.name, marked=seen(robot).marked_by(self._own))
        return ours

    async def _project_id(self, name: str) -> int | None:
        project = await self._connection.finder.find(name)
        return project.id if project else None

    def learn_prefix(self, name: RobotName, username: str, *, marked: bool = True) -> None:
        """Take in what Harbor puts before names: its configuration is for administrators only.

        A name of the system shows the end of the prefix only where it is known to be ours.
        """
        number = name.number(username)
        if number is None or (name.project is None and not marked):
            return
        place = "" if name.project is None else f"{name.project}+"
        self._connection.robot_prefix = username.removesuffix(f"{place}{name.local(number)}")

    async def create(self, action: Mint) -> tuple[HarborRobot, Credential]:
        """Make a robot; it, and the secret that Harbor shows this once.

        Raises:
            Outdated: Somebody has taken the name since the plan was made.
            Blocked: This Harbor lets no login make it that is a robot itself.
        """
        wanted = NewRobot(
            name=action.local_name,
            level=_LEVELS[action.level],
            duration=action.lifetime_days,
            description=action.description,
            permissions=permissions_of(action.grants),
        )
        try:
            created = await self._harbor.robots.create(wanted)
        except Conflict:
            raise Outdated from None
        except PermissionDenied:
            self._explain_refusal(action.level)
            raise
        place = None if action.level is Level.SYSTEM else next(iter(places_of(action.grants)))
        self.learn_prefix(RobotName(place, self._base), created.name)
        minted_at = created.creation_time or created.answered_at
        robot = HarborRobot(
            id=created.id,
            name=created.name,
            description=action.description,
            created_at=minted_at,
            expires_at=created.expires_at,
            disabled=False,
            grants=action.grants,
            lifetime_days=action.lifetime_days,
            level=action.level,
        )
        credential = Credential(
            n=action.attempt.n,
            robot_id=created.id,
            username=created.name,
            password=Secret(created.secret.get_secret_value()),
            minted_at=minted_at,
            cause=action.attempt.cause,
        )
        return robot, credential

    def _explain_refusal(self, level: Level) -> None:
        """More rights would not help a robot's login at a Harbor that is too old for it."""
        connection = self._connection
        is_robot = connection.identity is Identity.ROBOT
        if is_robot and level is Level.PROJECT and not lets_robots_make_robots(connection.version):
            needed = ".".join(map(str, ROBOTS_MAKE_ROBOTS_SINCE))
            raise Blocked(
                Reason.PERMISSION_DENIED,
                f"Harbor {connection.version} lets no robot account make robots of a project: give"
                f" the connection an administrator's login, or upgrade Harbor to {needed}.",
            ) from None

    async def reread(self, robot: HarborRobot) -> Robot:
        """The robot, if id, name and the whole mark are still those of the plan.

        Raises:
            Outdated: They are not, or it is gone.
        """
        again = await self._harbor.robots.get(robot.id)
        if again is None or (again.name, again.description) != (robot.name, robot.description):
            raise Outdated
        if not seen(again).marked_by(self._own):
            raise Outdated
        return again

    async def delete(self, robot: HarborRobot) -> bool:
        """Delete a robot; whether it was still there."""
        await self.reread(robot)
        self._deleted.add(robot.id)
        try:
            await self._harbor.robots.delete(robot.id)
        except NotFound:
            return False
        return True

    async def update(
        self, robot: HarborRobot, grants: Iterable[PlacedGrant], description: str
    ) -> None:
        """Replace a robot's permissions and description."""
        again = await self.reread(robot)
        await self._harbor.robots.update(
            again, permissions=permissions_of(grants), description=description
        )

    async def release(self, robot: HarborRobot) -> None:
        """Leave a robot to whoever uses it, under a mark that says who had it."""
        again = await self.reread(robot)
        await self._harbor.robots.update(again, description=self._own.released())


def known_ids(status: RobotStatus) -> set[int]:
    """The robots that a status names; a hint, since marks decide what is ours."""
    serving = set() if status.robot_id is None else {status.robot_id}
    return serving | {previous.robot_id for previous in status.previous}


def seen(robot: Robot) -> HarborRobot:
    """A robot as the core sees it.

    Raises:
        Outdated: Harbor does not say when it was made.
    """
    found = seen_in(robot)
    if found is None:
        raise Outdated
    return found
