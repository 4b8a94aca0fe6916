"""Which objects to list or watch, and what a list returns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from harbor_operator.kube.errors import Operation
from harbor_operator.kube.resources import Resource
from harbor_operator.kube.transport import Call

T = TypeVar("T")

_JSON = "application/json"
_METADATA = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects to list or watch.

    Attributes:
        resource: Their kind.
        namespace: Their namespace, or None for all.
        label_selector: Filter on labels, applied by the server.
        field_selector: Filter on fields, applied by the server.
        metadata_only: Whether the server shall send nothing but their metadata.
    """

    resource: Resource
    namespace: str | None = None
    label_selector: str | None = None
    field_selector: str | None = None
    metadata_only: bool = False

    def list_page(self, *, limit: int | None, token: str) -> Call:
        """Ask for the page that a token from the page before leads to; no limit means all."""
        page = {"limit": str(limit)} if limit is not None else {}
        if token:
            page["continue"] = token
        accept = _METADATA.format("List") if self.metadata_only else _JSON
        return self._call("list", page, accept)

    def watch(self, *, resource_version: str, timeout_seconds: int) -> Call:
        """Ask for everything that happens after a point in the cluster's history."""
        options = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(timeout_seconds),
        }
        return self._call("watch", options, _METADATA.format("") if self.metadata_only else _JSON)

    def _call(self, verb: str, options: dict[str, str], accept: str) -> Call:
        selectors = {"labelSelector": self.label_selector, "fieldSelector": self.field_selector}
        chosen = {name: value for name, value in selectors.items() if value is not None}
        return Call(
            "GET",
            self.resource.collection_path(self.namespace),
            Operation(verb, self.resource, self.namespace),
            query=chosen | options,
            accept=accept,
        )


@dataclass(frozen=True, slots=True)
class ListResult(Generic[T]):
    """All selected objects at one point of the cluster's history; a watch can go on from there."""

    items: Sequence[T] = field(repr=False)
    resource_version: str
