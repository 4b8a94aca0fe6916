"""Counting what was written to the control plane, and by whom."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

WRITE_VERBS = ("create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True, slots=True)
class Write:
    """One request that changes something, as the API server saw it."""

    user: str
    user_agent: str
    verb: str
    resource: str
    """With its group and subresource: `secrets`, `leases.coordination.k8s.io`, `pods/status`."""
    namespace: str
    name: str
    status: int
    """HTTP status of the answer: a refused write counts, too."""
    uri: str


class AuditLog:
    """The audit log of a running API server, which holds nothing but writes.

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
    ) -> list[Write]:
        """The writes after a mark, in order, that have all the given properties.

        Args:
            since: a mark; everything when not given.
            user: the authenticated name.
            user_agent: a part of the client's User-Agent.
            verb: one of `WRITE_VERBS`.
            resource: as in `Write.resource`.
        """
        return [
            write
            for write in self._read(since)
            if (user is None or write.user == user)
            and (user_agent is None or user_agent in write.user_agent)
            and (verb is None or write.verb == verb)
            and (resource is None or write.resource == resource)
        ]

    def _read(self, since: int) -> list[Write]:
        if not self.path.exists():
            return []
        with self.path.open("rb") as log:
            log.seek(since)
            # The last piece is empty, or an entry that is being written right now.
            return [_parse(json.loads(line)) for line in log.read().split(b"\n")[:-1]]


def audit_policy() -> str:
    """The API server's audit policy: metadata of every write, nothing of reads."""
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived", "ResponseStarted"],
        "rules": [
            {"level": "Metadata", "verbs": list(WRITE_VERBS)},
            {"level": "None"},
        ],
    }
    return yaml.safe_dump(policy, sort_keys=False)


def _parse(event: dict[str, Any]) -> Write:
    target: dict[str, str] = event.get("objectRef", {})
    resource = ".".join(filter(None, (target.get("resource"), target.get("apiGroup"))))
    return Write(
        user=event["user"].get("username", ""),
        user_agent=event.get("userAgent", ""),
        verb=event["verb"],
        resource="/".join(filter(None, (resource, target.get("subresource")))),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        status=event.get("responseStatus", {}).get("code", 0),
        uri=event["requestURI"],
    )
