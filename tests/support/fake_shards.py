"""A replica's share of the namespaces, as a test says it is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from typing_extensions import override

from harbor_operator.engine.replicas.serving import Listener, Serving


class FakeShards(Serving):
    """Each namespace is a shard of its own, numbered in the order in which they are asked for."""

    def __init__(self, *served: str) -> None:
        self.listener: Listener | None = None
        self.served = set(served)
        self.worked: list[str] = []
        """The namespaces that were worked on, once for each time."""
        self._numbers: dict[str, int] = {}

    @property
    @override
    def divided(self) -> bool:
        return True

    @override
    def shard_of(self, namespace: str) -> int:
        return self._numbers.setdefault(namespace, len(self._numbers))

    @override
    def shards(self) -> Mapping[int, bool]:
        return {number: name in self.served for name, number in self._numbers.items()}

    @override
    def serves(self, namespace: str) -> bool:
        return namespace in self.served

    @override
    @contextmanager
    def at_work(self, namespace: str) -> Iterator[bool]:
        if self.serves(namespace):
            self.worked.append(namespace)
        yield self.serves(namespace)
