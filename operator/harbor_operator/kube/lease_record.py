"""What a Lease object says, and what a candidate writes into it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from harbor_operator.kube.resources import LEASES, JsonObject, ObjectKey

_RELEASED_SECONDS = 1
"""Duration of a lease that its holder gave up: the shortest that the API server takes. The Go
clients write it too. It tells a release from an edit by hand, whose victim may be alive."""


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """The fields of a Lease by which candidates see whether its holder is alive.

    Attributes:
        holder: Identity of the holder; empty without one.
        seconds: How long the holder asked the others to wait.
        acquired: When the holder says its term began, as written.
        renewed: When the holder says it renewed last, as written: compared, never believed.
    """

    holder: str = ""
    seconds: int = 0
    acquired: str = ""
    renewed: str = ""

    @classmethod
    def of(cls, body: JsonObject | None) -> Self:
        """Read an object, or its absence; a field that is missing counts as empty."""
        spec = (body or {}).get("spec") or {}
        return cls(
            holder=spec.get("holderIdentity") or "",
            seconds=spec.get("leaseDurationSeconds") or 0,
            acquired=spec.get("acquireTime") or "",
            renewed=spec.get("renewTime") or "",
        )

    @property
    def blank(self) -> bool:
        """Whether it tells of no holder, past or present."""
        return not self.holder and not self.renewed

    @property
    def released(self) -> bool:
        """Whether its last holder has said that it is one no more."""
        return not self.holder and self.seconds == _RELEASED_SECONDS


def claimed(
    key: ObjectKey, stored: JsonObject | None, identity: str, *, seconds: int, now: datetime
) -> JsonObject:
    """The object after a candidate has taken or renewed it; what else is in it stays.

    Args:
        key: Namespace and name of the object.
        stored: The object as it is; None if it is absent.
        identity: The candidate.
        seconds: How long the others shall wait after a renewal.
        now: The time of day, for people.
    """
    body = stored or _new(key)
    spec = body.get("spec") or {}
    term = {} if spec.get("holderIdentity") == identity else _next_term(spec, stored, now)
    renewal = {
        "holderIdentity": identity,
        "leaseDurationSeconds": seconds,
        "renewTime": _micro_time(now),
    }
    return {**body, "spec": {**spec, **term, **renewal}}


def released(stored: JsonObject, *, now: datetime) -> JsonObject:
    """The object after its holder has given it up."""
    time = _micro_time(now)
    given_up = {
        "holderIdentity": "",
        "leaseDurationSeconds": _RELEASED_SECONDS,
        "acquireTime": time,
        "renewTime": time,
    }
    return {**stored, "spec": {**stored["spec"], **given_up}}


def _new(key: ObjectKey) -> JsonObject:
    return {
        "apiVersion": LEASES.api_version,
        "kind": LEASES.kind,
        "metadata": {"namespace": key.namespace, "name": key.name},
    }


def _next_term(spec: JsonObject, stored: JsonObject | None, now: datetime) -> JsonObject:
    """When a term began, and how many changes of the holder there have been."""
    transitions = int(spec.get("leaseTransitions") or 0)
    return {
        "acquireTime": _micro_time(now),
        "leaseTransitions": transitions if stored is None else transitions + 1,
    }


def _micro_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
