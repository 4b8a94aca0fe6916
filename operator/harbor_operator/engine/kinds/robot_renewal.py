"""A robot's new secrets, its switch in Harbor, and its place among those replaced out of turn."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import SecretStr

from harbor_operator.core.robot.actions import NewSecret, SetSecret, SwitchRobot
from harbor_operator.core.robot.facts import FleetRevoke, Handshake, Recorded
from harbor_operator.core.robot.ledger import Credential, Ledger
from harbor_operator.core.robot.renewal import subject_of
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.kinds.robot_secrets import RobotSecrets
from harbor_operator.engine.random_secrets import new_secret
from harbor_operator.harbor.models import Robot


class Renewal:
    """What one reconcile of a robot does to its account beside making and deleting it."""

    def __init__(self, uid: str, connection: Connection, secrets: RobotSecrets) -> None:
        self._uid = uid
        self._connection = connection
        self._secrets = secrets
        self.secret_set = False
        """Whether Harbor has been told a secret."""

    def place(self, ledger: Ledger | None, recorded: Recorded) -> datetime | None:
        """When the credential in question may be replaced out of turn."""
        subject = subject_of(ledger, recorded)
        return self._connection.line.place(self._uid, subject, self._now())

    def join_line(self, subject: str) -> None:
        """Take a place for a credential."""
        line = self._connection.line
        self._connection.line = line.join(self._uid, subject, self._now())

    def fleet(self) -> FleetRevoke | None:
        """The revoke of all robots of the connection, where one is under way."""
        revocation = self._connection.revocation
        if revocation is None:
            return None
        return FleetRevoke(revocation.token, self._uid in revocation.admitted)

    def to_show(self, ledger: Ledger | None) -> Iterable[Credential]:
        """The credentials whose login is worth a question.

        The two of a refresh have one user name, of which Harbor knows one secret: the pending one
        once it has been set, and till then most likely the live one.
        """
        if ledger is None:
            return ()
        if not ledger.refreshes:
            return ledger.credentials()
        shown = ledger.pending if self.secret_set else ledger.live
        return () if shown is None else (shown,)

    def heard(self, ledger: Ledger | None, handshakes: Mapping[int, Handshake]) -> Handshake | None:
        """What Harbor said to the pending secret of a refresh."""
        if ledger is None or ledger.pending is None or not ledger.refreshes:
            return None
        return handshakes.get(ledger.pending.robot_id) if self.secret_set else None

    async def make_secret(self, action: NewSecret) -> None:
        """Make a secret and store it; nobody else has it if that fails."""
        ledger = action.ledger.refresh(action.attempt, new_secret(), action.now)
        await self._secrets.write_ledger(ledger)

    async def set_secret(self, action: SetSecret, robot: Robot) -> None:
        """Tell Harbor a secret of the robot, which was read a moment ago."""
        secret = SecretStr(action.credential.password.reveal())
        await self._connection.client.robots.refresh_secret(robot.id, secret)
        self.secret_set = True

    async def switch(self, action: SwitchRobot, robot: Robot) -> None:
        """Switch the robot, which was read a moment ago, on or off."""
        await self._connection.client.robots.update(robot, disable=action.disabled)

    def _now(self) -> datetime:
        return self._connection.client.clock.now()
