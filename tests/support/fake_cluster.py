"""An API server in memory: versions, generations, conflicts, watches, and faults on demand."""

import asyncio
import copy
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from typing_extensions import override

from harbor_operator.kube.client import PAGE_SIZE, KubeClient, PropagationPolicy
from harbor_operator.kube.errors import (
    AlreadyExists,
    Conflict,
    Invalid,
    NotFound,
    Operation,
)
from harbor_operator.kube.resources import JsonObject, ObjectKey, Resource, key_of
from harbor_operator.kube.selection import ListResult, Selection
from harbor_operator.kube.watching import EventType, WatchEvent
from tests.support.json_patch import TestFailedError, apply_json_patch, apply_merge_patch

T = TypeVar("T")

_WRITES = frozenset({"create", "replace", "patch", "delete"})


@dataclass(frozen=True, slots=True)
class Request:
    """One call: its verb, the plural and key of what it was about, and what was sent."""

    verb: str
    plural: str
    key: ObjectKey
    sent: Any = None


@dataclass(slots=True)
class _Watch:
    selection: Selection
    events: asyncio.Queue[WatchEvent | None] = field(default_factory=asyncio.Queue)
    """None ends the watch."""


class FakeCluster(KubeClient):
    """Holds objects of any kind; stands for the real client.

    Attributes:
        requests: Every call, in order; people's own changes (`put`, `remove`) are none.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._objects: dict[tuple[str, ObjectKey], JsonObject] = {}
        self._faults: dict[str, deque[Exception | None]] = {}
        self._watches: list[_Watch] = []
        self._version = 100

    def writes(self, resource: Resource) -> list[Request]:
        """The writing calls about one kind."""
        return [
            request
            for request in self.requests
            if request.verb in _WRITES and request.plural == resource.plural
        ]

    def objects(self, resource: Resource) -> list[JsonObject]:
        """All objects of a kind as they are now."""
        return [copy.deepcopy(body) for body in self._of(resource)]

    def fail_on(self, verb: str, *errors: Exception | None) -> None:
        """Let the next calls of a verb fail with these errors, one each; None spares one."""
        self._faults.setdefault(verb, deque()).extend(errors)

    def put(self, resource: Resource, body: JsonObject) -> JsonObject:
        """Store an object as a person would, over what is there."""
        before = self._objects.get((resource.plural, key_of(body)))
        return self._store(resource, copy.deepcopy(body), before)

    def remove(self, resource: Resource, name: str, namespace: str = "") -> None:
        """Delete an object as a person would."""
        body = self._objects.pop((resource.plural, ObjectKey(namespace, name)))
        body["metadata"]["resourceVersion"] = self._next_version()
        self._tell(EventType.DELETED, resource, body)

    def watches(self, resource: Resource) -> int:
        """How many watches on a kind are open."""
        return sum(watch.selection.resource == resource for watch in self._watches)

    def cut_watches(self) -> None:
        """End all watches early; what happens until there are others is shown by none."""
        for watch in self._watches:
            watch.events.put_nowait(None)

    @override
    async def get(
        self, resource: Resource, name: str, *, namespace: str | None = None
    ) -> JsonObject:
        return copy.deepcopy(self._find("get", resource, name, namespace))

    @override
    async def list(
        self,
        resource: Resource,
        *,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        limit: int = PAGE_SIZE,
        metadata_only: bool = False,
    ) -> ListResult[JsonObject]:
        selection = Selection(resource, namespace, label_selector, field_selector, metadata_only)
        return await self.collect(selection, lambda item: item, limit=limit)

    @override
    async def collect(
        self, selection: Selection, project: Callable[[JsonObject], T], *, limit: int = PAGE_SIZE
    ) -> ListResult[T]:
        self._note("list", selection.resource, ObjectKey(selection.namespace or "", ""))
        items = [
            project(copy.deepcopy(body))
            for body in self._of(selection.resource)
            if _selects(selection, body)
        ]
        return ListResult(items, str(self._version))

    @override
    async def create(
        self,
        resource: Resource,
        body: JsonObject,
        *,
        namespace: str | None = None,
        field_manager: str | None = None,
    ) -> JsonObject:
        key = key_of(body)
        operation = self._note("create", resource, key, body)
        if (resource.plural, key) in self._objects:
            raise AlreadyExists(operation, "it is there", reason="AlreadyExists", status=409)
        return self._store(resource, copy.deepcopy(body), None)

    @override
    async def replace(
        self,
        resource: Resource,
        body: JsonObject,
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> JsonObject:
        key = key_of(body)
        before = self._find("replace", resource, key.name, key.namespace, body)
        _require_version(Operation("replace", resource), before, body["metadata"])
        return self._store(resource, copy.deepcopy(body), before)

    @override
    async def patch_json(
        self,
        resource: Resource,
        name: str,
        operations: Sequence[Mapping[str, Any]],
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> JsonObject:
        before = self._find("patch", resource, name, namespace, operations)
        try:
            patched = apply_json_patch(before, operations)
        except TestFailedError:
            operation = Operation("patch", resource, namespace, name)
            raise Invalid(operation, "a test failed", reason="Invalid", status=422) from None
        return self._store(resource, patched, before)

    @override
    async def patch_merge(
        self,
        resource: Resource,
        name: str,
        patch: JsonObject,
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> JsonObject:
        before = self._find("patch", resource, name, namespace, patch)
        _require_version(Operation("patch", resource), before, patch.get("metadata", {}))
        return self._store(resource, apply_merge_patch(before, patch), before)

    @override
    async def delete(
        self,
        resource: Resource,
        name: str,
        *,
        namespace: str | None = None,
        uid: str | None = None,
        resource_version: str | None = None,
        propagation: PropagationPolicy | None = None,
    ) -> None:
        self._find("delete", resource, name, namespace)
        self.remove(resource, name, namespace or "")

    @override
    async def watch(
        self, selection: Selection, *, resource_version: str, timeout_seconds: int
    ) -> AsyncGenerator[WatchEvent, None]:
        watch = _Watch(selection)
        self._watches.append(watch)
        try:
            while (event := await watch.events.get()) is not None:
                yield event
        finally:
            self._watches.remove(watch)

    def _of(self, resource: Resource) -> Iterator[JsonObject]:
        return (body for (plural, _), body in self._objects.items() if plural == resource.plural)

    def _find(
        self, verb: str, resource: Resource, name: str, namespace: str | None, sent: object = None
    ) -> JsonObject:
        key = ObjectKey(namespace or "", name)
        operation = self._note(verb, resource, key, sent)
        body = self._objects.get((resource.plural, key))
        if body is None:
            raise NotFound(operation, "there is none", reason="NotFound", status=404)
        return body

    def _note(
        self, verb: str, resource: Resource, key: ObjectKey, sent: object = None
    ) -> Operation:
        """Write down a call, and let it fail if it is its turn."""
        self.requests.append(Request(verb, resource.plural, key, copy.deepcopy(sent)))
        faults = self._faults.get(verb)
        fault = faults.popleft() if faults else None
        if fault is not None:
            raise fault
        return Operation(verb, resource, key.namespace or None, key.name)

    def _store(self, resource: Resource, body: JsonObject, before: JsonObject | None) -> JsonObject:
        metadata = body["metadata"]
        past = before["metadata"] if before else {}
        changed = before is None or before.get("spec") != body.get("spec")
        metadata["resourceVersion"] = self._next_version()
        metadata["uid"] = past.get("uid") or metadata.get("uid") or f"uid-{self._version}"
        metadata["generation"] = past.get("generation", metadata.get("generation", 1)) + (
            1 if before is not None and changed else 0
        )
        self._objects[resource.plural, key_of(body)] = body
        self._tell(EventType.MODIFIED if before else EventType.ADDED, resource, body)
        return copy.deepcopy(body)

    def _next_version(self) -> str:
        self._version += 1
        return str(self._version)

    def _tell(self, type_: EventType, resource: Resource, body: JsonObject) -> None:
        for watch in self._watches:
            if watch.selection.resource == resource and _selects(watch.selection, body):
                watch.events.put_nowait(WatchEvent(type_, copy.deepcopy(body)))


def _require_version(operation: Operation, before: JsonObject, stated: JsonObject) -> None:
    version = stated.get("resourceVersion")
    if version is not None and version != before["metadata"]["resourceVersion"]:
        raise Conflict(operation, "it has changed", reason="Conflict", status=409)


def _selects(selection: Selection, body: JsonObject) -> bool:
    """Whether an object is meant, by selectors of equalities."""
    metadata = body["metadata"]
    if selection.namespace not in {None, metadata.get("namespace")}:
        return False
    labels = metadata.get("labels") or {}
    by_label = all(labels.get(key) == value for key, value in _terms(selection.label_selector))
    return by_label and all(
        _field(body, path) == value for path, value in _terms(selection.field_selector)
    )


def _terms(selector: str | None) -> Iterator[tuple[str, str]]:
    for term in (selector or "").split(","):
        key, sign, value = term.partition("=")
        if sign:
            yield key, value


def _field(body: Any, path: str) -> Any:  # noqa: ANN401 -- JSON
    for part in path.split("."):
        body = body.get(part, {})
    return body
