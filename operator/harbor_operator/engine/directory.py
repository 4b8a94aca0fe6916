"""Who refers to whom: it only makes a wake-up sooner, never decides anything."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any

from pydantic import ValidationError

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS, Targets, child_name
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.namespaces import Namespace, Selection
from harbor_operator.core.specs import selection_of
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry.facts import NOTHING, Facts
from harbor_operator.kube.resources import SECRETS


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one custom resource."""

    uid: str
    references: frozenset[ObjectId]
    requests: tuple[str | None, ...] = ()
    """The request tokens on it, to notice a new one."""
    targets: Selection | None = None
    """Which namespaces it selects; None where it selects none."""
    ready: str | None = None
    """The status of its condition Ready, None while it has not said anything."""
    news: tuple[object, ...] = ()
    """What else of its status concerns who refers to it."""
    waits_for_referrers: bool = False
    """Whether the objects that refer to it hold it up."""
    makes: frozenset[ObjectId] = frozenset()
    """Those of its references that it makes itself."""
    facts: Facts = NOTHING
    """What the metrics tell of it."""


class Directory:
    """All custom resources that the watches have shown."""

    def __init__(self) -> None:
        self._entries: dict[ObjectId, Entry] = {}
        self._referrers: defaultdict[ObjectId, set[ObjectId]] = defaultdict(set)
        self._selecting: set[ObjectId] = set()
        self._by_uid: dict[str, ObjectId] = {}

    def put(self, object_id: ObjectId, entry: Entry) -> Entry | None:
        """Take in an object; what was known of it before."""
        before = self._entries.get(object_id)
        if before is None or before.references != entry.references:
            self._unlink(object_id, before)
            for reference in entry.references:
                self._referrers[reference].add(object_id)
        self._entries[object_id] = entry
        self._by_uid[entry.uid] = object_id
        if entry.targets is not None:
            self._selecting.add(object_id)
        else:
            self._selecting.discard(object_id)
        return before

    def drop(self, object_id: ObjectId) -> None:
        """Take in that an object is gone."""
        entry = self._entries.pop(object_id, None)
        self._unlink(object_id, entry)
        if entry is not None:
            self._by_uid.pop(entry.uid, None)
        self._selecting.discard(object_id)

    def get(self, object_id: ObjectId) -> Entry | None:
        """What is known of an object."""
        return self._entries.get(object_id)

    def find(self, uid: str) -> ObjectId | None:
        """The object of that uid."""
        return self._by_uid.get(uid)

    def items(self) -> list[tuple[ObjectId, Entry]]:
        """All objects, as they are known at this moment."""
        return list(self._entries.items())

    def ids(self) -> list[ObjectId]:
        """All objects, without what is known of them."""
        return list(self._entries)

    def uids(self) -> frozenset[str]:
        """The uids of all objects."""
        return frozenset(entry.uid for entry in self._entries.values())

    def referrers(self, object_id: ObjectId) -> list[ObjectId]:
        """The objects that name this one."""
        return list(self._referrers.get(object_id, ()))

    def selecting(self, namespace: Namespace) -> list[ObjectId]:
        """The objects that select a namespace."""
        return [object_id for object_id in self._selecting if self._selects(object_id, namespace)]

    def _selects(self, object_id: ObjectId, namespace: Namespace) -> bool:
        targets = self._entries[object_id].targets
        return targets is not None and targets.targets(namespace)

    def _unlink(self, object_id: ObjectId, entry: Entry | None) -> None:
        for reference in entry.references if entry else ():
            self._referrers[reference].discard(object_id)
            if not self._referrers[reference]:
                del self._referrers[reference]


def references_of(object_id: ObjectId, spec: Mapping[str, Any]) -> frozenset[ObjectId]:
    """The objects that a spec names."""
    namespace = object_id.namespace
    connection = _connection((spec.get("connectionRef") or {}).get("name", "default"))
    match object_id.kind:
        case PROJECTS.kind:
            return frozenset({connection, *_headers(namespace, spec)})
        case ROBOTS.kind:
            return frozenset({connection, *_projects(namespace, spec)})
        case PULL_SECRETS.kind:
            projects = (
                ObjectId(PROJECTS.kind, namespace, entry["name"])
                for entry in spec.get("projectRefs") or ()
            )
            named = spec.get("robotRef")
            robot = intern(named["name"]) if named else child_name(object_id.name)
            return frozenset({ObjectId(ROBOTS.kind, namespace, robot), *projects})
        case _:
            return frozenset()


def made_by(object_id: ObjectId, spec: Mapping[str, Any]) -> frozenset[ObjectId]:
    """The objects that the operator makes because of a spec."""
    if object_id.kind != PULL_SECRETS.kind or not spec.get("projectRefs"):
        return frozenset()
    return frozenset({ObjectId(ROBOTS.kind, object_id.namespace, child_name(object_id.name))})


def targets_of(object_id: ObjectId, spec: Mapping[str, Any]) -> Selection | None:
    """The namespaces that a pull secret selects, whether it may deliver there or not."""
    targets = spec.get("targets") if object_id.kind == PULL_SECRETS.kind else None
    return _selection(json.dumps(targets)) if targets else None


@lru_cache(maxsize=4096)
def _selection(targets: str) -> Selection | None:
    """Targets in JSON as the core reads them; None for those of an unreadable spec."""
    try:
        return selection_of(Targets.model_validate_json(targets).namespaces)
    except ValidationError:
        return None


@lru_cache(maxsize=64)
def _connection(name: str) -> ObjectId:
    """A connection; all objects on it hold the same id."""
    return ObjectId(CONNECTIONS.kind, "", name)


def _projects(namespace: str, spec: Mapping[str, Any]) -> Iterator[ObjectId]:
    """The HarborProjects that a robot names, those of other namespaces too."""
    for entry in spec.get("access") or ():
        ref = entry.get("projectRef")
        if ref:
            yield ObjectId(PROJECTS.kind, ref.get("namespace", namespace), intern(ref["name"]))


def _headers(namespace: str, spec: Mapping[str, Any]) -> Iterator[ObjectId]:
    """The Secrets that hold the headers of a project's webhooks."""
    for webhook in spec.get("webhooks") or ():
        ref = webhook.get("authHeaderSecretRef")
        if ref:
            yield ObjectId(SECRETS.kind, namespace, ref["name"])
