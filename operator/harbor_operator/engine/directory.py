"""Who refers to whom: it only makes a wake-up sooner, never decides anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.objects import ObjectId


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one custom resource."""

    uid: str
    references: frozenset[ObjectId]
    requests: tuple[str | None, ...] = ()
    """The request tokens on it, to notice a new one."""
    selects_namespaces: bool = False
    ready: str | None = None
    """The status of its condition Ready, None while it has not said anything."""
    news: tuple[object, ...] = ()
    """What else of its status concerns who refers to it."""
    waits_for_referrers: bool = False
    """Whether the objects that refer to it hold it up."""


class Directory:
    """All custom resources that the watches have shown."""

    def __init__(self) -> None:
        self._entries: dict[ObjectId, Entry] = {}

    def put(self, object_id: ObjectId, entry: Entry) -> Entry | None:
        """Take in an object; what was known of it before."""
        before = self._entries.get(object_id)
        self._entries[object_id] = entry
        return before

    def drop(self, object_id: ObjectId) -> None:
        """Take in that an object is gone."""
        self._entries.pop(object_id, None)

    def get(self, object_id: ObjectId) -> Entry | None:
        """What is known of an object."""
        return self._entries.get(object_id)

    def uids(self) -> frozenset[str]:
        """The uids of all objects."""
        return frozenset(entry.uid for entry in self._entries.values())

    def of_kind(self, kind: str) -> Iterator[ObjectId]:
        """All objects of a kind."""
        return (object_id for object_id in list(self._entries) if object_id.kind == kind)

    def referrers(self, object_id: ObjectId) -> list[ObjectId]:
        """The objects that name this one."""
        return [key for key, entry in self._entries.items() if object_id in entry.references]

    def selecting(self) -> list[ObjectId]:
        """The objects that select namespaces, which a change of any namespace concerns."""
        return [key for key, entry in self._entries.items() if entry.selects_namespaces]


def references_of(object_id: ObjectId, spec: Mapping[str, Any]) -> frozenset[ObjectId]:
    """The objects that a spec names."""
    namespace = object_id.namespace
    connection = ObjectId(
        CONNECTIONS.kind, "", (spec.get("connectionRef") or {}).get("name", "default")
    )
    match object_id.kind:
        case PROJECTS.kind:
            return frozenset({connection})
        case ROBOTS.kind:
            projects = (
                ObjectId(PROJECTS.kind, namespace, entry["projectRef"]["name"])
                for entry in spec.get("access", ())
            )
            return frozenset({connection, *projects})
        case PULL_SECRETS.kind:
            robot = ObjectId(ROBOTS.kind, namespace, spec["robotRef"]["name"])
            return frozenset({robot})
        case _:
            return frozenset()
