"""Whose a marked thing is, and what becomes of it: decisions only."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from harbor_operator.cli.orphans.facts import (
    CONNECTED,
    PROJECT,
    PULL_SECRET,
    ROBOT,
    Account,
    Endpoint,
    Entry,
    InCluster,
    InHarbor,
    ManagedSecret,
    Owner,
    Presence,
    ProjectMark,
)
from harbor_operator.cli.orphans.findings import Finding, Orphans, Standing
from harbor_operator.core.connection.upstreams import marked_by
from harbor_operator.core.ownership import RELEASED_PREFIX, Mark, parse_mark

_UID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What a uid looks like: descriptions of people may have three slashes, too."""

_SWEEP: Final = "the operator, in its next pass"
_NOBODY: Final = "nobody"

_Judged = tuple[Standing, str]
"""How something stands, and why."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something marked; the fields are those of `Finding`."""

    what: str
    kind: str
    name: str
    owner: str
    cluster: str = ""
    since: datetime | None = None
    remover: str = _NOBODY


def orphans_of(
    cluster: InCluster, harbor: InHarbor, command: str, what: Iterable[str] = ()
) -> Orphans:
    """Sort what is marked and has no object.

    Args:
        cluster: What the cluster has.
        harbor: What Harbor has; empty where it was not asked.
        command: What is said to take an orphan away, up to its name.
        what: The only ones that are meant; empty for all.
    """
    provided = cluster.owners.provided
    judge = _Judge(cluster, command, provided(PROJECT), provided(PULL_SECRET))
    findings = [
        *(found for account in harbor.accounts for found in judge.account(account)),
        *(found for mark in harbor.marks for found in judge.mark(mark)),
        *(found for endpoint in harbor.endpoints for found in judge.endpoint(endpoint)),
        *(found for secret in cluster.secrets for found in judge.secret(secret)),
        *(found for entry in cluster.entries for found in judge.entry(entry)),
    ]
    meant = frozenset(what)
    order = [*Standing]
    notes = (*cluster.notes, *harbor.notes)
    return Orphans(
        tuple(
            sorted(
                (found for found in findings if not meant or found.what in meant),
                key=lambda found: (order.index(found.standing), found.kind, found.name),
            )
        ),
        tuple(sorted(cluster.ids)),
        (),
        not notes,
        notes,
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges one thing after the other beside the same cluster."""

    cluster: InCluster
    command: str
    projects: Mapping[str, Owner]
    """The HarborProjects by the names of their projects in Harbor."""
    pull_secrets: Mapping[str, Owner]
    """The HarborPullSecrets by the names of their Secrets."""

    def account(self, account: Account) -> Iterator[Finding]:
        """A robot account, by the mark in its description."""
        text = account.description.strip()
        mark = _mark_in(text)
        thing = _Thing(
            f"account/{account.id}",
            "robot account",
            account.name,
            _owner(ROBOT, mark),
            mark.cluster if mark else "",
            account.since,
            self._who_sweeps(account),
        )
        if mark is None:
            yield from self._released(text, thing)
            return
        judged = self._standing(ROBOT, mark)
        if judged is not None and judged[0] is Standing.ORPHANED:
            judged = self._still_delivered(mark.uid) or judged
        yield from self._told(thing, judged)

    def mark(self, label: ProjectMark) -> Iterator[Finding]:
        """The mark of a project; the project itself is never an orphan, as people use it."""
        mark = _mark_in(label.text)
        thing = _Thing(
            f"mark/{label.project}",
            "mark of a project",
            label.project,
            _owner(PROJECT, mark),
            mark.cluster if mark else "",
            label.since,
        )
        if mark is None:
            yield from self._released(label.text, thing)
            return
        judged = self._standing(PROJECT, mark)
        if judged is not None and judged[0] is Standing.ORPHANED:
            heir = self.cluster.owners.at(PROJECT, mark.namespace, mark.name)
            later = (Standing.IN_USE, "an object of this name is there and may take it over")
            judged = later if heir is not None else judged
        yield from self._told(thing, judged)

    def endpoint(self, endpoint: Endpoint) -> Iterator[Finding]:
        """An upstream registry, which names a connection and no uid."""
        named = marked_by(endpoint.description)
        if named is None:
            return
        cluster, connection = named
        owners = self.cluster.owners
        if cluster not in self.cluster.ids:
            standing = self._foreign(cluster)
        elif CONNECTED not in owners.kinds:
            standing = Standing.UNKNOWN, f"a {CONNECTED} may have it"
        elif owners.at(CONNECTED, "", connection) is not None:
            return
        else:
            standing = Standing.ORPHANED, f"there is no {CONNECTED} {connection}"
        thing = _Thing(
            f"registry/{endpoint.name}",
            "upstream registry",
            endpoint.name,
            f"{CONNECTED} {connection}",
            cluster,
        )
        yield from self._told(thing, standing)

    def secret(self, secret: ManagedSecret) -> Iterator[Finding]:
        """A managed Secret, by the uid in its label."""
        presence = self.cluster.owners.presence(secret.owner_kind, secret.owner_uid)
        if presence is Presence.PRESENT:
            return
        owner = f"{secret.owner_kind} {secret.owner_namespace}/{secret.owner_name}"
        standing = self._local(presence, owner)
        if secret.owner_kind == PULL_SECRET:
            standing = self._wanted(secret.name, standing)
        path = f"{secret.namespace}/{secret.name}"
        kind = "ledger" if secret.ledger else "Secret"
        thing = _Thing(f"secret/{path}", kind, path, owner, since=secret.since, remover=_SWEEP)
        yield from self._told(thing, standing)

    def entry(self, entry: Entry) -> Iterator[Finding]:
        """An entry of a ServiceAccount, by the uid that is noted for it."""
        presence = self.cluster.owners.presence(PULL_SECRET, entry.owner_uid)
        if presence is Presence.PRESENT:
            return
        owner = f"{PULL_SECRET} of uid {entry.owner_uid}"
        path = f"{entry.namespace}/{entry.account}/{entry.secret}"
        thing = _Thing(f"entry/{path}", "imagePullSecrets entry", path, owner, remover=_SWEEP)
        yield from self._told(thing, self._wanted(entry.secret, self._local(presence, owner)))

    def _standing(self, kind: str, mark: Mark) -> _Judged | None:
        """How what carries a mark stands; None where its object is there."""
        if mark.cluster not in self.cluster.ids:
            return self._foreign(mark.cluster)
        match self.cluster.owners.presence(kind, mark.uid):
            case Presence.PRESENT:
                return None
            case Presence.UNKNOWN:
                return Standing.UNKNOWN, f"{kind}s could not be listed"
            case Presence.GONE:
                return Standing.ORPHANED, f"no {kind} has uid {mark.uid}"

    def _foreign(self, cluster: str) -> _Judged:
        if not self.cluster.ids:
            return Standing.UNKNOWN, "which cluster this is could not be found out"
        return Standing.FOREIGN, f"it is of cluster {cluster}"

    def _local(self, presence: Presence, owner: str) -> _Judged:
        if presence is Presence.GONE:
            return Standing.ORPHANED, f"{owner} is gone"
        return Standing.UNKNOWN, "its kind could not be listed"

    def _still_delivered(self, robot_uid: str) -> _Judged | None:
        """Whether a pull secret that is there may hold the credential of a robot."""
        if not self.cluster.secrets_known:
            return Standing.UNKNOWN, "Secrets that may hold its credential could not be listed"
        owners = self.cluster.owners
        for secret in self.cluster.secrets:
            held = secret.robot_uid == robot_uid and secret.owner_uid != robot_uid
            if held and owners.presence(secret.owner_kind, secret.owner_uid) is not Presence.GONE:
                return Standing.IN_USE, f"Secret {secret.namespace}/{secret.name} holds its login"
        return None

    def _wanted(self, name: str, standing: _Judged) -> _Judged:
        """Whether another pull secret that is there may wait for Secrets of this name."""
        heir = self.pull_secrets.get(name)
        if heir is None or standing[0] is not Standing.ORPHANED:
            return standing
        return Standing.IN_USE, f"{PULL_SECRET} {heir.namespace}/{heir.name} may take it over"

    def _who_sweeps(self, account: Account) -> str:
        """The operator looks for orphans where a HarborProject is, and in the system."""
        if account.project is None:
            return _SWEEP
        if account.project in self.projects:
            return "the operator, within hours"
        return f"{_NOBODY}: no {PROJECT} is for {account.project}"

    def _released(self, text: str, thing: _Thing) -> Iterator[Finding]:
        """What says that its object has left it behind."""
        cluster, _, path = text.removeprefix(RELEASED_PREFIX).partition("/")
        if not text.startswith(RELEASED_PREFIX) or not path:
            return
        judged = self._foreign(cluster)
        if cluster in self.cluster.ids:
            judged = Standing.RELEASED, "its object has let it go"
        yield from self._told(replace(thing, owner=path, cluster=cluster), judged)

    def _told(self, thing: _Thing, judged: _Judged | None) -> Iterator[Finding]:
        if judged is None:
            return
        standing, reason = judged
        orphaned = standing is Standing.ORPHANED
        yield Finding(
            what=thing.what,
            kind=thing.kind,
            name=thing.name,
            standing=standing,
            owner=thing.owner,
            cluster=thing.cluster,
            since=thing.since,
            reason=reason,
            remover=thing.remover if orphaned else _NOBODY,
            cure=f"{self.command} {shlex.quote(thing.what)}" if orphaned else "",
        )


def _owner(kind: str, mark: Mark | None) -> str:
    return f"{kind} {mark.namespace}/{mark.name}" if mark else ""


def _mark_in(text: str) -> Mark | None:
    mark = parse_mark(text)
    return mark if mark is not None and _UID.fullmatch(mark.uid) else None
