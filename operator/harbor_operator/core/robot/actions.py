"""The effects that a robot's plan may ask for; each is one write to one place."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from harbor_operator.core.grants import Level, PlacedGrant
from harbor_operator.core.robot.facts import HarborRobot, Previous
from harbor_operator.core.robot.ledger import Attempt, Credential, Ledger


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the finalizer on the object, before there is anything to clean up."""


@dataclass(frozen=True, slots=True)
class WriteLedger:
    """Create the ledger, or swap it against the version that was read in this look."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Mint:
    """Create the robot of the attempt and store Harbor's answer by a swap.

    Both belong to one action, since Harbor shows the secret once. If the swap fails, the secret
    is forgotten.
    """

    attempt: Attempt
    ledger: Ledger
    """The ledger that holds the attempt, which the answer is added to."""
    local_name: str
    level: Level
    description: str
    grants: frozenset[PlacedGrant]
    lifetime_days: int


@dataclass(frozen=True, slots=True)
class JoinLine:
    """Take a place among those whose robots are replaced out of turn."""

    subject: str
    """Which credential it is for."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """Make a secret for the serving robot and store it as pending, by a swap."""

    attempt: Attempt
    ledger: Ledger
    """The ledger that was read, which attempt and secret are added to."""
    now: datetime


@dataclass(frozen=True, slots=True)
class SetSecret:
    """Tell Harbor a secret of the ledger, after reading again that the robot is ours.

    To say it twice changes nothing.
    """

    robot: HarborRobot
    credential: Credential


@dataclass(frozen=True, slots=True)
class SwitchRobot:
    """Have Harbor refuse or accept a robot's logins, keeping everything else of it."""

    robot: HarborRobot
    disabled: bool


@dataclass(frozen=True, slots=True)
class WriteSecret:
    """Bring the user's Secret in line with the live credential."""

    credential: Credential


@dataclass(frozen=True, slots=True)
class NotePrevious:
    """Write to the status which robot serves and since when the others do not."""

    robot_id: int
    previous: tuple[Previous, ...]


@dataclass(frozen=True, slots=True)
class DeleteRobot:
    """Delete a robot by its id, after reading again that id, name and mark are these."""

    robot: HarborRobot


@dataclass(frozen=True, slots=True)
class UpdateRobot:
    """Replace a robot's permissions and its description, keeping everything else of it."""

    robot: HarborRobot
    grants: frozenset[PlacedGrant]
    description: str


@dataclass(frozen=True, slots=True)
class NoteWithdrawal:
    """Write to the status since when the robots may do more than the namespace is given."""

    since: datetime


@dataclass(frozen=True, slots=True)
class ReleaseRobot:
    """Leave a robot behind: its mark says who had it, and nobody owns it any more."""

    robot: HarborRobot


@dataclass(frozen=True, slots=True)
class ReleaseSecret:
    """Leave the user's Secret behind, without anything that says whose it is."""


@dataclass(frozen=True, slots=True)
class RemoveSecret:
    """Delete the user's Secret."""


@dataclass(frozen=True, slots=True)
class RemoveLedger:
    """Delete the ledger: from then on nobody can store an answer."""


Action: TypeAlias = (
    Hold
    | WriteLedger
    | Mint
    | JoinLine
    | NewSecret
    | SetSecret
    | SwitchRobot
    | WriteSecret
    | NotePrevious
    | DeleteRobot
    | UpdateRobot
    | NoteWithdrawal
    | ReleaseRobot
    | ReleaseSecret
    | RemoveSecret
    | RemoveLedger
)
