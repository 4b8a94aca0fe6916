"""Taking in at once what the metrics tell of this moment."""

from collections.abc import Callable
from datetime import datetime

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.engine.connections import Connection, Connections
from harbor_operator.engine.context import Ports
from harbor_operator.engine.control import Control
from harbor_operator.engine.queue import DueQueue
from harbor_operator.engine.replicas.leadership import Leadership
from harbor_operator.engine.telemetry.gauges import Harbor, Moment, Process
from harbor_operator.engine.telemetry.loop_lag import LoopLag
from harbor_operator.engine.telemetry.meters import Meters
from harbor_operator.harbor.errors import ClockUnknown


class Moments:
    """Looks at the parts of a running operator; until there are any, at the process alone."""

    def __init__(
        self,
        meters: Meters,
        leadership: Leadership,
        lag: LoopLag,
        *,
        silence: Callable[[], float],
    ) -> None:
        """Prepare to look.

        Args:
            meters: What is counted.
            leadership: Whether this replica works.
            lag: How late the event loop is.
            silence: Seconds since the most silent watch gave a sign of life.
        """
        self._meters = meters
        self._leadership = leadership
        self._lag = lag
        self._silence = silence
        self._working: tuple[Ports, Control, DueQueue] | None = None

    def show(self, ports: Ports, control: Control, queue: DueQueue) -> None:
        """Let what is worked on be seen from now on."""
        self._working = ports, control, queue

    def take(self) -> Moment:
        """What is true now."""
        process = Process(
            self._leadership.leads,
            self._lag.longest(),
            self._silence(),
            self._leadership.serving.shards(),
        )
        if self._working is None:
            return Moment(self._meters.registry, process)
        ports, control, queue = self._working
        known = control.directory.items()
        objects = tuple(
            (object_id, entry.facts)
            for object_id, entry in known
            if ports.serving.serves(object_id.namespace)
        )
        names = (object_id.name for object_id, _ in known if object_id.kind == CONNECTIONS.kind)
        return Moment(
            registry=self._meters.registry,
            process=process,
            objects=objects,
            in_doubt=ports.rotations.in_doubt(),
            harbors={name: harbor_of(ports.connections, name, ports.now()) for name in names},
            waits=queue.waits(),
        )


def harbor_of(connections: Connections, name: str, now: datetime) -> Harbor:
    """What is told of a connection's Harbor; it is not up while nobody could ask it."""
    connection = connections.get(name)
    if connection is None:
        return Harbor(up=False)
    return Harbor(connection.ready, _skew(connection, now), len(connection.orphans))


def _skew(connection: Connection, now: datetime) -> float | None:
    try:
        return connection.client.clock.skew(now).total_seconds()
    except ClockUnknown:
        return None
