"""Upstream registries, which a project is created with."""

from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.core.project.blocks.proxy_cache import UpstreamSeen


class ProxyCacheAdapter:
    """Reads which upstream a project has; it can never be written."""

    async def observe(self, scene: Scene) -> UpstreamSeen:
        """The project's upstream and the wanted one, by id; its own one where none is wanted."""
        own, stated = scene.project.registry_id or None, scene.spec.proxy_cache
        if stated is not None:
            wanted = await scene.harbor.registries.find(stated.registry)
            return UpstreamSeen(own, wanted.id if wanted else None)
        if own is None:
            return UpstreamSeen(None, None)
        rows = await scene.harbor.registries.list()
        name = next((row.name for row in rows if row.id == own), None)
        return UpstreamSeen(own, own, name)

    async def write(self, scene: Scene, write: None) -> None:
        """Nothing: the block plans no steps."""
