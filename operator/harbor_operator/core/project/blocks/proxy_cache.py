"""The upstream registry of a proxy cache: chosen when the project is created, for ever."""

from dataclasses import dataclass

from typing_extensions import override

from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.namespaces import matches_any
from harbor_operator.core.project.blocks.block import Birth, Block
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Comparison, Trouble
from harbor_operator.core.tenancy import TenantRule


@dataclass(frozen=True, slots=True)
class UpstreamSeen:
    """A project's upstream and the wanted one, by their ids in Harbor."""

    registry_id: int | None
    """None: the project is no proxy cache."""
    wanted_id: int | None
    """None: Harbor knows no registry of the wanted name."""
    name: str | None = None
    """The name of the project's upstream, where nothing is wanted and it could be read."""


class ProxyCacheBlock(Block[str, UpstreamSeen]):
    """Which upstream a proxy cache has; desired is the registry's name."""

    name = "proxyCache"
    in_pages = True

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> str | None:
        return spec.proxy_cache.registry if spec.proxy_cache else None

    @override
    def compare(self, desired: str, observed: UpstreamSeen) -> Comparison:
        if observed.wanted_id is None:
            return Comparison(troubles=(missing_registry(desired),))
        if observed.registry_id != observed.wanted_id:
            message = (
                f"The project exists and is no proxy cache of registry {desired}, and Harbor"
                " cannot change that: remove proxyCache, or choose another projectName."
            )
            return Comparison(troubles=(Trouble(Reason.INVALID_SPEC, message),))
        return Comparison()

    @override
    def blank(self, desired: str) -> UpstreamSeen:
        return UpstreamSeen(registry_id=0, wanted_id=0)

    @override
    def state(self, observed: UpstreamSeen) -> Statement:
        if observed.registry_id is None:
            return Statement()
        if observed.name is None:
            return Statement(notes=("proxyCache: the name of its registry cannot be read",))
        return Statement({"proxyCache.registry": observed.name})

    @override
    def at_creation(self, desired: str) -> Birth:
        return Birth(registry=desired)

    @override
    def refusal(self, desired: str, rule: TenantRule) -> str | None:
        if matches_any(rule.proxy_cache_registries, desired):
            return None
        return f"The connection's tenant rule allows no proxy caches of registry {desired}."


def missing_registry(name: str) -> Trouble:
    """What is wrong while Harbor does not know an upstream registry."""
    return Trouble(
        Reason.WAITING_FOR_REGISTRY,
        f"Harbor has no registry endpoint named {name}: list it under the connection's"
        " registries, or create it in Harbor.",
        passing=True,
    )


PROXY_CACHE = ProxyCacheBlock()
