"""What an operator calls itself: in the Lease, in Events, to the API server and to Harbor."""

import socket
from importlib.metadata import version

from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.settings import Settings

FIELD_MANAGER = "harbor-operator"


def own_namespace(settings: Settings, access: ClusterAccess) -> str:
    """The namespace that its Leases are in."""
    return settings.lease_namespace or access.default_namespace or "default"


def instance_of(settings: Settings) -> str:
    """What tells this replica from others."""
    return settings.instance or socket.gethostname()[:128]


def agent_of(settings: Settings) -> str:
    """Its User-Agent."""
    return f"harbor-operator/{version('harbor-operator')} ({instance_of(settings)})"
