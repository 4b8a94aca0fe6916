"""What a kind is to the API server, and one object of it as the API server holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from typing_extensions import override

from harbor_operator.api.base import Status
from harbor_operator.api.model import ApiModel, Rule
from harbor_operator.api.values import Timestamp


class Metadata(ApiModel):
    """The part of Kubernetes' ObjectMeta that decisions need."""

    name: str
    namespace: str = ""
    """Empty for cluster-scoped kinds."""

    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    creation_timestamp: Timestamp | None = None
    deletion_timestamp: Timestamp | None = None
    annotations: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    finalizers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """Where an object lives, within its kind; the namespace is empty for cluster-scoped kinds."""

    namespace: str
    name: str

    @override
    def __str__(self) -> str:
        """Give `namespace/name`, or the name alone."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


SpecT = TypeVar("SpecT", bound=ApiModel)
StatusT = TypeVar("StatusT", bound=Status)


class Resource(ApiModel, Generic[SpecT, StatusT]):
    """One custom resource as the API server holds it; `CustomResource.parse` makes it."""

    metadata: Metadata
    spec: SpecT
    status: StatusT

    @property
    def key(self) -> ObjectKey:
        """Where the object lives."""
        return ObjectKey(self.metadata.namespace, self.metadata.name)

    @property
    def deleting(self) -> bool:
        """Whether somebody asked to delete the object."""
        return self.metadata.deletion_timestamp is not None

    def annotation(self, key: str) -> str | None:
        """Give an annotation's value, or None."""
        return self.metadata.annotations.get(key)


class Scope(StrEnum):
    """Whether objects of a kind live in namespaces."""

    NAMESPACED = "Namespaced"
    CLUSTER = "Cluster"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of `kubectl get`; priority 1 shows with `-o wide` only."""

    name: str
    json_path: str
    type: str = "string"
    priority: int = 0


READY_COLUMNS = (
    Column("Ready", '.status.conditions[?(@.type=="Ready")].status'),
    Column("Reason", '.status.conditions[?(@.type=="Ready")].reason'),
)
"""How every kind's columns start."""

CLOSING_COLUMNS = (
    Column("Message", '.status.conditions[?(@.type=="Ready")].message', priority=1),
    Column("Age", ".metadata.creationTimestamp", type="date"),
)
"""How every kind's columns end."""


@dataclass(frozen=True, slots=True)
class CustomResource(Generic[SpecT, StatusT]):
    """The facts about one kind; from them and the models its definition is generated."""

    kind: str
    plural: str
    short_names: tuple[str, ...]
    scope: Scope
    spec: type[SpecT]
    status: type[StatusT]
    columns: tuple[Column, ...]
    description: str
    rules: tuple[Rule, ...] = ()
    """CEL rules about the whole object, which alone see its name."""

    selectable: tuple[str, ...] = ()
    """Paths that field selectors may use; a field that is absent is an empty text to them."""

    def parse(self, body: Mapping[str, Any]) -> Resource[SpecT, StatusT]:
        """Read an object as the API server sent it.

        Raises:
            pydantic.ValidationError: Metadata or spec do not fit the models.
        """
        return Resource[SpecT, StatusT](
            metadata=Metadata.model_validate(body["metadata"]),
            spec=self.spec.model_validate(body["spec"]),
            status=self.parse_status(body),
        )

    def parse_status(self, body: Mapping[str, Any]) -> StatusT:
        """Read the status of an object as the API server sent it.

        One that does not fit is read as the empty one: status is a report, every decision can
        be made without it, and a hand-edited one must not lock its object up.
        """
        try:
            return self.status.model_validate(body.get("status") or {})
        except ValidationError:
            return self.status()
