"""What every kind gets to work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from harbor_operator.engine.cluster import Cluster
from harbor_operator.engine.connections import Connections
from harbor_operator.engine.events import Recorder
from harbor_operator.engine.ports import Kube
from harbor_operator.engine.replicas.serving import Serving, Undivided
from harbor_operator.engine.scope import EVERYWHERE, Scope
from harbor_operator.engine.secret_looks import SecretLooks
from harbor_operator.engine.sources import Sources
from harbor_operator.engine.telemetry.meters import Meters
from harbor_operator.engine.telemetry.rotations import Rotations
from harbor_operator.engine.telemetry.tracing import NO_TRACING, Tracing


@dataclass(frozen=True, slots=True)
class Ports:
    """The world as every kind sees it."""

    kube: Kube
    cluster: Cluster
    connections: Connections
    recorder: Recorder
    sources: Sources
    cluster_id: str
    """Tells this cluster from others that use the same Harbor."""
    now: Callable[[], datetime]
    """The operator's own clock; decisions about Harbor's objects use Harbor's."""
    user_agent: str
    scope: Scope = EVERYWHERE
    """The namespaces that exist for the operator."""
    looks: SecretLooks | None = None
    """Reads Secrets by their names; None where they are watched."""
    before_write: Callable[[], None] | None = None
    """Called last before a write to Harbor is sent; it stops those of a replica that is no leader
    any more. The client in `kube` has one of its own."""
    tracing: Tracing = NO_TRACING
    """Opens spans."""
    serving: Serving = field(default_factory=Undivided)
    """What of the cluster this replica works on."""
    meters: Meters = field(default_factory=Meters)
    """Counts what happens."""
    rotations: Rotations = field(init=False)
    """Those under way."""

    def __post_init__(self) -> None:
        """Have rotations counted where everything is."""
        object.__setattr__(self, "rotations", Rotations(self.meters))
