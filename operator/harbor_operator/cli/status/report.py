"""What `status` reports, as a function of the objects and the time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from harbor_operator.cli.kinds import CONNECTION, KINDS, ROBOT, Kind
from harbor_operator.cli.objects import (
    READY,
    STALLED,
    SUSPENDED,
    Condition,
    conditions_of,
    is_current,
    is_suspended,
    read_time,
    status_of,
)
from harbor_operator.kube.resources import JsonObject

SOON: Final = timedelta(days=7)
"""How far ahead an expiry is that is worth a line: a working week to do something about it."""

_WARNINGS: Final = (STALLED, "DriftFight", "RolloutPaused", "RemovalHeld")
"""Conditions that are there only while something needs a person, whatever Ready says."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about an object that is not as it should be."""

    kind: str
    namespace: str
    name: str
    condition: str
    reason: str
    message: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """How one Harbor is reached."""

    name: str
    ready: str
    reason: str
    version: str


@dataclass(frozen=True, slots=True)
class Due:
    """What lies ahead of a robot's credential."""

    namespace: str
    name: str
    rotation: datetime | None
    expiry: datetime | None


@dataclass(frozen=True, slots=True)
class Look:
    """What is kept of one object; of thousands, their bodies would be too much."""

    kind: Kind
    name: str
    ready: bool
    suspended: bool
    troubles: tuple[Trouble, ...]
    connection: ConnectionLine | None = None
    due: Due | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many objects of a kind there are."""

    total: int
    ready: int
    suspended: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that `status` has to say.

    Attributes:
        connections: By name.
        troubles: Connections first, as others wait for them; then what needs a person.
        rotations: Planned ones, the next first.
        expiring: Credentials that end soon with no rotation before it, the next first.
        counts: By the kind's word, of the kinds that could be read.
        notes: What could not be read.
    """

    connections: tuple[ConnectionLine, ...]
    troubles: tuple[Trouble, ...]
    rotations: tuple[Due, ...]
    expiring: tuple[Due, ...]
    counts: Mapping[str, Count]
    notes: tuple[str, ...]


def look_at(kind: Kind, body: JsonObject) -> Look:
    """Keep of an object what a report needs."""
    metadata, status = body["metadata"], status_of(body)
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    conditions = conditions_of(body)
    ready = conditions.get(READY)
    unready = _unready(body, ready)
    troubles = tuple(
        Trouble(kind.word, namespace, name, c.type, c.reason, c.message, c.since)
        for c in _troubles(conditions, unready)
    )
    return Look(
        kind,
        name,
        ready=unready is None,
        suspended=is_suspended(body),
        troubles=troubles,
        connection=_connection(name, ready, status) if kind is CONNECTION else None,
        due=_due(namespace, name, status) if kind is ROBOT else None,
    )


def report_on(looks: Mapping[Kind, Iterable[Look]], notes: Iterable[str], now: datetime) -> Report:
    """Put together what was seen of each kind that could be read."""
    seen = {kind: list(of_kind) for kind, of_kind in looks.items()}
    everything = [look for kind in KINDS for look in seen.get(kind, ())]
    robots = [look for look in everything if look.due is not None]
    return Report(
        connections=tuple(
            sorted((x.connection for x in everything if x.connection), key=lambda line: line.name)
        ),
        troubles=tuple(sorted((t for x in everything for t in x.troubles), key=_urgency)),
        rotations=tuple(sorted(_rotations(robots), key=lambda due: _order(due.rotation, due))),
        expiring=tuple(sorted(_expiring(robots, now), key=lambda due: _order(due.expiry, due))),
        counts={kind.word: _count(seen[kind]) for kind in KINDS if kind in seen},
        notes=tuple(notes),
    )


def _unready(body: JsonObject, ready: Condition | None) -> Condition | None:
    """Why an object is not Ready; None where it is."""
    if ready is None:
        message = "The operator has not seen it yet: is it running?"
        return Condition(READY, "Unknown", "NotSeen", message, None, 0)
    if ready.status != "True":
        return ready
    if not is_current(body) and ready.reason != SUSPENDED:
        message = "The operator has not applied the newest spec yet."
        return Condition(READY, "Unknown", "NotSeen", message, None, 0)
    return None


def _troubles(
    conditions: Mapping[str, Condition], unready: Condition | None
) -> Iterator[Condition]:
    warnings = [conditions[type_] for type_ in _WARNINGS if type_ in conditions]
    raised = [warning for warning in warnings if warning.status == "True"]
    yield from raised
    # Stalled repeats the reason of the Ready that it explains.
    if unready is not None and unready.reason not in {warning.reason for warning in raised}:
        yield unready


def _connection(name: str, ready: Condition | None, status: JsonObject) -> ConnectionLine:
    version = str(status.get("harborVersion") or "")
    if ready is None:
        return ConnectionLine(name, "Unknown", "NotSeen", version)
    return ConnectionLine(name, ready.status, ready.reason, version)


def _due(namespace: str, name: str, status: JsonObject) -> Due:
    return Due(
        namespace,
        name,
        read_time(status.get("nextRotationAt")),
        read_time(status.get("expiresAt")),
    )


def _rotations(robots: Iterable[Look]) -> Iterator[Due]:
    for look in robots:
        if look.due is not None and look.due.rotation is not None and not look.suspended:
            yield look.due


def _expiring(robots: Iterable[Look], now: datetime) -> Iterator[Due]:
    """Those that expire soon, unless a rotation that is still to come prevents it."""
    for look in robots:
        due = look.due
        if due is None or due.expiry is None or due.expiry > now + SOON:
            continue
        planned = due.rotation is not None and now <= due.rotation < due.expiry
        if look.suspended or not planned:
            yield due


def _urgency(trouble: Trouble) -> tuple[bool, bool, str, str, str]:
    return (
        trouble.kind != CONNECTION.word,
        trouble.condition != STALLED,
        trouble.kind,
        trouble.namespace,
        trouble.name,
    )


def _order(time: datetime | None, due: Due) -> tuple[float, str, str]:
    return time.timestamp() if time else 0.0, due.namespace, due.name


def _count(looks: list[Look]) -> Count:
    return Count(
        len(looks), sum(look.ready for look in looks), sum(look.suspended for look in looks)
    )
