"""Labels of a project; the operator's own are not seen here, so that nothing touches them."""

from harbor_operator.api.base import GROUP
from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.core.project.blocks.labels import (
    CreateLabel,
    DeleteLabel,
    LabelSeen,
    UpdateLabel,
)
from harbor_operator.harbor.models import Label

_OWN = f"{GROUP}/"


class LabelsAdapter:
    """Reads and changes the labels of a project."""

    async def observe(self, scene: Scene) -> tuple[LabelSeen, ...]:
        """All labels but the operator's own."""
        rows = await scene.harbor.labels.list(scene.project.id)
        return tuple(
            LabelSeen(row.id, row.name, row.color, row.description)
            for row in rows
            if not row.name.startswith(_OWN)
        )

    async def write(self, scene: Scene, write: CreateLabel | UpdateLabel | DeleteLabel) -> None:
        """Make, change or remove one label."""
        labels, project = scene.harbor.labels, scene.project.id
        match write:
            case CreateLabel(name, color, description):
                await labels.create(project, name, description=description, color=color)
            case UpdateLabel(label, color, description):
                row = Label(id=label.id, name=label.name, project_id=project)
                await labels.update(row, description=description, color=color)
            case DeleteLabel(label):
                await labels.delete(label.id)
