"""Which namespaces an operator serves, and how it asks the API server when these are not all."""

from dataclasses import dataclass

from harbor_operator.core.namespaces import Selection, matches_any
from harbor_operator.engine.ports import Kube
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import NotFound, Operation
from harbor_operator.kube.resources import CONFIG_MAPS, NAMESPACES, SECRETS, JsonObject, Resource
from harbor_operator.kube.selection import ListResult

_OF_CONNECTIONS = (SECRETS, CONFIG_MAPS)
"""What connections are made from. Only they name such objects of other namespaces, whose roles
then say whether they may be read."""


@dataclass(frozen=True, slots=True)
class Scope:
    """All namespaces, or those of a list: no other exists for the operator."""

    namespaces: frozenset[str] | None = None
    """None for all."""

    def holds(self, namespace: str) -> bool:
        """Whether a namespace is served."""
        return self.namespaces is None or namespace in self.namespaces

    def places(self) -> list[str | None]:
        """Where to list and watch; None stands for the whole cluster."""
        return [None] if self.namespaces is None else [*sorted(self.namespaces)]

    def beyond(self, targets: Selection) -> frozenset[str]:
        """The namespaces that targets name, as globs do not, and that are not served."""
        named = (name for name in targets.names or () if "*" not in name)
        unserved = (name for name in named if not self.holds(name))
        return frozenset(name for name in unserved if not matches_any(targets.exclude, name))


EVERYWHERE = Scope()


class ScopedKube:
    """The API server as it answers to somebody for whom only some namespaces exist.

    What is asked of all namespaces is asked of each in turn.
    """

    def __init__(self, client: KubeClient, scope: Scope) -> None:
        self._client = client
        self._scope = scope
        self.create = client.create
        self.replace = client.replace
        self.patch_json = client.patch_json
        self.patch_merge = client.patch_merge
        self.delete = client.delete

    async def get(
        self, resource: Resource, name: str, *, namespace: str | None = None
    ) -> JsonObject:
        """Read one object.

        Raises:
            NotFound: There is none, or its namespace is not served.
        """
        place = name if resource == NAMESPACES else namespace
        if place is not None and resource not in _OF_CONNECTIONS:
            self._require(Operation("get", resource, namespace, name), place)
        return await self._client.get(resource, name, namespace=namespace)

    async def list(
        self,
        resource: Resource,
        *,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> ListResult[JsonObject]:
        """Read all selected objects of the namespaces that are served.

        Raises:
            NotFound: The one namespace that is asked for is not served.
        """
        if namespace is not None:
            self._require(Operation("list", resource, namespace), namespace)
        everywhere = resource.namespaced and namespace is None
        listed = [
            await self._client.list(
                resource,
                namespace=place,
                label_selector=label_selector,
                field_selector=field_selector,
            )
            for place in (self._scope.places() if everywhere else [namespace])
        ]
        items = [item for part in listed for item in part.items]
        return ListResult(items, listed[-1].resource_version if listed else "")

    def _require(self, operation: Operation, namespace: str) -> None:
        if not self._scope.holds(namespace):
            raise NotFound(operation, f"namespace {namespace} is not served", reason="NotServed")


def scoped(client: KubeClient, scope: Scope) -> Kube:
    """The client itself where all namespaces are served."""
    return client if scope.namespaces is None else ScopedKube(client, scope)
