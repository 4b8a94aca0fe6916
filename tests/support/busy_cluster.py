"""An API server in memory on which somebody is quicker than an answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import override

from harbor_operator.kube.resources import JsonObject, Resource
from tests.support.fake_cluster import FakeCluster


class BusyCluster(FakeCluster):
    """A cluster in which something happens between a change of an object and its answer.

    Attributes:
        meanwhile: Happens once, with what will be answered; None lets nothing happen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[JsonObject], None] | None = None

    @override
    async def replace(
        self,
        resource: Resource,
        body: JsonObject,
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> JsonObject:
        return self._late(
            await super().replace(resource, body, namespace=namespace, subresource=subresource)
        )

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
        return self._late(
            await super().patch_json(
                resource, name, operations, namespace=namespace, subresource=subresource
            )
        )

    def _late(self, answer: JsonObject) -> JsonObject:
        happening, self.meanwhile = self.meanwhile, None
        if happening is not None:
            happening(answer)
        return answer
