"""What was asked of the control plane, and by whom: writes, and reads where wanted."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

WRITE_VERBS = ("create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as the API server saw it."""

    user: str
    user_agent: str
    verb: str
    resource: str
    """With its group and subresource: `secrets`, `leases.coordination.k8s.io`, `pods/status`."""
    namespace: str
    name: str
    status: int
    """HTTP status of the answer: a refused request counts, too."""
    uri: str
    answered_at: datetime


class AuditLog:
    """The audit log of a running API server.

    The API server appends an entry before the answer leaves it, so what a client knows to be
    written is in the log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def mark(self) -> int:
        """The present end of the log, for `writes(since=...)`."""
        return self.path.stat().st_size if self.path.exists() else 0

    def writes(
        self,
        *,
        since: int = 0,
        user: str | None = None,
        user_agent: str | None = None,
        verb: str | None = None,
        resource: str | None = None,
    ) -> list[Request]:
        """The writes after a mark, in order, that have all the given properties.

        Args:
            since: a mark; everything when not given.
            user: the authenticated name.
            user_agent: a part of the client's User-Agent.
            verb: one of `WRITE_VERBS`.
            resource: as in `Request.resource`.
        """
        return [
            write
            for write in self._read(since)
            if write.verb in WRITE_VERBS
            and (user is None or write.user == user)
            and (user_agent is None or user_agent in write.user_agent)
            and (verb is None or write.verb == verb)
            and (resource is None or write.resource == resource)
        ]

    def requests(self, *, since: int = 0, user: str) -> list[Request]:
        """Everything that a user asked of resources after a mark, in order.

        Without `reads` in the policy these are the writes. A watch counts from its beginning, and
        once more when it ends.

        Args:
            since: a mark; everything when not given.
            user: the authenticated name.
        """
        seen = self._read(since)
        return [request for request in seen if request.user == user and request.resource]

    def _read(self, since: int) -> list[Request]:
        if not self.path.exists():
            return []
        with self.path.open("rb") as log:
            log.seek(since)
            # The last piece is empty, or an entry that is being written right now.
            return [_parse(json.loads(line)) for line in log.read().split(b"\n")[:-1]]


def audit_policy(*, reads: bool = False) -> str:
    """The API server's audit policy: metadata of writes, and of reads if asked for.

    A Lease is renewed all the time, which tells nothing of what somebody works on: without reads
    it is left out, so that the log grows only when something is done.

    Args:
        reads: log metadata of reads, and of all about Leases, as well.
    """
    leases = {
        "level": "None",
        "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}],
    }
    writes = {
        "level": "Metadata",
        "verbs": list(WRITE_VERBS),
        "omitStages": ["ResponseStarted"],
    }
    # A watch completes only when it ends, so its start is what tells of it.
    rest = {"level": "Metadata" if reads else "None"}
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [writes, rest] if reads else [leases, writes, rest],
    }
    return yaml.safe_dump(policy, sort_keys=False)


def _parse(event: dict[str, Any]) -> Request:
    target: dict[str, str] = event.get("objectRef", {})
    resource = ".".join(filter(None, (target.get("resource"), target.get("apiGroup"))))
    return Request(
        user=event["user"].get("username", ""),
        user_agent=event.get("userAgent", ""),
        verb=event["verb"],
        resource="/".join(filter(None, (resource, target.get("subresource")))),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        status=event.get("responseStatus", {}).get("code", 0),
        uri=event["requestURI"],
        answered_at=datetime.fromisoformat(event["stageTimestamp"]),
    )
