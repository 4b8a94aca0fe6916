"""One custom resource while it is being reconciled."""

from collections.abc import Mapping
from sys import intern
from typing import Any, Generic, NamedTuple, TypeVar

from typing_extensions import override

from harbor_operator.api.base import API_VERSION, FINALIZER, GROUP, VERSION, Status
from harbor_operator.api.model import ApiModel
from harbor_operator.api.resources import CustomResource, Scope
from harbor_operator.api.resources import Resource as Parsed
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.ports import Kube
from harbor_operator.kube.errors import Conflict, Invalid, NotFound
from harbor_operator.kube.resources import JsonObject, Resource

SpecT = TypeVar("SpecT", bound=ApiModel)
StatusT = TypeVar("StatusT", bound=Status)


class ObjectId(NamedTuple):
    """Which custom resource: kind, namespace (empty for cluster-scoped kinds) and name."""

    kind: str
    namespace: str
    name: str

    @override
    def __str__(self) -> str:
        """Give ``Kind namespace/name`` as logs show it."""
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}"


def id_of(kind: str, body: Mapping[str, Any]) -> ObjectId:
    """Which object a body of that kind is."""
    metadata = body["metadata"]
    return ObjectId(kind, intern(metadata.get("namespace", "")), intern(metadata["name"]))


def kube_resource(definition: CustomResource[Any, Any]) -> Resource:
    """Where the objects of a kind live in the API."""
    namespaced = definition.scope is Scope.NAMESPACED
    return Resource(GROUP, VERSION, definition.plural, definition.kind, namespaced=namespaced)


class LiveObject(Generic[SpecT, StatusT]):
    """The newest known state of one object, and the writes to the object itself."""

    def __init__(
        self, kube: Kube, definition: CustomResource[SpecT, StatusT], body: Mapping[str, Any]
    ) -> None:
        """Start from a body that the API server sent.

        Raises:
            pydantic.ValidationError: The spec does not fit this operator's models.
        """
        self._kube = kube
        self._definition = definition
        self._resource = kube_resource(definition)
        self.parsed: Parsed[SpecT, StatusT] = definition.parse(body)

    @property
    def id(self) -> ObjectId:
        """Which object it is."""
        metadata = self.parsed.metadata
        return ObjectId(self._definition.kind, metadata.namespace, metadata.name)

    @property
    def uid(self) -> str:
        """Its uid."""
        return self.parsed.metadata.uid

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.parsed.metadata.namespace

    @property
    def name(self) -> str:
        """Its name."""
        return self.parsed.metadata.name

    @property
    def held(self) -> bool:
        """Whether our finalizer is on it."""
        return FINALIZER in self.parsed.metadata.finalizers

    def owner_reference(self) -> JsonObject:
        """What makes an object of the same namespace go with this one."""
        return {
            "apiVersion": API_VERSION,
            "kind": self._definition.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
        }

    async def refresh(self) -> None:
        """Read it again, past every cache.

        Raises:
            Outdated: Its spec or its being deleted has changed since, or it is gone.
        """
        before = self.parsed
        await self.reread()
        now, then = self.parsed.metadata, before.metadata
        if (now.uid, now.generation) != (then.uid, then.generation):
            raise Outdated
        if self.parsed.deleting != before.deleting:
            raise Outdated

    async def reread(self) -> None:
        """Read it again, whatever has changed.

        Raises:
            Outdated: It is gone.
        """
        try:
            body = await self._kube.get(self._resource, self.name, namespace=self.namespace or None)
        except NotFound:
            raise Outdated from None
        self.parsed = self._definition.parse(body)

    async def hold(self, annotations: Mapping[str, str] | None = None) -> None:
        """Put the finalizer on it, with annotations in the same write.

        Raises:
            Outdated: Somebody changed the object since it was read.
        """
        metadata = self.parsed.metadata
        finalizers = [*metadata.finalizers]
        if FINALIZER not in finalizers:
            finalizers.append(FINALIZER)
        patch: JsonObject = {
            "resourceVersion": metadata.resource_version,
            "finalizers": finalizers,
        }
        if annotations:
            patch["annotations"] = dict(annotations)
        try:
            body = await self._kube.patch_merge(
                self._resource, self.name, {"metadata": patch}, namespace=self.namespace or None
            )
        except (Conflict, Invalid, NotFound):
            raise Outdated from None
        self.parsed = self._definition.parse(body)

    async def report(self, status: Mapping[str, Any]) -> None:
        """Merge fields into its status, where a decision must be seen before it is acted on."""
        body = await self._kube.patch_merge(
            self._resource,
            self.name,
            {"status": dict(status)},
            namespace=self.namespace or None,
            subresource="status",
        )
        self.parsed = self._definition.parse(body)


async def release(
    kube: Kube, definition: CustomResource[Any, Any], body: Mapping[str, Any]
) -> None:
    """Take the finalizer off an object, which ends its deletion; its spec may be unreadable.

    Raises:
        Outdated: Somebody changed the object since it was read.
    """
    metadata = body["metadata"]
    patch: JsonObject = {
        "resourceVersion": metadata["resourceVersion"],
        "finalizers": [entry for entry in metadata["finalizers"] if entry != FINALIZER],
    }
    namespace = metadata.get("namespace")
    try:
        await kube.patch_merge(
            kube_resource(definition), metadata["name"], {"metadata": patch}, namespace=namespace
        )
    except NotFound:
        return
    except Conflict:
        raise Outdated from None
