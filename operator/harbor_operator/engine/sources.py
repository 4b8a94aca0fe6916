"""The Secrets and ConfigMaps that connections are made from, watched one by one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.informer import Informer
from harbor_operator.kube.resources import SECRETS, JsonObject, ObjectKey, Resource
from harbor_operator.kube.selection import Selection


@dataclass(frozen=True, slots=True)
class Source:
    """One object that a connection reads."""

    resource: Resource
    namespace: str
    name: str

    def selection(self) -> Selection:
        """A watch on exactly this object."""
        return Selection(
            self.resource,
            namespace=self.namespace,
            field_selector=f"metadata.name={self.name}",
            metadata_only=True,
        )


class Sources:
    """Keeps one watch per source and connection, and says whose source changed."""

    def __init__(
        self,
        client: KubeClient,
        *,
        jitter: Callable[[], float],
        secrets_in: str | None = None,
    ) -> None:
        """Prepare to watch.

        Args:
            client: How to reach the API server.
            jitter: Returns a random number from 0 up to 1.
            secrets_in: The only namespace whose Secrets may be watched; None for any.
        """
        self._secrets_in = secrets_in
        self._client = client
        self._jitter = jitter
        self._watches: dict[tuple[str, Source], asyncio.Task[None]] = {}
        self.on_change: Callable[[str], None] = lambda _: None

    def follow(self, connection: str, sources: frozenset[Source]) -> None:
        """Watch these sources for a connection, and no others."""
        wanted = {(connection, source) for source in sources if self._may_watch(source)}
        stale = {key for key in self._watches if key[0] == connection} - wanted
        for key in stale:
            self._watches.pop(key).cancel()
        for key in wanted - self._watches.keys():
            self._watches[key] = asyncio.create_task(self._watch(*key))

    def _may_watch(self, source: Source) -> bool:
        return source.resource != SECRETS or self._secrets_in in {None, source.namespace}

    async def close(self) -> None:
        """End every watch."""
        watches = list(self._watches.values())
        self._watches.clear()
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)

    async def _watch(self, connection: str, source: Source) -> None:
        first = True

        def changed(_key: ObjectKey, _old: str | None, _new: str | None) -> None:
            """Report a change; the state at the beginning has been read by whoever asked."""
            if not first:
                self.on_change(connection)

        informer = Informer(
            self._client, source.selection(), _version, changed, jitter=self._jitter
        )
        running = asyncio.create_task(informer.run())
        try:
            await informer.synced.wait()
            first = False
            await running
        finally:
            running.cancel()


def _version(body: JsonObject) -> str:
    return str(body["metadata"]["resourceVersion"])
