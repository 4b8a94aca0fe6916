"""Quotas, which Harbor keeps beside the projects."""

from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.core.project.blocks.quota import Quota, UpdateQuota
from harbor_operator.harbor.models import Quota as QuotaRow


def seen_in(row: QuotaRow) -> Quota:
    """The quota in a row of Harbor's list of quotas."""
    return Quota(row.id, row.hard.storage, row.used.storage)


class QuotaAdapter:
    """Reads and writes a project's quota."""

    async def observe(self, scene: Scene) -> Quota | None:
        """The quota; None where Harbor keeps none."""
        row = await scene.harbor.quotas.get(scene.project.id)
        return seen_in(row) if row else None

    async def write(self, scene: Scene, write: UpdateQuota) -> None:
        """Write the storage limit."""
        await scene.harbor.quotas.update(write.quota_id, write.storage_bytes)
