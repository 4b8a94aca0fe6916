"""A cluster that shows its user no Secrets."""

from typing_extensions import override

from harbor_operator.kube.errors import Forbidden, Operation
from harbor_operator.kube.resources import SECRETS, JsonObject, Resource
from tests.support.fake_cluster import FakeCluster


class ClosedCluster(FakeCluster):
    """Refuses every look at a Secret."""

    @override
    async def get(
        self, resource: Resource, name: str, *, namespace: str | None = None
    ) -> JsonObject:
        if resource == SECRETS:
            operation = Operation("get", resource, namespace)
            raise Forbidden(operation, "you may not", reason="Forbidden", status=403)
        return await super().get(resource, name, namespace=namespace)
