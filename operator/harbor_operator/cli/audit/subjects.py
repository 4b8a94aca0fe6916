"""Who may have used Harbor: robots of the cluster, and accounts in Harbor."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from harbor_operator.cli.objects import read_time, status_of
from harbor_operator.core.ownership import RELEASED_PREFIX, parse_mark
from harbor_operator.harbor import Robot, RobotLevel
from harbor_operator.kube.resources import JsonObject

_NUMBERED: Final = re.compile(r"(.+-)(\d{1,9})")
_ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Replaced:
    """An account that was replaced, and lives on for its overlap."""

    username: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """A robot, or an account in Harbor without one.

    Attributes:
        robot: The HarborRobot's name; empty for an account that no operator manages.
        namespace: The HarborRobot's namespace.
        username: The account in use; empty where there is none.
        replaced: Accounts that it had before and that still live.
        created: When it was made.
        projects: Where its use is written down; None where that is not known, or everywhere.
    """

    robot: str
    namespace: str
    username: str
    replaced: tuple[Replaced, ...] = ()
    created: datetime | None = None
    projects: tuple[str, ...] | None = None

    @property
    def name_part(self) -> str:
        """What the names of all its accounts have in common, those that are gone included.

        A rotation counts the number at the end up. Names of others may have it in them, too.
        """
        match = _NUMBERED.fullmatch(self.username) if self.robot else None
        return match[1] if match else self.username

    def has(self, username: str) -> bool:
        """Whether an account is or was its own."""
        number = username.removeprefix(self.name_part)
        return username == self.username or (
            bool(self.robot) and number != username and number.isdecimal()
        )


def subject_of(body: JsonObject) -> Subject:
    """Read a HarborRobot."""
    metadata, status = body["metadata"], status_of(body)
    username = str(status.get("username") or "")
    return Subject(
        robot=metadata["name"],
        namespace=metadata.get("namespace", ""),
        username=username,
        replaced=tuple(_replaced(status)),
        created=read_time(metadata.get("creationTimestamp")),
        projects=_projects_in(username),
    )


def account_of(robot: Robot) -> Subject | None:
    """Read an account in Harbor; None where an operator manages it, of whatever cluster."""
    text = robot.description.strip()
    if parse_mark(text) is not None or text.startswith(RELEASED_PREFIX):
        return None
    places = {permission.namespace for permission in robot.permissions} - {"/"}
    known = robot.level == RobotLevel.PROJECT or (places and _ALL not in places)
    return Subject(
        robot="",
        namespace="",
        username=robot.name,
        created=robot.creation_time,
        projects=tuple(sorted(places)) if known else None,
    )


def connection_of(body: JsonObject) -> str:
    """The connection that a HarborRobot uses."""
    reference = (body.get("spec") or {}).get("connectionRef") or {}
    return str(reference.get("name") or "default")


def _replaced(status: JsonObject) -> Iterator[Replaced]:
    for entry in status.get("previous") or ():
        since = read_time(entry.get("since"))
        username = entry.get("username")
        if since is not None and username:
            yield Replaced(str(username), since)


def _projects_in(username: str) -> tuple[str, ...] | None:
    """The project in a robot's full name; a prefix in front of it may hold anything but a plus."""
    head, found, _ = username.rpartition("+")
    if not found:
        return None
    return (re.split(r"[$]", head, maxsplit=1)[-1],)
