"""Is a credential proven good, proven bad, or neither?"""

from datetime import datetime, timedelta
from enum import Enum, auto

from harbor_operator.core.ownership import Mark
from harbor_operator.core.robot.facts import Answer, Handshake, HarborRobot, RobotName
from harbor_operator.core.robot.ledger import Credential

PROOF_GAP = timedelta(seconds=60)
"""Two refusals this far apart prove a credential bad: one may be a Harbor that is starting."""


class Proof(Enum):
    """What is known of a credential."""

    WORKS = auto()
    RENAMED = auto()
    """Harbor's robot name prefix changed, so its user name is another now."""
    DISABLED = auto()
    """A person switched the robot off; that is respected."""
    MISSING = auto()
    """The robot is gone, or the one with its id is not the one that was made."""
    EXPIRED = auto()
    REFUSED = auto()
    """Enabled and unexpired, and refused twice at least `PROOF_GAP` apart."""
    UNCLEAR = auto()

    @property
    def proven_bad(self) -> bool:
        """Whether the credential can never work again."""
        return self in {Proof.MISSING, Proof.EXPIRED, Proof.REFUSED}


def prove(
    credential: Credential,
    robot: HarborRobot | None,
    handshake: Handshake | None,
    *,
    own: Mark,
    name: RobotName,
    now: datetime,
) -> Proof:
    """Judge a credential by its robot and by what the token service said.

    Args:
        credential: The login in question.
        robot: The robot of its id, None when Harbor has none.
        handshake: The newest handshake with it, None when none was tried.
        own: The mark that the robot must carry.
        name: How this object's robots are called.
        now: Harbor's clock.
    """
    if robot is None or not robot.marked_by(own) or name.number(robot.name) != credential.n:
        return Proof.MISSING
    if robot.expired(now):
        return Proof.EXPIRED
    if robot.disabled:
        return Proof.DISABLED
    if robot.name != credential.username:
        return Proof.RENAMED
    return _by_handshake(handshake, now)


def _by_handshake(handshake: Handshake | None, now: datetime) -> Proof:
    if handshake is None:
        return Proof.UNCLEAR
    match handshake.answer:
        case Answer.WORKS:
            return Proof.WORKS
        case Answer.REFUSED:
            since = handshake.refused_since or now
            return Proof.REFUSED if now - since >= PROOF_GAP else Proof.UNCLEAR
        case Answer.UNCLEAR:
            return Proof.UNCLEAR
