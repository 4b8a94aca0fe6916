"""One look at a robot, and the questions that the rotation's rules ask of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.core.grants import Level, places_of
from harbor_operator.core.robot.facts import (
    Desired,
    HarborRobot,
    Observed,
    Previous,
    RobotName,
    TargetState,
)
from harbor_operator.core.robot.ledger import Cause, Credential, Ledger, Revokes
from harbor_operator.core.robot.proof import Proof, prove
from harbor_operator.core.robot.refresh import leaves_time, rhythm
from harbor_operator.core.robot.schedule import begins_at

HOLDER_PATIENCE = timedelta(hours=24)
"""A target that cannot be written keeps the old robot alive for this long, then it goes."""

CLOCK_TOLERANCE = timedelta(seconds=5)
"""How far what Harbor says of a moment may lie ahead of its clock: that is known by the second,
and late by as long as an answer took."""

REVOKE_PATIENCE = timedelta(seconds=60)
"""A target that cannot be written keeps a revoked robot alive for this long. Pull secrets follow
within seconds, five thousand of them too, and whoever revokes wants the old one gone."""


@dataclass(frozen=True, slots=True)
class View:
    """One look at a robot whose name in Harbor is known."""

    desired: Desired
    observed: Observed
    name: RobotName
    now: datetime

    @property
    def ledger(self) -> Ledger:
        """The ledger, an empty one where there is none yet."""
        return self.observed.ledger or Ledger()

    def proof(self, credential: Credential | None) -> Proof | None:
        """What is known of a credential of the ledger."""
        if credential is None:
            return None
        refreshed = self.ledger.refreshes and credential == self.ledger.pending
        shown = self.observed.handshakes.get(credential.robot_id)
        return prove(
            credential,
            self.observed.robot(credential.robot_id),
            self.observed.refreshed if refreshed else shown,
            own=self.observed.own,
            name=self.name,
            now=self.now,
        )

    @property
    def live_robot(self) -> HarborRobot | None:
        """The robot that serves, None while none is proven to."""
        live = self.ledger.live
        return self.observed.robot(live.robot_id) if live else None

    def age(self, credential: Credential) -> timedelta:
        """How long ago a credential was made; long ago, where Harbor's clock has stepped back."""
        age = self.now - credential.minted_at
        return max(age, timedelta(0)) if age > -CLOCK_TOLERANCE else timedelta.max

    def old_robots(self) -> list[HarborRobot]:
        """Ours that are neither live nor pending nor the attempt's."""
        ledger = self.ledger
        kept = {credential.robot_id for credential in ledger.credentials()}
        attempted = ledger.attempt.n if ledger.attempt else None
        return [
            robot
            for robot in self.observed.ours()
            if robot.id not in kept and self.name.number(robot.name) != attempted
        ]

    def overlap_of(self, robot_id: int) -> timedelta:
        """How long a replaced robot lives on.

        One that may do more than the spec asks for by now is kept only until the tokens that were
        given to it have run out.
        """
        robot = self.observed.robot(robot_id)
        narrowed = robot is not None and not robot.grants <= self.desired.grants
        return self.observed.token_lifetime if narrowed else self.desired.overlap

    def end_of(self, previous: Previous) -> datetime:
        """When a robot that was replaced goes."""
        return previous.since + self.overlap_of(previous.robot_id)

    def revoked_robots(self) -> list[HarborRobot]:
        """Old robots that the live credential was made to end.

        Harbor counts its ids up; a robot that came later is no part of the request.
        """
        live = self.ledger.live
        if live is None or live.cause is not Cause.REVOKED:
            return []
        return [robot for robot in self.old_robots() if robot.id < live.robot_id]

    def everywhere_live(self) -> bool:
        """Whether every managed Secret holds the live credential, or its time to do so is over."""
        live = self.ledger.live
        if live is None or self.observed.target.state is not TargetState.IN_LINE:
            return False
        delivered = all(name == live.username for name in self.observed.followers)
        return delivered or self.now - live.minted_at >= HOLDER_PATIENCE

    @property
    def revokes(self) -> Revokes:
        """The revoke requests that an attempt begun now would satisfy.

        A connection's is for this robot when its turn has come; a first credential is younger
        than the request in any case.
        """
        fleet, live = self.observed.fleet, self.ledger.live
        if fleet is None or not (live is None or (fleet.admitted and not self._is_left_off())):
            return Revokes(self.desired.revoke)
        return Revokes(self.desired.revoke, fleet.token)

    def _is_left_off(self) -> bool:
        """Whether a person disabled the robot, and nobody asks for another one by name."""
        asked = self.desired.revoke not in {None, self.ledger.revoked.own}
        return self.proof(self.ledger.live) is Proof.DISABLED and not asked

    def revoke_requested(self) -> bool:
        """Whether a request to end all credentials made before it is not satisfied yet."""
        ledger = self.observed.ledger
        handled = self.observed.recorded.revoked if ledger is None else ledger.revoked
        return self.revokes.over(handled) != handled

    def can_refresh(self) -> bool:
        """Whether the spec asks for new secrets of one robot, and they can be set."""
        return self.desired.strategy is RotationStrategy.REFRESH and self.observed.can_update

    def lacks_user(self) -> bool:
        """Whether the spec asks for new secrets, and the connection's login may not set them."""
        return self.desired.strategy is RotationStrategy.REFRESH and not self.observed.can_update

    def keeps_robot(self, cause: Cause) -> bool:
        """Whether a rotation is another secret of the live robot, and not another robot."""
        live, robot = self.ledger.live, self.live_robot
        if live is None or robot is None or not self.can_refresh():
            return False
        if self.proof(live) not in {Proof.WORKS, Proof.UNCLEAR, Proof.REFUSED}:
            return False
        schedule = self.desired.schedule
        match cause:
            case Cause.DUE:
                return leaves_time(schedule, robot.created_at, self.observed.own.uid, self.now)
            case Cause.REQUESTED | Cause.REVOKED:
                return robot.expires_at is None or robot.expires_at - self.now > schedule.overlap
            case _:
                return False

    def cause(self) -> Cause | None:
        """Why the live credential should be replaced, None when it should not."""
        live, robot = self.ledger.live, self.live_robot
        if live is None or self.desired.disabled:
            return None
        proof = self.proof(live)
        if self.revoke_requested():
            return Cause.REVOKED
        if proof is not None and proof.proven_bad:
            return Cause.INVALID
        if proof is not Proof.WORKS or robot is None:
            return None
        return self._planned(robot)

    def _planned(self, robot: HarborRobot) -> Cause | None:
        if self.desired.request not in {None, self.ledger.handled}:
            return Cause.REQUESTED
        if needs_replacement(self.desired, robot, can_update=self.observed.can_update):
            return Cause.CHANGED
        due = self.due(robot)
        return Cause.DUE if due is not None and due <= self.now else None

    def due(self, robot: HarborRobot) -> datetime | None:
        """When the credential is replaced by itself, None for never."""
        key, live, schedule = self.observed.own.uid, self.ledger.live, self.desired.schedule
        if self.desired.strategy is RotationStrategy.REPLACE or live is None:
            begins = begins_at(schedule, robot.created_at, key, self.now)
        elif self.observed.can_update:
            shifted = rhythm(schedule, robot.created_at, live.minted_at)
            begins = begins_at(shifted, live.minted_at, key, self.now)
        else:
            begins = schedule.latest(robot.created_at)
        if begins is None or self.observed.turn is None:
            return begins
        return max(begins, self.observed.turn)


def needs_replacement(desired: Desired, robot: HarborRobot, *, can_update: bool) -> bool:
    """Whether the spec changed in a way that no update of this robot can follow.

    Harbor counts an expiry from creation, so another lifetime always means another robot; and a
    robot never changes its level, nor one of a project its project.
    """
    if robot.lifetime_days != desired.lifetime_days or robot.level is not desired.level:
        return True
    if robot.grants == desired.grants:
        return False
    return not can_update or _moves(desired, robot)


def _moves(desired: Desired, robot: HarborRobot) -> bool:
    """Whether a robot of one project is to be one of another; its project shows in its grants."""
    if robot.level is Level.SYSTEM or not robot.grants:
        return False
    return places_of(robot.grants) != places_of(desired.grants)
