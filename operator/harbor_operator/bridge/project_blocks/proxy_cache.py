"""Upstream registries, which a project is created with."""

from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.core.project.blocks.proxy_cache import UpstreamSeen


class ProxyCacheAdapter:
    """Reads which upstream a project has; it can never be written."""

    async def observe(self, scene: Scene) -> UpstreamSeen:
        """The project's upstream and the wanted one, by id."""
        name = scene.spec.proxy_cache.registry if scene.spec.proxy_cache else ""
        wanted = await scene.harbor.registries.find(name)
        return UpstreamSeen(
            registry_id=scene.project.registry_id or None,
            wanted_id=wanted.id if wanted else None,
        )

    async def write(self, scene: Scene, write: None) -> None:
        """Nothing: the block plans no steps."""
