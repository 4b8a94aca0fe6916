"""How much somebody has used Harbor, and whether that is too little; decisions only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from harbor_operator.cli.audit.subjects import Subject
from harbor_operator.harbor import AuditEntry

PULL: Final = "pull"
PUSH: Final = "create"

MOST_ENTRIES: Final = 1000
"""Entries that are looked at for one robot: ten pages, then only that there is more is told."""


_CLOSED: Final = "the login may not read the log of its projects"


class Standing(StrEnum):
    """How the use of a robot is to be judged."""

    UNUSED = "unused"
    """Not used for longer than it may be."""
    UNKNOWN = "unknown"
    """The log does not tell, or not for long enough."""
    NEW = "new"
    """Made too short a time ago to have been unused for long."""
    USED = "used"
    """Used since."""


@dataclass(frozen=True, slots=True)
class Use:
    """What the log says of all accounts of a robot.

    Attributes:
        last: When it was used last.
        pulls: How many pulls in the period.
        pushes: How many pushes in the period.
        images: What was pulled and pushed in the period, the newest first.
        late: Accounts that were used after they had been replaced.
        more: Whether there was more than was looked at.
    """

    last: datetime | None = None
    pulls: int = 0
    pushes: int = 0
    images: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """One line of the report.

    Attributes:
        robot: The HarborRobot; empty for an account that no operator manages.
        namespace: Its namespace.
        username: Its account in Harbor.
        last_used: When it was used last, as far as the log reaches.
        pulls: How many pulls in the period.
        pushes: How many pushes in the period.
        more: Whether there was more than is counted.
        images: What was pulled and pushed in the period.
        standing: How that is to be judged.
        reason: Why.
        late: Accounts that were used after they had been replaced: somebody has an old credential.
    """

    robot: str
    namespace: str
    username: str
    last_used: datetime | None
    pulls: int
    pushes: int
    more: bool
    images: tuple[str, ...]
    standing: Standing
    reason: str
    late: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """All that `audit` has to say.

    Attributes:
        usages: Those that were used least recently first.
        since: The beginning of the period that is counted.
        reaches: How far the log reaches back; None where it tells of no pull.
        unused: How many are unused.
        notes: What could not be read.
    """

    usages: tuple[Usage, ...]
    since: datetime
    reaches: datetime | None
    unused: int
    notes: tuple[str, ...]


def use_in(subject: Subject, entries: Sequence[AuditEntry], since: datetime) -> Use:
    """Sum up what the log says of one robot, the newest entry first.

    Args:
        subject: Whom.
        entries: What was looked at; others' may be among them.
        since: From when on use is counted.
    """
    own = [
        entry
        for entry in entries
        if entry.successful and entry.operation in {PULL, PUSH} and subject.has(entry.username)
    ]
    within = [entry for entry in own if entry.op_time >= since]
    replaced = {old.username: old.since for old in subject.replaced}
    late = [one.username for one in own if one.op_time > replaced.get(one.username, one.op_time)]
    return Use(
        last=own[0].op_time if own else None,
        pulls=sum(entry.operation == PULL for entry in within),
        pushes=sum(entry.operation == PUSH for entry in within),
        images=tuple(dict.fromkeys(entry.resource for entry in within)),
        late=tuple(dict.fromkeys(late)),
        more=len(entries) >= MOST_ENTRIES,
    )


def together(uses: Iterable[Use]) -> Use:
    """What the logs of several projects say."""
    seen = list(uses)
    return Use(
        last=max((use.last for use in seen if use.last is not None), default=None),
        pulls=sum(use.pulls for use in seen),
        pushes=sum(use.pushes for use in seen),
        images=tuple(dict.fromkeys(image for use in seen for image in use.images)),
        late=tuple(dict.fromkeys(name for use in seen for name in use.late)),
        more=any(use.more for use in seen),
    )


def usage_of(
    subject: Subject,
    use: Use | None,
    *,
    reaches: datetime | None,
    limit: timedelta,
    now: datetime,
) -> Usage:
    """Judge one robot.

    Args:
        subject: Whom.
        use: What the log says of it; None where it may not be read.
        reaches: How far the log reaches back; None where it tells of no pull.
        limit: How long it may be unused.
        now: The time.
    """
    standing, reason = _judged(subject, use, reaches, now - limit)
    seen = use or Use()
    return Usage(
        robot=subject.robot,
        namespace=subject.namespace,
        username=subject.username,
        last_used=seen.last,
        pulls=seen.pulls,
        pushes=seen.pushes,
        more=seen.more,
        images=seen.images,
        standing=standing,
        reason=reason,
        late=seen.late,
    )


def audit_of(
    usages: Iterable[Usage], since: datetime, reaches: datetime | None, notes: Iterable[str]
) -> Audit:
    """Put together what was found."""
    lines = sorted(
        usages,
        key=lambda one: (
            [*Standing].index(one.standing),
            one.last_used.timestamp() if one.last_used else 0.0,
            one.namespace,
            one.robot,
            one.username,
        ),
    )
    unused = sum(one.standing is Standing.UNUSED for one in lines)
    return Audit(tuple(lines), since, reaches, unused, tuple(notes))


def _judged(
    subject: Subject, use: Use | None, reaches: datetime | None, border: datetime
) -> tuple[Standing, str]:
    """How a robot stands that may be unused since a border."""
    if use is None:
        return Standing.UNKNOWN, _CLOSED if subject.username else "it has no account yet"
    if use.last is not None:
        used = use.last >= border
        return (Standing.USED, "") if used else (Standing.UNUSED, "not used since")
    if subject.created is not None and subject.created > border:
        return Standing.NEW, "never used yet"
    if use.more:
        return Standing.UNKNOWN, "others of a similar name fill what was looked at of the log"
    return _never(reaches, border)


def _never(reaches: datetime | None, border: datetime) -> tuple[Standing, str]:
    """What it proves that a log has no entry."""
    if reaches is None:
        return Standing.UNKNOWN, "the log tells of no pull at all"
    if reaches > border:
        return Standing.UNKNOWN, f"not used since {reaches:%Y-%m-%d}, where the log begins"
    return Standing.UNUSED, "never used, as far as the log reaches"
