"""Connections that another replica reconciles: each replica needs a client of its own to Harbor."""

import logging
from collections.abc import Callable

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.engine.context import Ports
from harbor_operator.engine.kinds.connection import ConnectionCase
from harbor_operator.engine.objects import LiveObject, kube_resource
from harbor_operator.engine.outcome import Course, diagnose, pause
from harbor_operator.kube.errors import NotFound

_LOG = logging.getLogger(__name__)


class Follower:
    """Keeps the connections usable that this replica does not report on."""

    def __init__(self, ports: Ports, *, jitter: Callable[[], float]) -> None:
        self._ports = ports
        self._jitter = jitter
        self._failures: dict[str, int] = {}

    async def look(self, name: str) -> float | None:
        """Take in a connection as it is now; seconds until the next look, None if it is gone.

        Raises:
            KubeError: It cannot be read.
        """
        try:
            body = await self._ports.kube.get(kube_resource(CONNECTIONS), name)
        except NotFound:
            await self._drop(name)
            return None
        try:
            seconds = await ConnectionCase(
                LiveObject(self._ports.kube, CONNECTIONS, body), self._ports
            ).follow()
        except Exception as error:  # noqa: BLE001 -- diagnosed; who reconciles it reports it
            diagnosis = diagnose(error)
            failures = self._failures[name] = self._failures.get(name, 0) + 1
            if diagnosis.course is Course.BUG:
                _LOG.exception("Following ClusterHarborConnection %s", name)
            return pause(diagnosis, failures, self._jitter())
        self._failures.pop(name, None)
        return seconds

    async def _drop(self, name: str) -> None:
        self._ports.sources.follow(name, frozenset())
        await self._ports.connections.remove(name)
        self._failures.pop(name, None)
