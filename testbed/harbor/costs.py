"""What a request costs Harbor, paid in real CPU when the simulator is asked to be as slow.

The figures come from a Harbor 2.16 on two shared cores. They are paid as PBKDF2 rounds in a
thread, because that is what most of the cost of a real request is: 600,000 rounds for the password
of a user took 85 ms there, so a millisecond is worth 7,059 rounds on any machine.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field
from enum import Enum

from testbed.harbor.release import Difference, Release

PASSWORD_ROUNDS = 600_000
EARLIER_PASSWORD_ROUNDS = 4_096
_ROUNDS_PER_MILLISECOND = 7_059
FAILED_LOGIN_SECONDS = 1.5
"""A failed local login is answered this late, and its name is refused for as long afterwards."""


def password_rounds(release: Release) -> int:
    """How often a release hashes the password of a user who has set it there."""
    early = release.does(Difference.CHEAP_PASSWORDS)
    return EARLIER_PASSWORD_ROUNDS if early else PASSWORD_ROUNDS


class Cost(Enum):
    """What a kind of work costs beyond authentication, in milliseconds."""

    PING = 0.6
    SESSION_REQUEST = 1.4
    ROBOT_REQUEST = 1.6
    ROBOT_CREATION = 1.9
    ROBOT_DELETION = 1.0
    LISTED_PROJECT = 0.35
    LISTED_ROBOT = 0.88


@dataclass(slots=True)
class Costs:
    """Pays costs when enabled; otherwise everything is free and failures are answered at once."""

    enabled: bool
    password_rounds: int = PASSWORD_ROUNDS
    _locked_until: dict[str, float] = field(default_factory=dict)

    async def pay(self, cost: Cost, times: int = 1) -> None:
        """Burns what `times` pieces of this work cost."""
        if self.enabled and times:
            await _burn(int(cost.value * times * _ROUNDS_PER_MILLISECOND))

    async def check_password(self, username: str, *, right: bool) -> bool:
        """Whether a login succeeds, at the price of hashing the given password."""
        if not self.enabled:
            return right
        loop = asyncio.get_running_loop()
        if self._locked_until.get(username, 0.0) > loop.time():
            return False
        await _burn(self.password_rounds)
        if not right:
            self._locked_until[username] = loop.time() + FAILED_LOGIN_SECONDS
            await asyncio.sleep(FAILED_LOGIN_SECONDS)
        return right

    def forget_failures(self) -> None:
        """Unlocks every name, as a restart does."""
        self._locked_until.clear()


async def _burn(rounds: int) -> None:
    salt = secrets.token_bytes(16)
    await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", b"password", salt, max(rounds, 1))
