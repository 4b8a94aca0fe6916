"""A cluster that lets its user list some things only, and remembers what was selected."""

from collections.abc import Callable
from typing import TypeVar

from typing_extensions import override

from harbor_operator.kube.client import PAGE_SIZE
from harbor_operator.kube.errors import Forbidden, Operation
from harbor_operator.kube.resources import JsonObject
from harbor_operator.kube.selection import ListResult, Selection
from tests.support.fake_cluster import FakeCluster

T = TypeVar("T")


class GuardedCluster(FakeCluster):
    """Refuses lists.

    Attributes:
        forbidden: Plural and namespace of what may not be listed; None for all namespaces.
        selections: What was listed or asked for in vain, in order.
    """

    def __init__(self, *forbidden: tuple[str, str | None]) -> None:
        super().__init__()
        self.forbidden = {*forbidden}
        self.selections: list[Selection] = []

    @override
    async def collect(
        self, selection: Selection, project: Callable[[JsonObject], T], *, limit: int = PAGE_SIZE
    ) -> ListResult[T]:
        self.selections.append(selection)
        if (selection.resource.plural, selection.namespace) in self.forbidden:
            operation = Operation("list", selection.resource, selection.namespace)
            raise Forbidden(operation, "you may not", reason="Forbidden", status=403)

        def shown(body: JsonObject) -> T:
            return project({"metadata": body["metadata"]} if selection.metadata_only else body)

        return await super().collect(selection, shown, limit=limit)
