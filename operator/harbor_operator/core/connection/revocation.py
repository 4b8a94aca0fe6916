"""A revoke of every robot of a connection: whose turn it is, and how far it has got.

Robots that are marked as canaries go first, and while one of them has no working successor the
others keep what they have. Then a few at a time: what does not come out well stops at a few.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from harbor_operator.api.base import LABEL_CANARY
from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.api.resources import Metadata
from harbor_operator.api.robot import RobotStatus

WIDTH: Final = 5
"""How many are replaced at once. Each takes about a second and is looked for every `LOOK`, which
makes one a second, the pace of all replacements out of turn; and no more than these are in the air
when Harbor begins to fail."""

LOOK: Final = timedelta(seconds=5)
"""How often the robots are looked at while a revoke is under way: one list for all."""

PATIENCE: Final = timedelta(minutes=2)
"""After so long a robot counts as failed, and the next one begins beside it: two refusals a minute
apart, and some. One that nobody can replace would hold up all others for ever."""

MAX_NAMED: Final = 5
"""So many names fit into a message that is still read."""


class Standing(Enum):
    """How far one robot is."""

    OPEN = auto()
    """It has not answered the request yet, and nothing is known against it."""
    HELD = auto()
    """It is suspended: a person has to let it go on first."""
    STUCK = auto()
    """It is Stalled: a person has to change something first."""
    DONE = auto()
    """It has a working credential that is younger than the request."""


@dataclass(frozen=True, slots=True)
class Member:
    """One robot of the connection that has a credential."""

    uid: str
    label: str
    """Its namespace and name."""
    canary: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class Revocation:
    """One revoke of all robots, as one look at them found it."""

    token: str
    total: int
    done: int
    admitted: Mapping[str, datetime]
    """Whose turn it is, by uid, and since when."""
    failed: tuple[str, ...] = ()
    """Labels of those whose turn came and went without a working successor."""
    message: str = ""

    @property
    def finished(self) -> bool:
        """Whether every robot has answered."""
        return self.done == self.total


def advance(
    token: str,
    members: Iterable[Member],
    before: Revocation | None,
    now: datetime,
    *,
    heed_canaries: bool = True,
) -> Revocation:
    """Say whose turn it is.

    Args:
        token: The request.
        members: All robots of the connection, as they are now.
        before: What the look before this one found; of another request, it does not count.
        now: The operator's clock, which only paces.
        heed_canaries: Whether the others wait for the canaries.
    """
    all_ = sorted(members, key=lambda member: member.label)
    known = before.admitted if before is not None and before.token == token else {}
    left = [member for member in all_ if member.standing is not Standing.DONE]
    canaries = [member for member in left if member.canary and heed_canaries]
    stage = [m for m in canaries if m.standing is not Standing.HELD] or left
    admitted = _admit(stage, known, now)
    failed = tuple(m.label for m in left if m.uid in admitted and _has_failed(m, admitted, now))
    return Revocation(
        token=token,
        total=len(all_),
        done=len(all_) - len(left),
        admitted=admitted,
        failed=failed,
        message=_message(left, failed, waits_for_canaries=len(stage) < len(left)),
    )


def member_of(
    metadata: Metadata, status: RobotStatus, token: str, *, suspended: bool
) -> Member | None:
    """One robot as a member of a revoke; None where it has no credential that could be ended.

    A canary has come through when it is Ready again, too.
    """
    if metadata.deletion_timestamp is not None or status.robot_id is None:
        return None
    canary = metadata.labels.get(LABEL_CANARY) == "true"
    answered = status.last_handled_connection_revoke_at == token
    if answered and (not canary or _holds(status, ConditionType.READY)):
        standing = Standing.DONE
    elif suspended:
        standing = Standing.HELD
    else:
        stalled = _holds(status, ConditionType.STALLED)
        standing = Standing.STUCK if stalled else Standing.OPEN
    label = f"{metadata.namespace}/{metadata.name}"
    return Member(metadata.uid, label, canary, standing)


def _holds(status: RobotStatus, type_: ConditionType) -> bool:
    condition = status.condition(type_)
    return condition is not None and condition.status is ConditionStatus.TRUE


def _admit(
    stage: Sequence[Member], known: Mapping[str, datetime], now: datetime
) -> Mapping[str, datetime]:
    """Those of a stage whose turn has come, and as many more as there is room for."""
    admitted = {member.uid: known[member.uid] for member in stage if member.uid in known}
    busy = sum(m.uid in admitted and not _has_failed(m, admitted, now) for m in stage)
    for member in stage:
        if member.uid in admitted:
            continue
        if member.standing is Standing.OPEN:
            if busy >= WIDTH:
                continue
            busy += 1
        admitted[member.uid] = now
    return admitted


def _has_failed(member: Member, admitted: Mapping[str, datetime], now: datetime) -> bool:
    return member.standing is not Standing.OPEN or now - admitted[member.uid] >= PATIENCE


def _message(left: Sequence[Member], failed: tuple[str, ...], *, waits_for_canaries: bool) -> str:
    if not left:
        return "Every robot has a new credential."
    held = [member.label for member in left if member.standing is Standing.HELD]
    troubled = [label for label in failed if label not in held]
    parts = [f"{len(left)} robots are left."]
    if troubled:
        parts.append(f"No working successor yet: {_listed(troubled)}.")
    if held:
        parts.append(f"Suspended: {_listed(held)}.")
    if waits_for_canaries:
        parts.append("The others wait for the canaries.")
    return " ".join(parts)


def _listed(labels: Sequence[str]) -> str:
    more = len(labels) - MAX_NAMED
    return ", ".join(labels[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
