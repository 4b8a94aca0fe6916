"""Metadata, as the project itself shows it."""

from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.core.project.blocks.metadata import MetadataSeen, UpdateMetadata
from harbor_operator.harbor.models import Project


def seen_in(project: Project) -> MetadataSeen:
    """The metadata of a row in Harbor's list of projects."""
    return MetadataSeen(project.metadata, proxy=bool(project.registry_id))


class MetadataAdapter:
    """Reads the project's row and writes the keys that differ."""

    async def observe(self, scene: Scene) -> MetadataSeen:
        """The metadata of the project."""
        return seen_in(scene.project)

    async def write(self, scene: Scene, write: UpdateMetadata) -> None:
        """Write some keys."""
        await scene.harbor.projects.update(scene.project.id, metadata=write.metadata)
