"""What the engine really uses of the Kubernetes client."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from harbor_operator.kube.resources import JsonObject, Resource
from harbor_operator.kube.selection import ListResult


class Kube(Protocol):
    """The API server, as `harbor_operator.kube.client.KubeClient` offers it; see there."""

    async def get(
        self, resource: Resource, name: str, *, namespace: str | None = None
    ) -> JsonObject:
        """Read one object."""

    async def list(
        self,
        resource: Resource,
        *,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> ListResult[JsonObject]:
        """Read all selected objects."""

    async def create(
        self, resource: Resource, body: JsonObject, *, namespace: str | None = None
    ) -> JsonObject:
        """Create an object."""

    async def replace(
        self, resource: Resource, body: JsonObject, *, namespace: str | None = None
    ) -> JsonObject:
        """Overwrite an object that is still in the state it was read in."""

    async def patch_json(
        self,
        resource: Resource,
        name: str,
        operations: Sequence[Mapping[str, Any]],
        *,
        namespace: str | None = None,
    ) -> JsonObject:
        """Change an object by a JSON patch."""

    async def patch_merge(
        self,
        resource: Resource,
        name: str,
        patch: JsonObject,
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> JsonObject:
        """Change an object by a merge patch."""

    async def delete(
        self,
        resource: Resource,
        name: str,
        *,
        namespace: str | None = None,
        uid: str | None = None,
        resource_version: str | None = None,
    ) -> None:
        """Delete an object."""
