"""Which rules hold for an object: one question that every kind asks in every pass."""

from harbor_operator.bridge.namespaces import summarize_namespace
from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.tenancy import TenantRule, rule_for
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.kube.resources import NAMESPACES


async def namespace_of(ports: Ports, name: str) -> Namespace:
    """The namespace as the watch has it, read now where the watch has not seen it yet."""
    known = ports.cluster.namespaces.get(name)
    if known is not None:
        return known
    return summarize_namespace(await ports.kube.get(NAMESPACES, name))


async def tenant_rule(ports: Ports, connection: Connection, namespace: str) -> TenantRule | None:
    """The tenant rule of a namespace on a connection, None where no stated rule matches."""
    return rule_for(await namespace_of(ports, namespace), connection.tenants)
