"""Time, robot accounts and logins, as the model writes them down.

Time counts in minutes. A robot lives for a day, is due after half a day and overlaps by half an
hour, so that every deadline of the protocol lies within a few steps.

All of it is tuples with names: an exploration hashes and compares millions of them.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from harbor_operator.core.robot.facts import RobotName
from harbor_operator.core.robot.ledger import Credential

LIFETIME, DUE, OVERLAP = 1440, 720, 30

NAME = RobotName("team", "ci")
STRANGER = 0
"""The owner of a robot that carries no mark of our object's, whichever its uid."""

_START = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def instant(minute: int) -> datetime:
    """A minute of the model on the calendar."""
    return _START + timedelta(minutes=minute)


def minute_of(moment: datetime) -> int:
    """The first minute of the model at which a moment has come."""
    return -((_START - moment) // timedelta(minutes=1))


@cache
def full_name(n: int) -> str:
    """Robot n's user name."""
    return f"robot$team+ci-{n}"


def password_of(serial: int, stamp: int) -> str:
    """What was made for an account, as the so many-th of all accounts and passwords.

    People's own end in a mark: an apostrophe in Harbor, a question mark in a Secret.
    """
    return f"{serial}.{stamp}"


def stamp_of(password: str) -> int:
    """Which of all accounts and passwords one is; 0 for people's own."""
    return int(password.partition(".")[2].rstrip("'?"))


class Login(NamedTuple):
    """What a Secret holds: whose password, and which one of the robot's passwords."""

    robot_id: int
    n: int
    password: str

    @property
    def username(self) -> str:
        """Whom it logs in as."""
        return full_name(self.n)

    @property
    def is_edited(self) -> bool:
        """Whether a person has written something else over the password."""
        return self.password.endswith("?")

    @property
    def serial(self) -> int:
        """The account that the password was made for."""
        return int(self.password.partition(".")[0])

    @property
    def stamp(self) -> int:
        """Which of all accounts and passwords it is."""
        return stamp_of(self.password)


class Account(NamedTuple):
    """One robot account in Harbor."""

    id: int
    serial: int
    """Which account it is of all that there have ever been; a restored Harbor reuses ids."""
    n: int
    created: int
    owner: int
    """The uid in its mark."""
    password: str
    """The one that works; see `password_of`."""
    access: int = 1
    enabled: bool = True
    left: int | None = None
    """When a Secret last held it, as far as none does now."""

    def accepts(self, login: Login, now: int) -> bool:
        """Whether Harbor lets the login in."""
        return self.knows(login) and self.enabled and now < self.created + LIFETIME

    def knows(self, login: Login) -> bool:
        """Whether it is this account's login and password."""
        return (login.robot_id, login.n, login.password) == (self.id, self.n, self.password)


@cache
def login_of(credential: Credential) -> Login:
    """What a Secret holds that was written from a credential."""
    return Login(credential.robot_id, credential.n, credential.password.reveal())
