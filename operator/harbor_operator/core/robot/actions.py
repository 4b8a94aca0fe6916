"""The effects that a robot's plan may ask for; each is one write to one place."""

from dataclasses import dataclass
from typing import TypeAlias

from harbor_operator.core.robot.facts import HarborRobot, Previous
from harbor_operator.core.robot.ledger import Attempt, Credential, Ledger
from harbor_operator.core.tenancy import Grant


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
    project: str
    description: str
    grants: frozenset[Grant]
    lifetime_days: int


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
    """Replace a robot's permissions, keeping everything else of it."""

    robot: HarborRobot
    project: str
    grants: frozenset[Grant]


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
    | WriteSecret
    | NotePrevious
    | DeleteRobot
    | UpdateRobot
    | RemoveSecret
    | RemoveLedger
)
