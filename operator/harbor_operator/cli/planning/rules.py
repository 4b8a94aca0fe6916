"""The tenant rules that the operator would ask, as far as they are known."""

from dataclasses import dataclass, field

from harbor_operator.api.connection import ConnectionSpec
from harbor_operator.cli.harbor_side import UNCHECKED
from harbor_operator.cli.planning.surroundings import Surroundings
from harbor_operator.core.specs import tenant_rules
from harbor_operator.core.tenancy import TenantRule, rule_for


@dataclass(slots=True)
class Rules:
    """Which rule holds for a namespace."""

    around: Surroundings
    spec: ConnectionSpec | None
    """None: the connection is in no file and not to be read in the cluster."""
    _found: dict[str, TenantRule | None] = field(default_factory=dict)

    async def of(self, namespace: str) -> TenantRule | None:
        """The rule of a namespace; None where rules are stated and none matches."""
        if self.spec is None:
            return UNCHECKED
        if namespace not in self._found:
            asking = await self.around.namespace(namespace)
            self._found[namespace] = rule_for(asking, tenant_rules(self.spec))
        return self._found[namespace]
